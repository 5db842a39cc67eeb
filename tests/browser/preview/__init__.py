"""A stand-in for the gateway that shows a candidate's pages in any state, without rooms, people or a journal."""
