"""Zoom: one meeting per interview, on a pool of hosts.

``adapter.py`` is the Provider; ``client.py`` speaks the API over ``transport.py`` and ``token.py``; ``hosts.py`` allots
hosts to the timetable; ``webhooks.py`` reads callbacks; ``preflight.py`` looks before the day. What is done, and what
is not, is in ``quality.yaml``.
"""
