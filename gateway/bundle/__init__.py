"""An event in one file that proves itself: written by ``genkan export``, read by ``genkan verify``.

``container`` is the file, ``members`` what is in it, ``making`` writes one, ``checking`` reads one on a machine that
never saw the journal.
"""
