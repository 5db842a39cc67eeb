"""``genkan``: what an administrator types.

Exit codes: 0 done, 1 refused or failed, 2 the command or the settings are not written as they have to be, 3 whole in
itself but nobody said whose key signed it (``verify``). A failure is
one sentence and its code on standard error (with ``--json``: one JSON value), never a traceback.
"""

from __future__ import annotations

import logging
import sys
from importlib import metadata
from typing import Annotated, cast

import structlog
import typer

from gateway.cli import (
    bundles,
    events,
    issued,
    keys,
    losses,
    mail,
    media,
    moving,
    policies,
    providers,
    rehearsals,
    retention,
    rosters,
    run,
    staff,
    verifying,
)
from gateway.cli.reach import Failed
from gateway.cli.show import print_failure, print_line, said

app = typer.Typer(
    name="genkan",
    help="An async gateway for online interviews of public bodies.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        print_line(f"genkan {metadata.version('genkan')}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which release this is.")
    ] = False,
) -> None:
    """An async gateway for online interviews of public bodies."""


app.add_typer(events.app, name="event")
app.add_typer(policies.app, name="policy")
app.add_typer(policies.notice_app, name="notice")
app.add_typer(rosters.app, name="roster")
app.add_typer(staff.app, name="staff")
app.add_typer(mail.app, name="mail")
app.add_typer(providers.app, name="provider")
app.add_typer(keys.app, name="keys")
app.add_typer(losses.app, name="loss")
app.add_typer(retention.app, name="retention")
app.add_typer(retention.holds, name="hold")
rosters.add_to(app)
retention.add_to(app)
issued.add_to(app)
providers.add_to(app)
rehearsals.add_to(app)
bundles.add_to(app)
verifying.add_to(app)
run.add_to(app)
media.add_to(app)
moving.add_to(app)

# Some releases of typer bring their own click, others use the one that is installed: this is the one they raise.
_USAGE = cast("type[typer.BadParameter]", typer.BadParameter.__bases__[0])


def main() -> None:
    """The ``genkan`` command. What is logged goes to standard error: the other stream is the answer's."""
    structlog.configure(
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
    sys.exit(invoke(sys.argv[1:]))


def invoke(arguments: list[str]) -> int:
    """Run one command line; the exit code."""
    as_json = "--json" in arguments
    try:
        result = typer.main.get_command(app).main(arguments, prog_name="genkan", standalone_mode=False)
    except Failed as failed:
        print_failure(failed, as_json=as_json)
        return 2 if failed.usage else 1
    except typer.Abort:
        return 1
    except _USAGE as error:
        _print_usage(error.format_message(), as_json=as_json)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - a person gets a sentence; its words may be personal, so only the type
        sentence = said(
            f"思わぬ問題が起きました({type(error).__name__})", f"something unexpected: {type(error).__name__}"
        )
        print_failure(Failed("internal", sentence), as_json=as_json)
        return 1
    return result if isinstance(result, int) else 0


def _print_usage(message: str, *, as_json: bool) -> None:
    """What is wrong with the command; a group without a command is answered with its help."""
    if message.lstrip().startswith("Usage:"):
        sys.stderr.write(message.strip() + "\n")
    else:
        print_failure(Failed("usage", message), as_json=as_json)
