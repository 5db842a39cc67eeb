"""The providers that this gateway knows, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from providers.base import GiveUp, Provider


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

    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """What every screen calls each of them, by language."""
        return {name: provider.abilities.label for name, provider in self._known.items()}
