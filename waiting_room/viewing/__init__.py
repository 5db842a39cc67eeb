"""Views, a module for each audience. ``waiting_room.views`` is the way in."""
