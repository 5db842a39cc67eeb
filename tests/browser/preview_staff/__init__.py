"""A small stand-in for the gateway, for looking at and testing the pages of staff: canned views and a scripted line."""
