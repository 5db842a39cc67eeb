"""Write the generated parts of the documentation anew, and check every link in it: ``python -m docs.generate``.

A generated part stands between ``<!-- generated: name -->`` and ``<!-- end -->``; the rest of a page is written by
hand. ``faults`` changes nothing and is what the tests call: what is out of date, and which links lead nowhere.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import typer
from typer.core import TyperGroup

from gateway import cli
from waiting_room import entries, phases

ROOT = Path(__file__).resolve().parent.parent
_PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^# --- (.+?) -+$")


def pages() -> list[Path]:
    """Every page of the documentation, the ones at the top of the tree included."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("CHANGES/*.md")])


# --- generated parts ---------------------------------------------------------------------------------------------


def entries_table() -> str:
    """The kinds of entry by the section of ``entries.py`` that they stand in: fields and promise."""
    lines: list[str] = []
    section = ""
    for title, cls in _kinds_in_order():
        if title != section:
            section = title
            lines += ["", f"### {title[0].upper()}{title[1:]}", "", "| kind | fields | what it says |", "|---|---|---|"]
        fields = ", ".join(f"`{field.name}`" for field in dataclasses.fields(cls)) or "–"
        lines.append(f"| `{cls.kind}` | {fields} | {_promise(cls)} |")
    return "\n".join(lines).strip() + "\n"


def _kinds_in_order() -> Iterator[tuple[str, type[entries.Known]]]:
    source = inspect.getsource(entries)
    titles = {number: m[1] for number, line in enumerate(source.splitlines(), 1) if (m := _SECTION.match(line))}
    known = {cls.__name__: cls for cls in entries.KINDS.values()}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name in known:
            yield titles[max(line for line in titles if line < node.lineno)], known[node.name]


def _promise(cls: type) -> str:
    """The class's own docstring on one line. A dataclass without one gets its signature from Python: not a promise."""
    written = inspect.getdoc(cls) or ""
    if written.startswith(f"{cls.__name__}("):
        return ""
    return " ".join(written.replace("``", "`").replace("|", "\\|").split())


def state_diagram() -> str:
    return f"```mermaid\n{phases.picture()}```\n"


def cli_help() -> str:
    """What each command says of itself, as at 100 columns."""
    root = typer.main.get_command(cli.app)
    return "\n".join(_help(root, {"info_name": "genkan", "max_content_width": 100, "terminal_width": 100}))


def _help(command: Any, place: Mapping[str, Any]) -> Iterator[str]:
    context = typer.Context(command, **place)
    path = context.command_path
    yield f"{'#' * (2 + path.count(' '))} {path}\n\n```text\n{command.get_help(context).rstrip()}\n```\n"
    if isinstance(command, TyperGroup):
        for name, one in command.commands.items():
            yield from _help(one, {"info_name": name, "parent": context, "terminal_width": 100})


PARTS: Mapping[str, Callable[[], str]] = {
    "cli": cli_help,
    "entries": entries_table,
    "phases": state_diagram,
}


def rendered(text: str) -> str:
    """The page with its generated parts as they should be. KeyError names a part that nobody generates."""
    return _PART.sub(lambda m: f"{m[1]}\n{PARTS[m[2]]()}\n{m[3]}", text)


# --- links -------------------------------------------------------------------------------------------------------


def _anchors(text: str) -> set[str]:
    """As GitHub makes them of headings: lower case, punctuation dropped, spaces to hyphens."""
    headings = _HEADING.findall(_CODE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> Iterator[str]:
    """Links of one page to files or headings that are not there. The network is not asked."""
    text = page.read_text(encoding="utf-8")
    for target in _LINK.findall(_CODE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path) if path else page
        if not file.exists():
            yield f"{page.relative_to(ROOT)}: {target} leads nowhere"
        elif anchor and anchor not in _anchors(file.read_text(encoding="utf-8")):
            yield f"{page.relative_to(ROOT)}: {target} has no such heading"


def faults() -> list[str]:
    """What is out of date or broken, a sentence each."""
    stale = [
        f"{page.relative_to(ROOT)}: a generated part is out of date, run: make docs"
        for page in pages()
        if (text := page.read_text(encoding="utf-8")) != rendered(text)
    ]
    return stale + [fault for page in pages() for fault in broken_links(page)]


def main() -> int:
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if (current := rendered(text)) != text:
            page.write_text(current, encoding="utf-8")
            print(f"wrote {page.relative_to(ROOT)}")
    found = faults()
    print("\n".join(found) or f"{len(pages())} pages, every link leads somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
