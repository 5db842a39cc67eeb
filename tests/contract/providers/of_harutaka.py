"""harutaka's far side: links that an office imported, and nothing that is asked of anybody."""

from __future__ import annotations

from collections.abc import Sequence

from providers.base import Terms
from providers.harutaka.adapter import Harutaka
from providers.harutaka.config import Tenant
from providers.harutaka.urls import Pair
from tests.contract.providers.far_side import OF_A_STEP, OF_THE_WHOLE, Declared, FarSide

NO_REQUEST = "it asks harutaka nothing: all that it knows was imported"
DECLARED = Declared(
    steps={"open": ("links",), "ticket": ("links",), "close": ("links",)},
    felt={},
    absent=dict.fromkeys((*OF_A_STEP, *OF_THE_WHOLE), NO_REQUEST),
    makes_sessions=False,
    silent="how harutaka signs its callbacks is published nowhere",
)


class OfHarutaka(FarSide):
    told = DECLARED

    def provider(self, *, hurried: bool = False) -> Harutaka:  # noqa: ARG002 - it never waits
        return Harutaka(Tenant(Terms("harutaka", "https://www.example.lg.jp/terms", "1")), links=issued)

    async def sessions(self) -> Sequence[str]:
        return ()


def issued(_event: str, _room: str, interview: str) -> Pair:
    """Links as an office imported them beforehand, for whatever interview."""
    return Pair(f"https://company.harutaka.jp/live/{interview}", f"https://company.harutaka.jp/panel/{interview}")
