"""Every overlay and component of k8s/ is what the API servers of two Kubernetes releases take, and keeps every rule of
``tests/support/manifest_rules.py``; and each rule finds a manifest that was doctored to break it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from kubernetes_validate.utils import ValidationError, validate

from tests.support import manifest_rules as rules
from tests.support.manifest_rules import RULES, Rule
from tests.support.manifests import COMPONENTS, OVERLAYS, Manifests, component, find, overlay

# The first release that the manifests run on (preStop.sleep), and one that is current.
RELEASES = ("1.30", "1.37")
GONE = object()
# Alone on the base, a component lacks what the overlay brings.
WITH_AN_OVERLAY = (rules.every_reference_leads_somewhere, rules.gateways_end_in_order)


@pytest.fixture(scope="module")
def all_of_them(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Manifests]:
    overlays = {name: overlay(name) for name in OVERLAYS}
    return overlays | {name: component(name, tmp_path_factory.mktemp(name)) for name in COMPONENTS}


@pytest.mark.parametrize("release", RELEASES)
def test_the_api_takes_every_manifest(all_of_them: dict[str, Manifests], release: str) -> None:
    """Unknown fields are faults, so a slip of the pen is one too."""
    distinct = {json.dumps(one, sort_keys=True): one for manifests in all_of_them.values() for one in manifests}
    for manifest in distinct.values():
        assert validate(manifest, release, strict=True) == release


def test_the_api_refuses_a_slip_of_the_pen(all_of_them: dict[str, Manifests]) -> None:
    doctored = copy.deepcopy(find(all_of_them["single"], "Deployment/genkan"))
    doctored["spec"]["template"]["spec"]["terminationGracePeriod"] = 45
    with pytest.raises(ValidationError, match="terminationGracePeriod"):
        validate(doctored, RELEASES[0], strict=True)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("name", OVERLAYS)
def test_every_overlay_keeps_the_rules(all_of_them: dict[str, Manifests], name: str, rule: Rule) -> None:
    assert list(rule(all_of_them[name])) == []


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_component_keeps_the_rules(all_of_them: dict[str, Manifests], name: str) -> None:
    """But one speaks of another: the relay's policy names the workers."""
    without = (*WITH_AN_OVERLAY, *([rules.policies_open_ports_that_are_there] if name == "turn" else []))
    found = [fault for rule in RULES if rule not in without for fault in rule(all_of_them[name])]
    assert found == []


GATEWAY, MEDIA, REDIS, TURN = (
    "Deployment/genkan",
    "StatefulSet/genkan-media",
    "StatefulSet/genkan-redis",
    "Deployment/genkan-turn",
)
POD = "spec.template.spec"
ONE = f"{POD}.containers.0"
JOB = "spec.jobTemplate.spec.template.spec"

