"""The container runs what the tests run. No engine is here to build it: its file is read, and what it does is done."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_house import ROOT, tracked

PACKAGES = ("gateway", "providers", "waiting_room")
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)


def instructions() -> list[tuple[str, str]]:
    """Of the Containerfile, each as a word and the rest, in order."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Containerfile").read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    return [(word, rest) for line in text.splitlines() if line for word, _, rest in [line.partition(" ")]]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for word, rest in instructions():
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest))
    return found


def copied() -> list[str]:
    """What of the tree goes into the stage that builds."""
    return [name for word, rest in stages()[0] if word == "COPY" for name in rest.split()[:-1]]


def locked(name: str) -> dict[str, str]:
    """The versions that a lock file has for this machine and this Python."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text("utf-8")
    rows = _LOCKED.findall(text)
    return {canonicalize_name(n): version for n, version, marker in rows if not marker or Marker(marker).evaluate()}


# --- the file ------------------------------------------------------------------------------------------------------


def test_it_starts_from_one_release_of_the_python_that_the_tests_run() -> None:
    base = dict(rest.split("=", 1) for word, rest in instructions() if word == "ARG" and rest.startswith("BASE="))[
        "BASE"
    ]
    found = re.fullmatch(r"docker\.io/library/python:(3\.\d+)\.\d+-slim-[a-z]+", base)
    assert found, base
    assert {rest.split()[0] for word, rest in instructions() if word == "FROM"} == {"${BASE}"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == f">={found[1]}"
    if os.environ.get("CI") == "true":
        assert found[1] == "{}.{}".format(*sys.version_info)


def test_what_runs_is_nobody_and_holds_what_was_built_and_no_more() -> None:
    build, run = stages()
    assert [rest for word, rest in run if word == "COPY"] == ["--from=build /opt/genkan /opt/genkan"]
    assert ("USER", "10001:10001") in run
    after = run[run.index(("USER", "10001:10001")) :]
    assert {word for word, _ in after} >= {"ENTRYPOINT", "CMD"}
    assert not any(word == "RUN" for word, _ in after)
    assert not any(word == "ADD" for word, _ in (*build, *run))
    for word, rest in (*build, *run):
        if word in ("ARG", "ENV"):
            assert not re.search(r"secret|passw|token|_key|credential", rest, re.IGNORECASE), rest


def test_every_package_comes_by_the_hash_of_its_file() -> None:
    """And our own from what was copied, without asking anybody."""
    installs = [part for word, rest in stages()[0] if word == "RUN" for part in rest.split("&&") if "pip" in part]
    fetched = [part for part in installs if re.search(r"\b(install|wheel)\b", part)]
    assert len(fetched) == 4
    for part in fetched:
        assert "--require-hashes" in part or {"--no-index", "--no-deps"} <= set(part.split()), part


# --- the versions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["run", "test", "build"])
def test_a_lock_has_a_hash_for_every_package(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.lock").read_text("utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(_LOCKED.findall(text)) > 0
    assert all("--hash=sha256:" in entry for entry in entries)


def test_what_is_tested_is_what_runs() -> None:
    """The same versions in both locks, and they are those that are installed here (if not: make test)."""
    run, test = locked("run"), locked("test")
    assert run.items() <= test.items()
    assert locked("build").items() <= test.items()
    assert {name: metadata.version(name) for name in test} == test


def test_a_lock_has_everything_that_is_needed() -> None:
    """From what pyproject.toml asks for, all the way down, with the versions that it allows."""
    for lock, extras in (("run", frozenset[str]()), ("test", frozenset({"test"}))):
        versions, wanted = locked(lock), {"genkan": extras}
        while wanted:
            name, asked = wanted.popitem()
            assert name == "genkan" or name in versions, f"{lock}.lock lacks {name}: make lock"
            for need in _needs(name, asked):
                key = canonicalize_name(need.name)
                assert need.specifier.contains(versions[key], prereleases=True), f"{lock}.lock: {need}: make lock"
                wanted[key] = frozenset(need.extras)
            versions[name] = versions.get(name, "")


def _needs(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    for line in metadata.requires(name) or ():
        need = Requirement(line)
        if need.marker is None or any(need.marker.evaluate({"extra": one}) for one in ("", *extras)):
            yield need


# --- what it does --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ours, from what the Containerfile copies."""
    return _wheel(tmp_path_factory.mktemp("image"))


@pytest.mark.process
def test_the_wheel_holds_everything_that_is_not_code(wheel: Path) -> None:
    """Schemas, templates, scripts, sentences and samples are installed with the package, and tests are not."""
    with zipfile.ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if ".dist-info/" not in name}
    ours = {str(path.relative_to(ROOT)) for path in tracked() if path.relative_to(ROOT).parts[0] in PACKAGES}
    assert ours - held == set()
    assert {name for name in held if name.split("/")[0] not in PACKAGES} == set()


@pytest.mark.process
def test_the_same_tree_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    assert _wheel(tmp_path).read_bytes() == wheel.read_bytes()


_RUN = """
import typer, gateway
from gateway.cli import app, invoke
from gateway.config import Settings
print(gateway.__file__)
assert invoke(["--version"]) == 0
Settings.parse({}, base=__import__("pathlib").Path())
for name in typer.main.get_command(app).commands:
    assert invoke([name, "--help"]) == 0, name
"""


@pytest.mark.process
def test_what_is_in_the_wheel_runs_without_the_tree(wheel: Path, tmp_path: Path) -> None:
    """Away from here, as in the container: every command, and the schema of the settings."""
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(tmp_path / "site")
    surroundings = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "site"), "LANG": "C.UTF-8"}
    run = subprocess.run(
        [sys.executable, "-c", _RUN], cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    where, version, *_ = run.stdout.splitlines()
    assert Path(where).is_relative_to(tmp_path / "site")
    assert version == f"genkan {metadata.version('genkan')}"


def _wheel(folder: Path) -> Path:
    for name in copied():
        source, target = ROOT / name, folder / "src" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    (folder / "wheel").mkdir()
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(folder / 'wheel')!r})"
    subprocess.run(  # what pip asks of it, without pip
        [sys.executable, "-c", build],
        check=True, capture_output=True, text=True, cwd=folder / "src", env=os.environ | {"SOURCE_DATE_EPOCH": "0"},
    )  # fmt: skip
    (made,) = (folder / "wheel").glob("genkan-*.whl")
    return made
