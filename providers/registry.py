"""The providers that this gateway knows, by name, and how those are made that have settings.

The built-in room and the scripted provider are made where their parts are: one needs a worker, the other a script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from providers.base import AskAPerson, Closes, GiveUp, Provider
from providers.harutaka import config as harutaka_config
from providers.harutaka.urls import Links
from providers.zoom import config as zoom_config


class Registry:
    """Filled once where the parts are chosen; read by name everywhere else."""

    def __init__(self, *providers: Provider) -> None:
        self._known: dict[str, Provider] = {provider.name: provider for provider in providers}

    def add(self, provider: Provider) -> None:
        """Add a provider, or put another in its place."""
        self._known[provider.name] = provider

    def __getitem__(self, name: str) -> Provider:
        """GiveUp ``no_such_provider``."""
        try:
            return self._known[name]
        except KeyError:
            raise GiveUp("no_such_provider") from None

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    async def close(self) -> None:
        """Close those that hold connections."""
        for provider in self._known.values():
            if isinstance(provider, Closes):
                await provider.close()

    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """What every screen calls each of them, by language."""
        return {name: provider.abilities.label for name, provider in self._known.items()}


@dataclass(frozen=True, slots=True)
class Means:
    """What providers are made with besides their settings. ``base``: where relative paths of secret files start;
    ``links``: what was imported for an interview; ``now``: microseconds UTC."""

    environ: Mapping[str, str] = field(repr=False)
    base: Path
    links: Links
    now: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Kind:
    """A provider that has settings: their JSON schema, and how it is made from them."""

    schema: Callable[[], Mapping[str, Any]]
    make: Callable[[Mapping[str, Any], Means], Provider]


def _harutaka(raw: Mapping[str, Any], means: Means) -> Provider:
    from providers.harutaka.adapter import Harutaka

    return Harutaka(harutaka_config.read(raw, means.environ, means.base), links=means.links)


def _zoom(raw: Mapping[str, Any], means: Means) -> Provider:
    from providers.zoom.adapter import Zoom

    return Zoom(zoom_config.read(raw, means.environ, means.base), now=means.now)


# Adapters are imported when one is made: the command line reads settings, and should not wait for an HTTP client.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {"harutaka": Kind(harutaka_config.schema, _harutaka), "zoom": Kind(zoom_config.schema, _zoom)}
)


def configured(
    settings: Mapping[str, Mapping[str, Any]],
    *,
    environ: Mapping[str, str],
    base: Path,
    links: Links,
    now: Callable[[], int],
) -> list[Provider]:
    """The providers that ``settings`` name, in their order; nothing is asked of a far side. All or none: AskAPerson
    ``config_invalid`` or ``secret_missing``, whose sentence begins with the field (``providers.zoom.hosts``)."""
    unknown = next((name for name in settings if name not in KINDS), None)
    if unknown is not None:
        raise AskAPerson("config_invalid", f"providers.{unknown}: unknown")
    means = Means(environ, base, links, now)
    return [KINDS[name].make(raw, means) for name, raw in settings.items()]
