"""What harutaka needs to be told, once. There is no secret in it: links are imported, not fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from providers import configuration
from providers.base import AskAPerson, Support, Terms

TERMS_TITLE = "harutaka 利用規約・プライバシーポリシー"  # the label of the box that candidates tick there
GUIDE = "https://harutaka.jp/howto/live_interview"  # harutaka, 「応募者向け利用ガイド」
ENVIRONMENT = "https://harutaka.jp/faq/candidate/spec10831"  # harutaka, 「推奨環境」
# As a city's notice to candidates of June 2025 has it; its days off (it prints 12/28–1/31) are told as what they are.
DESK = Support(
    "harutaka サポートデスク",
    telephone="03-6630-5339",
    hours="9:00–18:00（年末年始を除く）",
    url=GUIDE,
    open_from="09:00",
    open_until="18:00",
)


@dataclass(frozen=True, slots=True)
class Tenant:
    """``hosts``: allowed besides harutaka.jp, in lower case, without the port that HTTPS has anyway. ``waiting_room``:
    whether harutaka's own (待機室) is on."""

    terms: Terms
    waiting_room: bool = False
    hosts: frozenset[str] = frozenset()
    support: Support = DESK
    test_page: str = ENVIRONMENT


def schema() -> dict[str, Any]:
    """The JSON schema of the settings."""
    return configuration.schema("harutaka")


def read(raw: Mapping[str, Any], environ: Mapping[str, str] | None = None, base: Path = Path()) -> Tenant:  # noqa: ARG001 - as every provider's; nothing here lies elsewhere
    """AskAPerson ``config_invalid``, which names the field and never its value."""
    configuration.check("harutaka", raw)
    told = {name: raw[name] for name in ("waiting_room", "test_page") if name in raw}
    return Tenant(
        terms=Terms(TERMS_TITLE, raw["terms_url"], raw["terms_version"]),
        hosts=frozenset(host.lower().removesuffix(":443") for host in raw.get("hosts", ())),
        support=_desk(raw["support"]) if "support" in raw else DESK,
        **told,
    )


def _desk(raw: Mapping[str, str]) -> Support:
    desk = Support(**raw)
    if desk.open_from and desk.open_until and desk.open_from >= desk.open_until:
        raise AskAPerson("config_invalid", "providers.harutaka.support.open_until: not later than open_from")
    return desk
