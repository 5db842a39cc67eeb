"""The manifests of k8s/ as a cluster would be given them: rendered by ``kubectl kustomize``.

Outside of continuous integration a machine without a kubectl that can do it skips what needs it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
OVERLAYS = ("single", "production")
COMPONENTS = ("redis", "media", "turn")
OLDEST = (5, 0)  # kustomize's release in kubectl 1.27, the first that knows what the overlays use
WORKLOADS = ("Deployment", "StatefulSet", "CronJob")

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Manifest = dict[str, Any]
Manifests = list[Manifest]


def kustomize_release() -> tuple[int, int]:
    """Of the kubectl here; (0, 0) without one that has it."""
    if shutil.which("kubectl") is None:
        return (0, 0)
    said = subprocess.run(["kubectl", "version", "--client", "--output=yaml"], capture_output=True, check=False).stdout
    release = str((yaml.safe_load(said) or {}).get("kustomizeVersion", "v0.0"))
    major, minor, *_ = release.removeprefix("v").split(".")
    return int(major), int(minor)


def rendered(folder: Path) -> Manifests:
    """What a kustomization becomes."""
    need_kubectl()
    run = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    return list(yaml.load_all(run.stdout, _LOADER))


@cache
def need_kubectl() -> None:
    """Skip, or in continuous integration fail, where there is none that can render k8s/."""
    if kustomize_release() < OLDEST:
        sentence = "kubectl 1.27 or later is needed to render k8s/"
        pytest.fail(sentence) if os.environ.get("CI") == "true" else pytest.skip(sentence)


def overlay(name: str) -> Manifests:
    return rendered(ROOT / "k8s" / "overlays" / name)


def component(name: str, folder: Path) -> Manifests:
    """One component alone on the base. ``folder``: an empty one."""
    k8s = os.path.relpath(ROOT / "k8s", folder.resolve())
    text = {"resources": [f"{k8s}/base"], "components": [f"{k8s}/components/{name}"]}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(text), "utf-8")
    return rendered(folder)


def made_secrets() -> dict[str, dict[str, str]]:
    """What make-secrets prints, by name."""
    said = subprocess.run(["sh", str(ROOT / "k8s" / "make-secrets")], capture_output=True, text=True, check=True).stdout
    return {one["metadata"]["name"]: one["stringData"] for one in yaml.safe_load_all(said)}


# --- looking into them ---------------------------------------------------------------------------------------------


def of_kind(manifests: Manifests, *kinds: str) -> Iterator[Manifest]:
    return (one for one in manifests if one["kind"] in kinds)


def named(one: Manifest) -> str:
    return f"{one['kind']}/{one['metadata']['name']}"


def find(manifests: Manifests, name: str) -> Manifest:
    """By ``Kind/name``; a generated name may have its hash behind."""
    kind, _, stem = name.partition("/")
    exact = [one for one in of_kind(manifests, kind) if one["metadata"]["name"] == stem]
    hashed = [one for one in of_kind(manifests, kind) if one["metadata"]["name"].startswith(f"{stem}-")]
    (found,) = exact or hashed
    return found


def template(workload: Manifest) -> Manifest:
    """Of the pods that it starts."""
    spec = workload["spec"]["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else workload["spec"]
    made: Manifest = spec["template"]
    return made


def pod(workload: Manifest) -> Manifest:
    spec: Manifest = template(workload)["spec"]
    return spec


def containers(manifests: Manifests) -> Iterator[tuple[str, Manifest]]:
    """Every container, with its workload's name."""
    for workload in of_kind(manifests, *WORKLOADS):
        spec = pod(workload)
        for one in (*spec.get("initContainers", ()), *spec["containers"]):
            yield f"{named(workload)} {one['name']}", one


def chosen(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a selector (of a policy, a budget, a workload) takes a pod with these labels."""
    wanted: Mapping[str, str] = selector.get("matchLabels", {})
    either = selector.get("matchExpressions", ())
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        one["operator"] == "In" and labels.get(one["key"]) in one["values"] for one in either
    )


def labels_of(workload: Manifest) -> dict[str, str]:
    return dict(template(workload)["metadata"]["labels"])
