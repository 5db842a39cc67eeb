"""One measured figure beside the target that it has, and the table that they are printed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` in ``unit``. ``target`` in the same unit, None where there is none; ``more_is_better`` says on which
    side of it is good. ``note``: what was measured, as far as the name does not say it."""

    name: str
    value: float
    unit: str
    target: float | None = None
    more_is_better: bool = False
    note: str = ""

    @property
    def reached(self) -> bool | None:
        if self.target is None:
            return None
        return self.value >= self.target if self.more_is_better else self.value <= self.target

    def row(self) -> tuple[str, str, str, str, str]:
        sign = "≥" if self.more_is_better else "≤"
        target = "" if self.target is None else f"{sign} {_number(self.target)}"
        verdict = {True: "reached", False: "missed", None: ""}[self.reached]
        return self.name, f"{_number(self.value)} {self.unit}", target, verdict, self.note


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(figures: Sequence[Figure]) -> str:
    """The figures in columns, for a terminal."""
    rows = [("what", "measured", "target", "", ""), *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])
