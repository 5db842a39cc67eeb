"""A provider that does as it is told, faults included: for tests, the demo and rehearsals.

``adapter.py`` is the Provider and its script. What is done, and what is not, is in ``quality.yaml``.
"""

from providers.scripted.adapter import ABILITIES, SIGNATURE, Fault, Script, Scripted

__all__ = ["ABILITIES", "SIGNATURE", "Fault", "Script", "Scripted"]
