"""harutaka, in registry mode: links that harutaka issued are imported, checked, and handed out at admission.

``adapter.py`` is the Provider; ``urls.py`` checks an import as a whole and ``address.py`` one link; ``faults.py`` has
the words; ``preflight.py`` looks before the day. What is known of harutaka, and where a client of its API would go, is
in ``docs/providers/harutaka.md``; what is done, and what is not, in ``quality.yaml``.
"""
