"""The manifests say what an office may rely on, and the settings in them are settings that the gateway takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from gateway.cli import app
from gateway.config import Settings
from tests.support.manifests import (
    OVERLAYS,
    WORKLOADS,
    Manifests,
    find,
    made_secrets,
    need_kubectl,
    of_kind,
    overlay,
    pod,
)
from tests.support.redis_server import redis_server
from waiting_room.journal.redis import RedisJournal
from waiting_room.journal.redis_line import REQUIRED, NotDurable

GATEWAY = "Deployment/genkan"
OWN_IMAGE = "genkan:"


@pytest.fixture(scope="module")
def overlays() -> dict[str, Manifests]:
    return {name: overlay(name) for name in OVERLAYS}


@pytest.fixture
def manifests(overlays: dict[str, Manifests], name: str) -> Manifests:
    return overlays[name]


def settings_of(manifests: Manifests, folder: Path) -> Settings:
    """As the gateways read them."""
    path = folder / "genkan.toml"
    path.write_text(find(manifests, "ConfigMap/genkan-settings")["data"]["genkan.toml"], "utf-8")
    return Settings.load(path)


def mounts(manifests: Manifests) -> dict[str, Path]:
    (gateway,) = pod(find(manifests, GATEWAY))["containers"]
    return {mount["name"]: Path(mount["mountPath"]) for mount in gateway["volumeMounts"]}


@pytest.mark.parametrize("release", [None, "v4.5.7"])
def test_without_a_kubectl_that_can_render_it_is_said_and_in_ci_it_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: str | None
) -> None:
    """Debian 12's own is too old."""
    if release is not None:
        (tmp_path / "kubectl").write_text(f"#!/bin/sh\necho 'kustomizeVersion: {release}'\n")
        (tmp_path / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/nowhere" if release is None else f"{tmp_path}:/bin")
    for ci, outcome in (("true", pytest.fail.Exception), ("", pytest.skip.Exception)):
        monkeypatch.setenv("CI", ci)
        with pytest.raises(outcome, match=r"kubectl 1\.27 or later"):
            need_kubectl.__wrapped__()


# --- settings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_settings_are_taken_and_agree_with_the_ports(manifests: Manifests, tmp_path: Path) -> None:
    settings = settings_of(manifests, tmp_path)
    (gateway,) = pod(find(manifests, GATEWAY))["containers"]
    ports = {port["name"]: port["containerPort"] for port in gateway["ports"]}
    assert settings.metrics is not None
    assert (ports["http"], ports["metrics"]) == (settings.port, settings.metrics.port)
    assert {settings.host, settings.metrics.host} == {"0.0.0.0"}  # noqa: S104 - a pod's own network
    assert settings.public_origin == f"https://{find(manifests, 'Ingress/genkan')['spec']['rules'][0]['host']}"
    assert ports.get("media", settings.media.port) == settings.media.port


@pytest.mark.parametrize("name", OVERLAYS)
def test_data_and_keys_lie_on_volumes_of_their_own(manifests: Manifests, tmp_path: Path) -> None:
    """And below the volume's root, which belongs to root: the gateway makes its folders, owner-only."""
    settings, there = settings_of(manifests, tmp_path), mounts(manifests)
    assert settings.data_dir.parent == there["data"]
    assert settings.keys_dir.parent == there["keys"]


def test_one_gateway_opens_the_port_that_its_worker_tells_browsers(
    overlays: dict[str, Manifests], tmp_path: Path
) -> None:
    """The UDP port in an answer is the worker's own: container, Service and node have to have the same."""
    settings = settings_of(overlays["single"], tmp_path)
    (media,) = find(overlays["single"], "Service/genkan-media")["spec"]["ports"]
    assert {media["port"], media["nodePort"], settings.media.port} == {30400}


def test_several_gateways_find_store_and_workers_by_their_services(
    overlays: dict[str, Manifests], tmp_path: Path
) -> None:
    manifests = overlays["production"]
    settings = settings_of(manifests, tmp_path)
    assert settings.journal is not None
    (store,) = find(manifests, "Service/genkan-redis")["spec"]["ports"]
    assert settings.journal.url == f"redis://genkan-redis:{store['port']}/0"
    assert settings.journal.password == {"file": str(mounts(manifests)["redis"] / "password")}
    (control,) = find(manifests, "Service/genkan-media")["spec"]["ports"]
    said = find(manifests, "ConfigMap/genkan-settings")["data"]["genkan.toml"]
    assert f'workers = ["http://genkan-media:{control["port"]}"]' in said
    (gateway,) = pod(find(manifests, GATEWAY))["containers"]
    assert {one["name"] for one in gateway["env"]} == set(re.findall(r'env = "(\w+)"', said))


def test_several_gateways_share_one_folder_of_keys(overlays: dict[str, Manifests]) -> None:
    """They are made while it runs, by whichever gateway makes the event: a volume that many nodes write."""
    claim = find(overlays["production"], "PersistentVolumeClaim/genkan-keys")
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert find(overlays["production"], GATEWAY)["spec"]["replicas"] > 1


def test_retention_runs_with_what_a_gateway_has_and_without_its_file(overlays: dict[str, Manifests]) -> None:
    """The file of SQLite belongs to one process, so there is no such pod beside it."""
    assert list(of_kind(overlays["single"], "CronJob")) == []
    manifests = overlays["production"]
    job, gateway = pod(find(manifests, "CronJob/genkan-retention")), pod(find(manifests, GATEWAY))
    wanted = ("settings", "keys", "redis")
    assert _named(job["volumes"], wanted) == _named(gateway["volumes"], wanted)
    assert _named(job["containers"][0]["volumeMounts"], wanted) == _named(
        gateway["containers"][0]["volumeMounts"], wanted
    )


def _named(many: list[dict[str, Any]], wanted: tuple[str, ...]) -> list[dict[str, Any]]:
    return sorted((one for one in many if one["name"] in wanted), key=lambda one: str(one["name"]))


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_container_of_ours_is_told_a_command_that_there_is(manifests: Manifests) -> None:
    root = typer.main.get_command(app)
    for workload in of_kind(manifests, *WORKLOADS):
        for one in pod(workload)["containers"]:
            if one["image"].startswith(OWN_IMAGE):
                _parse(root, list(one["args"]))


def _parse(command: Any, words: list[str]) -> None:
    """Every word a subcommand or an option with its value. The command's own exception if not."""
    while hasattr(command, "commands"):
        assert words[0] in command.commands, f"there is no genkan {words[0]}"
        command = command.commands[words.pop(0)]
    command.make_context(command.name, words)


# --- secrets, Redis ------------------------------------------------------------------------------------------------


def test_secrets_are_made_anew_each_time() -> None:
    """None has a default, and no two are the same."""
    first, second = made_secrets(), made_secrets()
    assert first.keys() == second.keys() == {"genkan-redis", "genkan-media", "genkan-turn"}
    drawn = [one[key] for made in (first, second) for one in made.values() for key in one if key != "users.acl"]
    assert len(set(drawn)) == len(drawn) == 6
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in drawn)
    assert first["genkan-redis"]["password"] not in first["genkan-redis"]["users.acl"]