# rule, manifest of the production overlay, where, what is there instead
BROKEN: tuple[tuple[Rule, str, str, Any], ...] = (
    (rules.no_root, GATEWAY, f"{POD}.securityContext.runAsNonRoot", GONE),
    (rules.no_root, REDIS, f"{POD}.securityContext.runAsUser", 0),
    (rules.no_root, MEDIA, f"{ONE}.securityContext.runAsUser", 0),
    (rules.no_root, "CronJob/genkan-retention", f"{JOB}.securityContext", GONE),
    (rules.nothing_privileged, GATEWAY, f"{ONE}.securityContext.allowPrivilegeEscalation", GONE),
    (rules.nothing_privileged, MEDIA, f"{ONE}.securityContext.privileged", True),
    (rules.nothing_privileged, REDIS, f"{ONE}.securityContext.capabilities.drop", []),
    (rules.nothing_privileged, TURN, f"{ONE}.securityContext.capabilities.add", ["NET_ADMIN"]),
    (rules.nothing_privileged, MEDIA, f"{POD}.hostNetwork", True),
    (rules.nothing_privileged, MEDIA, f"{ONE}.ports.1.hostPort", 30400),
    (rules.nothing_privileged, GATEWAY, f"{POD}.volumes.0", {"name": "data", "hostPath": {"path": "/"}}),
    (rules.nothing_privileged, TURN, f"{POD}.securityContext.seccompProfile", GONE),
    (rules.nothing_written_to_the_image, REDIS, f"{ONE}.securityContext.readOnlyRootFilesystem", False),
    (rules.no_token, GATEWAY, f"{POD}.automountServiceAccountToken", GONE),
    (rules.no_token, "ServiceAccount/genkan", "automountServiceAccountToken", True),
    (rules.no_token, TURN, f"{POD}.serviceAccountName", "default"),
    (rules.nothing_injected, MEDIA, f"{POD}.enableServiceLinks", GONE),
    (rules.nothing_injected, "CronJob/genkan-retention", f"{JOB}.enableServiceLinks", True),
    (rules.pinned_images, GATEWAY, f"{ONE}.image", "genkan:latest"),
    (rules.pinned_images, REDIS, f"{ONE}.image", "redis"),
    (rules.pinned_images, TURN, f"{ONE}.image", "coturn/coturn:4"),
    (rules.bounded, MEDIA, f"{ONE}.resources.limits.memory", GONE),
    (rules.bounded, REDIS, f"{ONE}.resources.requests.cpu", "3"),
    (rules.bounded, "CronJob/genkan-retention", f"{JOB}.containers.0.resources", GONE),
    (rules.probed, GATEWAY, f"{ONE}.readinessProbe", GONE),
    (rules.probed, MEDIA, f"{ONE}.livenessProbe.httpGet.port", "media"),
    (rules.probed, TURN, f"{ONE}.startupProbe.tcpSocket.port", 3478),
    (rules.secrets_by_reference, GATEWAY, "kind", "Secret"),
    (rules.secrets_by_reference, GATEWAY, f"{ONE}.env.0", {"name": "GENKAN_TURN_SECRET", "value": "north"}),
    (rules.secrets_by_reference, TURN, f"{ONE}.args.2", "--static-auth-secret=north"),
    (rules.secrets_by_reference, "ConfigMap/genkan-settings", "data", {"genkan.toml": 'password = "north"'}),
    (rules.secrets_by_reference, "ConfigMap/genkan-redis", "data", {"redis.conf": "requirepass north"}),
    (rules.every_reference_leads_somewhere, "PersistentVolumeClaim/genkan-keys", "metadata.name", "keys"),
    (rules.every_reference_leads_somewhere, MEDIA, f"{ONE}.env.3.valueFrom.secretKeyRef.name", "worker"),
    (rules.every_reference_leads_somewhere, GATEWAY, f"{ONE}.volumeMounts.0", GONE),
    (rules.policies_open_ports_that_are_there, "NetworkPolicy/genkan", "spec.ingress.0.ports.0.port", 8081),
    (rules.policies_open_ports_that_are_there, "NetworkPolicy/genkan-media", "spec.ingress.1.ports.0.protocol", "TCP"),
    (rules.policies_open_ports_that_are_there, "NetworkPolicy/to-redis", "spec.egress.0.ports.0.port", 6380),
    (rules.policies_open_ports_that_are_there, "NetworkPolicy/genkan-redis", "spec.ingress.0.ports", GONE),
    (rules.policies_open_ports_that_are_there, "NetworkPolicy/genkan-turn", "spec.podSelector.matchLabels", {"a": "b"}),
    (rules.walled_in, "NetworkPolicy/nothing", "spec.policyTypes", ["Ingress"]),
    (rules.walled_in, "NetworkPolicy/genkan-turn", "kind", "Gone"),
    (rules.walled_in, TURN, "metadata.namespace", "default"),
    (rules.only_monitoring_reads_metrics, "NetworkPolicy/genkan", "spec.ingress.1.from", GONE),
    (rules.only_monitoring_reads_metrics, "Service/genkan", "spec.ports.0.targetPort", "metrics"),
    (rules.workers_know_nobody, "NetworkPolicy/genkan-media", "spec.ingress.0.from", GONE),
    (rules.workers_know_nobody, "NetworkPolicy/genkan-media", "spec.egress.0.ports.0.port", 53),
    (rules.workers_know_nobody, "NetworkPolicy/to-redis", "spec.podSelector", {"matchLabels": rules.part("media")}),
    (rules.workers_know_nobody, MEDIA, f"{POD}.volumes.0", {"name": "keys", "persistentVolumeClaim": {}}),
    (rules.services_lead_to_a_port, "Service/genkan-redis", "spec.ports.0.targetPort", "http"),
    (rules.services_lead_to_a_port, "Service/genkan", "spec.selector", {"app.kubernetes.io/name": "genkan"}),
    (rules.services_lead_to_a_port, MEDIA, "spec.replicas", 1),
    (rules.the_way_in_is_whole, "Ingress/genkan", "spec.tls", GONE),
    (rules.the_way_in_is_whole, "Ingress/genkan", "metadata.annotations", {}),
    (rules.the_way_in_is_whole, "Service/genkan", "spec.ports.0.name", "web"),
    (rules.budgets_leave_an_eviction, "PodDisruptionBudget/genkan", "spec", {"minAvailable": 3, "selector": {"matchLabels": rules.part("gateway")}}),  # noqa: E501
    (rules.budgets_leave_an_eviction, "PodDisruptionBudget/genkan-media", "spec.maxUnavailable", 2),
    (rules.budgets_leave_an_eviction, "PodDisruptionBudget/genkan-turn", "spec.selector.matchLabels", {"a": "b"}),
    (rules.gateways_end_in_order, GATEWAY, f"{ONE}.lifecycle", GONE),
    (rules.gateways_end_in_order, GATEWAY, f"{POD}.terminationGracePeriodSeconds", 30),
    (rules.gateways_end_in_order, GATEWAY, "spec.strategy.rollingUpdate.maxUnavailable", 1),
    (rules.gateways_end_in_order, GATEWAY, f"{POD}.topologySpreadConstraints", GONE),
    (rules.gateways_end_in_order, "ConfigMap/genkan-settings", "data", {"genkan.toml": ""}),
    (rules.calls_outlive_an_update, MEDIA, f"{POD}.terminationGracePeriodSeconds", 28_800),
    (rules.calls_outlive_an_update, MEDIA, f"{ONE}.args.6", "--drain=3600"),
    (rules.calls_outlive_an_update, "Service/genkan-media", "spec.publishNotReadyAddresses", GONE),
    (rules.each_worker_has_its_port, MEDIA, "spec.replicas", 3),
    (rules.each_worker_has_its_port, MEDIA, f"{ONE}.env.1.valueFrom.fieldRef.fieldPath", "metadata.name"),
    (rules.each_worker_has_its_port, "Service/genkan-media-1", "spec.ports.0.nodePort", 30400),
    (rules.each_worker_has_its_port, "Service/genkan-media-0", "spec.externalTrafficPolicy", "Cluster"),
    (rules.selectors_find_their_own, MEDIA, "spec.selector.matchLabels", {"app.kubernetes.io/name": "genkan"}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "name", "where", "instead"), BROKEN, ids=[f"{row[0].__name__}-{n}" for n, row in enumerate(BROKEN)]
)
def test_each_rule_finds_what_breaks_it(
    all_of_them: dict[str, Manifests], rule: Rule, name: str, where: str, instead: Any
) -> None:
    doctored = copy.deepcopy(all_of_them["production"])
    _put(find(doctored, name), where, instead)
    assert list(rule(doctored)) != []


def test_no_rule_is_without_a_manifest_that_breaks_it() -> None:
    assert {row[0] for row in BROKEN} == set(RULES)


def _put(one: dict[str, Any], where: str, instead: Any) -> None:
    holder: Any = one
    *path, last = where.split(".")
    for step in path:
        holder = holder[int(step)] if step.isdecimal() else holder[step]
    key: Any = int(last) if last.isdecimal() else last
    if instead is GONE:
        del holder[key]
    else:
        holder[key] = instead


def test_doctoring_changes_one_place() -> None:
    one: dict[str, Any] = {"a": [{"b": 1}, {"b": 2}]}
    _put(one, "a.1.b", 3)
    _put(one, "a.0", GONE)
    assert one == {"a": [{"b": 3}]}
