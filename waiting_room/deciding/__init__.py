"""Deciding, a module for each part of an interview's life. ``waiting_room.decide`` is the way in."""
