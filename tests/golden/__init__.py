"""Journals as each release writes them, and what every later release has to make of them.

``python -m tests.golden.write`` writes that of the present release, once: what a release has written is never changed.
"""