@pytest.mark.process
async def test_gateways_take_the_redis_of_the_manifests(overlays: dict[str, Manifests], tmp_path: Path) -> None:
    """Its settings pass the check of each connection; its access list lets gateways in, and others say PING."""
    conf, acl = tmp_path / "redis.conf", tmp_path / "users.acl"
    conf.write_text(find(overlays["production"], "ConfigMap/genkan-redis")["data"]["redis.conf"], "utf-8")
    secrets = made_secrets()["genkan-redis"]
    acl.write_text(secrets["users.acl"], "utf-8")
    with redis_server(conf, aclfile=str(acl)) as server:
        assert server.ask("PING") == b"+PONG\r\n"
        assert server.ask("GET", "genkan:events").startswith(b"-NOPERM")
        journal = await RedisJournal.open(f"unix://genkan:{secrets['password']}@{server.socket}")
        try:
            await journal.create("exam")
            assert await journal.events() == ["exam"]
        finally:
            await journal.close()


@pytest.mark.process
@pytest.mark.parametrize("line", REQUIRED)
async def test_without_any_of_its_lines_they_refuse_it(
    overlays: dict[str, Manifests], tmp_path: Path, line: str
) -> None:
    """So each of the five is there for a reason: Redis' own default is another, or the file says so twice."""
    text = find(overlays["production"], "ConfigMap/genkan-redis")["data"]["redis.conf"]
    other = {"yes": "no", "no": "yes", "always": "everysec", "noeviction": "allkeys-lru"}[REQUIRED[line]]
    conf = tmp_path / "redis.conf"
    changed = re.sub(rf"^{line} .*$", f"{line} {other}", text, flags=re.MULTILINE)
    assert changed != text
    conf.write_text(re.sub(r"^aclfile.*$", "", changed, flags=re.MULTILINE), "utf-8")
    with redis_server(conf) as server, pytest.raises(NotDurable, match=f"{line} {REQUIRED[line]}"):
        await RedisJournal.open(server.url)
