"""``genkan serve`` and ``genkan demo``: processes that stay until they are told to end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import AsJson, Config
from gateway.cli.reach import explained, load_settings
from gateway.cli.show import language

PROVIDERS = ("webrtc", "scripted")  # that need no settings


def add_to(root: typer.Typer) -> None:
    """The commands that stand by themselves."""
    root.command("serve")(serve)
    root.command("demo")(demo)


def serve(config: Config = None) -> None:
    """Serve until SIGTERM."""
    from gateway.app import run

    settings = load_settings(config, None, language())
    try:
        run(settings)
    except Exception as error:
        raise explained(error, settings, language()) from error


def demo(
    *,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any free one.")] = 8080,
    data: Annotated[
        Path | None, typer.Option("--data", help="Keep the data here; default: until the demo ends.")
    ] = None,
    media_host: Annotated[
        list[str] | None,
        typer.Option("--media-host", help="Address that browsers reach the media at; may be repeated."),
    ] = None,
    provider: Annotated[str, typer.Option("--provider", help="webrtc or scripted.")] = "webrtc",
    as_json: AsJson = False,
) -> None:
    """A sample event laid around now, with ready links, on this machine."""
    from gateway.demo import Demo, demo_settings, run

    if provider not in PROVIDERS:
        raise typer.BadParameter(" / ".join(PROVIDERS), param_hint="--provider")
    asked = Demo(port=port, data=data, media_hosts=tuple(media_host or ()), provider=provider, as_json=as_json)
    try:
        run(asked)
    except Exception as error:
        raise explained(error, demo_settings(asked, data or Path()), language()) from error
