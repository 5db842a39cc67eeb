"""The manifests say what an office may rely on, and the settings in them are settings that the gateway takes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.config import Settings

ROOT = Path(__file__).resolve().parent.parent
OVERLAY = ROOT / "k8s" / "overlays" / "single"
OLDEST = (5, 0)  # kustomize's release in kubectl 1.27, the first that knows what the overlays use


def kustomize_release() -> tuple[int, int]:
    """Of the kubectl here; (0, 0) without one that has it."""
    if shutil.which("kubectl") is None:
        return (0, 0)
    said = subprocess.run(["kubectl", "version", "--client", "--output=yaml"], capture_output=True, check=False).stdout
    release = str((yaml.safe_load(said) or {}).get("kustomizeVersion", "v0.0"))
    major, minor, *_ = release.removeprefix("v").split(".")
    return int(major), int(minor)


@pytest.fixture(scope="module")
def manifests() -> list[dict[str, Any]]:
    if kustomize_release() < OLDEST:
        sentence = "kubectl 1.27 or later is needed to render k8s/"
        pytest.fail(sentence) if os.environ.get("CI") == "true" else pytest.skip(sentence)
    rendered = subprocess.run(["kubectl", "kustomize", str(OVERLAY)], capture_output=True, check=True).stdout
    return list(yaml.safe_load_all(rendered))


def one(manifests: list[dict[str, Any]], kind: str, name: str = "") -> dict[str, Any]:
    found = [each for each in manifests if each["kind"] == kind and each["metadata"]["name"].startswith(name)]
    assert len(found) == 1
    return found[0]


def test_the_gateway_runs_alone_and_restricted(manifests: list[dict[str, Any]]) -> None:
    """SQLite has one writer; no root, no privilege, nothing writable but its volumes; limits and probes are there."""
    stateful = one(manifests, "StatefulSet")
    assert stateful["spec"]["replicas"] == 1
    pod = stateful["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not container["image"].endswith(":latest")
    assert ":" in container["image"]
    assert container["resources"]["limits"].keys() == {"cpu", "memory"}
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()


def test_the_settings_are_taken_and_agree_with_the_ports(manifests: list[dict[str, Any]]) -> None:
    """The UDP port in an answer is the worker's own: container, service and node have to have the same."""
    settings = Settings.load(OVERLAY / "genkan.toml")
    (container,) = one(manifests, "StatefulSet")["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"http": settings.port, "media": settings.media.port}
    (media,) = one(manifests, "Service", "genkan-media")["spec"]["ports"]
    assert media["nodePort"] == settings.media.port
    assert settings.public_origin == f"https://{one(manifests, 'Ingress')['spec']['rules'][0]['host']}"


def test_data_and_keys_lie_on_volumes_of_their_own(manifests: list[dict[str, Any]]) -> None:
    settings = Settings.load(OVERLAY / "genkan.toml")
    (container,) = one(manifests, "StatefulSet")["spec"]["template"]["spec"]["containers"]
    mounts = {mount["name"]: Path(mount["mountPath"]) for mount in container["volumeMounts"]}
    assert settings.data_dir.is_relative_to(mounts["data"])
    assert settings.keys_dir.is_relative_to(mounts["keys"])
    assert not settings.keys_dir.is_relative_to(mounts["data"])


def test_every_selector_finds_the_gateways_pod(manifests: list[dict[str, Any]]) -> None:
    labels = one(manifests, "StatefulSet")["spec"]["template"]["metadata"]["labels"]
    services = [each["spec"]["selector"] for each in manifests if each["kind"] == "Service"]
    policies = [each["spec"]["podSelector"]["matchLabels"] for each in manifests if each["kind"] == "NetworkPolicy"]
    assert len(services) == 2
    assert len(policies) == 1
    assert all(selector == labels for selector in (*services, *policies))
