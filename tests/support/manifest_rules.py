"""What every manifest has to keep, one function a rule: it takes all manifests of an overlay and says what breaks it.

``tests/test_house_k8s_rules.py`` holds that no overlay and no component breaks one, and that each rule can be broken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gateway.app import CUT_WITHIN, DRAIN
from gateway.roster import MAX_SLOT_MINUTES
from tests.support.manifests import (
    ROOT,
    WORKLOADS,
    Manifest,
    Manifests,
    chosen,
    containers,
    labels_of,
    named,
    of_kind,
    pod,
)

Rule = Callable[[Manifests], Iterator[str]]

LONG_RUNNING = ("Deployment", "StatefulSet")
SEALS = 10.0  # seconds to seal journals, to hand the work over, to end
IN_ORDER = 30.0  # seconds that a worker has to end after its drain
_PINNED = re.compile(r"^[a-z0-9./-]+(:v?\d+\.\d+(\.\d+)?[\w.-]*|@sha256:[0-9a-f]{64})$")
_SECRET_NAME = re.compile(r"secret|passw|token|credential|key", re.IGNORECASE)
_SECRET_SAID = re.compile(
    r"(requirepass|masterauth|static-auth-secret|passw\w*|secret|credential|token)\s*[= ]\s*\"?\w"
)
_POD_INDEX = "metadata.labels['apps.kubernetes.io/pod-index']"
_UNIT = {"m": 1e-3, "": 1.0, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}


def _amount(text: str) -> float:
    match = re.fullmatch(r"([\d.]+)([A-Za-z]*)", text)
    assert match, text
    return float(match[1]) * _UNIT[match[2]]


# --- what a pod may do ---------------------------------------------------------------------------------------------


def no_root(manifests: Manifests) -> Iterator[str]:
    for workload in of_kind(manifests, *WORKLOADS):
        context = pod(workload).get("securityContext", {})
        if context.get("runAsNonRoot") is not True or not context.get("runAsUser", 0) > 0:
            yield f"{named(workload)} may run as root"
    for where, one in containers(manifests):
        if {"runAsUser", "runAsNonRoot", "runAsGroup"} & one.get("securityContext", {}).keys():
            yield f"{where} says again who it runs as"


def nothing_privileged(manifests: Manifests) -> Iterator[str]:
    for workload in of_kind(manifests, *WORKLOADS):
        spec = pod(workload)
        if {"hostNetwork", "hostPID", "hostIPC"} & spec.keys() or any("hostPath" in v for v in spec.get("volumes", ())):
            yield f"{named(workload)} reaches into its node"
        if spec.get("securityContext", {}).get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{named(workload)} may make every system call"
    for where, one in containers(manifests):
        context = one.get("securityContext", {})
        capabilities = context.get("capabilities", {})
        if context.get("allowPrivilegeEscalation") is not False or "privileged" in context:
            yield f"{where} may gain rights"
        if capabilities.get("drop") != ["ALL"] or not set(capabilities.get("add", ())) <= {"NET_BIND_SERVICE"}:
            yield f"{where} has capabilities"
        if any("hostPort" in port for port in one.get("ports", ())):
            yield f"{where} takes a port of its node"


def nothing_written_to_the_image(manifests: Manifests) -> Iterator[str]:
    for where, one in containers(manifests):
        if one.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
            yield f"{where} may write anywhere"


def no_token(manifests: Manifests) -> Iterator[str]:
    accounts = {one["metadata"]["name"]: one for one in of_kind(manifests, "ServiceAccount")}
    for name, account in accounts.items():
        if account.get("automountServiceAccountToken") is not False:
            yield f"ServiceAccount/{name} gives a token away"
    for workload in of_kind(manifests, *WORKLOADS):
        if pod(workload).get("automountServiceAccountToken") is not False:
            yield f"{named(workload)} has a token"
        if pod(workload).get("serviceAccountName") not in accounts:
            yield f"{named(workload)} runs under an account that is not ours"


def nothing_injected(manifests: Manifests) -> Iterator[str]:
    """Kubernetes would tell every pod of every Service in variables: of genkan-media in GENKAN_MEDIA_PORT, which
    ``genkan media`` takes for its own."""
    for workload in of_kind(manifests, *WORKLOADS):
        if pod(workload).get("enableServiceLinks") is not False:
            yield f"{named(workload)} is told of Services in variables"


def pinned_images(manifests: Manifests) -> Iterator[str]:
    for where, one in containers(manifests):
        if not _PINNED.match(one["image"]):
            yield f"{where} runs whatever {one['image']} is today"


def bounded(manifests: Manifests) -> Iterator[str]:
    for where, one in containers(manifests):
        wants, may = (one.get("resources", {}).get(name, {}) for name in ("requests", "limits"))
        if not wants.keys() == may.keys() == {"cpu", "memory"}:
            yield f"{where} has no bound or no request"
        elif any(_amount(wants[name]) > _amount(may[name]) for name in wants):
            yield f"{where} wants more than it may have"


def probed(manifests: Manifests) -> Iterator[str]:
    for workload in of_kind(manifests, *LONG_RUNNING):
        for one in pod(workload)["containers"]:
            ports = {port["name"] for port in one.get("ports", ()) if port.get("protocol", "TCP") == "TCP"}
            for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
                probe = one.get(kind, {})
                asked = probe.get("httpGet") or probe.get("tcpSocket")
                if "exec" not in probe and (asked is None or asked["port"] not in ports):
                    yield f"{named(workload)} {one['name']}: {kind} asks nothing"


# --- secrets, volumes ----------------------------------------------------------------------------------------------


def secrets_by_reference(manifests: Manifests) -> Iterator[str]:
    for one in of_kind(manifests, "Secret"):
        yield f"{named(one)} is in the tree"
    for where, one in containers(manifests):
        for variable in one.get("env", ()):
            if "value" in variable and _SECRET_NAME.search(variable["name"]):
                yield f"{where} is told {variable['name']} in the clear"
        for word in (*one.get("command", ()), *one.get("args", ())):
            if _SECRET_SAID.search(word):
                yield f"{where} is told a secret in an argument"
    for one in of_kind(manifests, "ConfigMap"):
        for name, text in one["data"].items():
            lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
            yield from (f"{named(one)} {name} holds a secret" for line in lines if _SECRET_SAID.search(line))


def every_reference_leads_somewhere(manifests: Manifests) -> Iterator[str]:
    """ConfigMaps and claims are among the manifests; Secrets are those that make-secrets makes, or certificates."""
    there = {named(one) for one in manifests}
    made = (ROOT / "k8s" / "make-secrets").read_text("utf-8")
    secrets = {*re.findall(r"metadata: \{name: ([\w-]+),", made), "genkan-tls", "genkan-turn-tls"}
    for workload in of_kind(manifests, *WORKLOADS):
        spec = pod(workload)
        volumes = spec.get("volumes", ())
        claims = [v["persistentVolumeClaim"]["claimName"] for v in volumes if "persistentVolumeClaim" in v]
        wanted = [f"PersistentVolumeClaim/{claim}" for claim in claims]
        wanted += [f"ConfigMap/{v['configMap']['name']}" for v in volumes if "configMap" in v]
        yield from (f"{named(workload)} wants {name}" for name in wanted if name not in there)
        own = [v["secret"]["secretName"] for v in volumes if "secret" in v]
        own += [name for one in spec["containers"] for name in _env_secrets(one)]
        yield from (f"{named(workload)} wants Secret/{name}" for name in own if name not in secrets)
        held = {v["name"] for v in (*volumes, *_claim_templates(workload))}
        mounted = {mount["name"] for one in spec["containers"] for mount in one.get("volumeMounts", ())}
        if held != mounted:
            yield f"{named(workload)}: volumes {sorted(held ^ mounted)} are not both there and mounted"


def _env_secrets(container: Manifest) -> Iterator[str]:
    for variable in container.get("env", ()):
        if (source := variable.get("valueFrom", {}).get("secretKeyRef")) is not None:
            yield source["name"]


def _claim_templates(workload: Manifest) -> list[Mapping[str, str]]:
    return [one["metadata"] for one in workload["spec"].get("volumeClaimTemplates", ())]


# --- who reaches whom ----------------------------------------------------------------------------------------------


def _ports_of(workload: Manifest) -> set[tuple[object, str]]:
    """By number and by name, with the protocol."""
    found: set[tuple[object, str]] = set()
    for one in pod(workload)["containers"]:
        for port in one.get("ports", ()):
            protocol = port.get("protocol", "TCP")
            found |= {(port["containerPort"], protocol), (port["name"], protocol)}
    return found


def _taken_by(manifests: Manifests, selector: Mapping[str, Any]) -> list[Manifest]:
    return [one for one in of_kind(manifests, *WORKLOADS) if chosen(selector, labels_of(one))]


def _asked(port: Mapping[str, Any]) -> tuple[object, str]:
    return port["port"], port.get("protocol", "TCP")


def policies_open_ports_that_are_there(manifests: Manifests) -> Iterator[str]:
    """Each port that a policy opens is a port of every pod that it concerns, from either end."""
    for policy in of_kind(manifests, "NetworkPolicy"):
        spec = policy["spec"]
        takers = _taken_by(manifests, spec["podSelector"])
        if not takers:
            yield f"{named(policy)} concerns no pod"
        for way in spec.get("ingress", ()):
            yield from (f"{named(policy)}: nobody has {_asked(p)}" for p in _missing(takers, way))
            if not way.get("ports"):
                yield f"{named(policy)} opens every port"
        for way in spec.get("egress", ()):
            yield from (f"{named(policy)}: {fault}" for fault in _outward(manifests, way))


def _outward(manifests: Manifests, way: Mapping[str, Any]) -> Iterator[str]:
    if not way.get("ports"):
        yield "lets everything out"
    for end in way.get("to", ()):
        if "namespaceSelector" not in end and "podSelector" in end:
            others = _taken_by(manifests, end["podSelector"])
            yield from (f"nobody there has {_asked(p)}" for p in _missing(others, way))


def _missing(workloads: list[Manifest], way: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [p for p in way.get("ports", ()) if not workloads or any(_asked(p) not in _ports_of(w) for w in workloads)]


def walled_in(manifests: Manifests) -> Iterator[str]:
    """Nothing is open by default, and each pod has a policy that says what is."""
    policies = list(of_kind(manifests, "NetworkPolicy"))
    shut = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    walls = {one["metadata"]["namespace"] for one in policies if one["spec"] == shut}
    for workload in of_kind(manifests, *WORKLOADS):
        if workload["metadata"]["namespace"] not in walls:
            yield f"{named(workload)} stands open"
        if not any(_concerns(policy, workload) for policy in policies):
            yield f"{named(workload)} is in no policy"


def _concerns(policy: Manifest, workload: Manifest) -> bool:
    """By name, not because it concerns everybody."""
    selector = policy["spec"]["podSelector"]
    return bool(selector) and chosen(selector, labels_of(workload))


def only_monitoring_reads_metrics(manifests: Manifests) -> Iterator[str]:
    monitoring = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    for policy in of_kind(manifests, "NetworkPolicy"):
        for way in policy["spec"].get("ingress", ()):
            if any(port["port"] == 9464 for port in way["ports"]) and way.get("from") != monitoring:
                yield f"{named(policy)} opens the metrics to others"
    for service in of_kind(manifests, "Service"):
        if any(port["targetPort"] in (9464, "metrics") for port in service["spec"]["ports"]):
            yield f"{named(service)} leads to the metrics"


def workers_know_nobody(manifests: Manifests) -> Iterator[str]:
    """Of a media worker: orders from gateways, media from anywhere, UDP out. No store, no names, no keys."""
    for workload in _component(manifests, "media"):
        for volume in pod(workload)["volumes"]:
            if "emptyDir" not in volume:
                yield f"{named(workload)} holds {volume['name']}"
        for policy in of_kind(manifests, "NetworkPolicy"):
            if _concerns(policy, workload):
                yield from _worker_talks(policy)


def _worker_talks(policy: Manifest) -> Iterator[str]:
    gateways = [{"podSelector": {"matchLabels": part("gateway")}}]
    for way in policy["spec"].get("ingress", ()):
        if any(_asked(p)[1] != "UDP" for p in way["ports"]) and way.get("from") != gateways:
            yield f"{named(policy)} lets others give orders"
    for way in policy["spec"].get("egress", ()):
        if "to" in way or any(_asked(p)[1] != "UDP" or p["port"] <= 1023 for p in way["ports"]):
            yield f"{named(policy)} lets a worker ask others"


def _component(manifests: Manifests, component: str) -> Iterator[Manifest]:
    """The workloads that are of this part."""
    for workload in of_kind(manifests, *LONG_RUNNING):
        if labels_of(workload)["app.kubernetes.io/component"] == component:
            yield workload


def part(component: str) -> dict[str, str]:
    return {"app.kubernetes.io/component": component, "app.kubernetes.io/name": "genkan"}


def services_lead_to_a_port(manifests: Manifests) -> Iterator[str]:
    by_pod = "statefulset.kubernetes.io/pod-name"
    for service in of_kind(manifests, "Service"):
        selector = dict(service["spec"]["selector"])
        single = selector.pop(by_pod, None)
        takers = _taken_by(manifests, {"matchLabels": selector})
        if len(takers) != 1:
            yield f"{named(service)} finds {len(takers)} kinds of pods"
            continue
        (taker,) = takers
        if single is not None and single not in _pods(taker):
            yield f"{named(service)} waits for {single}"
        for port in service["spec"]["ports"]:
            if (port["targetPort"], port.get("protocol", "TCP")) not in _ports_of(taker):
                yield f"{named(service)} leads to no port of {named(taker)}"


def _pods(stateful: Manifest) -> set[str]:
    return {f"{stateful['metadata']['name']}-{n}" for n in range(stateful["spec"]["replicas"])}


def the_way_in_is_whole(manifests: Manifests) -> Iterator[str]:
    """TLS for the host, a port of a Service behind it, and time enough for a line that says something every 15 s."""
    services = {one["metadata"]["name"]: one for one in of_kind(manifests, "Service")}
    for ingress in of_kind(manifests, "Ingress"):
        spec, notes = ingress["spec"], ingress["metadata"].get("annotations", {})
        certified = {host for tls in spec.get("tls", ()) for host in tls["hosts"]}
        for rule in spec["rules"]:
            if rule["host"] not in certified:
                yield f"{named(ingress)} has no certificate for {rule['host']}"
            for path in rule["http"]["paths"]:
                behind = path["backend"]["service"]
                ports = services.get(behind["name"], {"spec": {"ports": ()}})["spec"]["ports"]
                if behind["port"]["name"] not in {port["name"] for port in ports}:
                    yield f"{named(ingress)} leads nowhere"
        for side in ("read", "send"):
            if float(notes.get(f"nginx.ingress.kubernetes.io/proxy-{side}-timeout", 60)) < 300:
                yield f"{named(ingress)} cuts lines that are quiet"


# --- coming and going ----------------------------------------------------------------------------------------------


def budgets_leave_an_eviction(manifests: Manifests) -> Iterator[str]:
    """A node can always be emptied, and where there are several pods not all of them at once."""
    guarded: set[str] = set()
    for budget in of_kind(manifests, "PodDisruptionBudget"):
        takers = _taken_by(manifests, budget["spec"]["selector"])
        if len(takers) != 1:
            yield f"{named(budget)} guards {len(takers)} kinds of pods"
        for taker in takers:
            guarded.add(named(taker))
            replicas = taker["spec"]["replicas"]
            away = budget["spec"].get("maxUnavailable", replicas - budget["spec"].get("minAvailable", 0))
            if away < 1 or (replicas > 1 and away >= replicas):
                yield f"{named(budget)} lets {away} of {replicas} go"
    for workload in of_kind(manifests, *LONG_RUNNING):
        if workload["spec"]["replicas"] > 1 and named(workload) not in guarded:
            yield f"{named(workload)} has no budget"


def gateways_end_in_order(manifests: Manifests) -> Iterator[str]:
    """From the preStop to the last seal, as ``genkan serve`` ends; and an update never has fewer than it should."""
    for workload in _component(manifests, "gateway"):
        spec = pod(workload)
        (gateway,) = spec["containers"]
        before = gateway.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if before < 5:
            yield f"{named(workload)} is gone before load balancers have heard of it"
        if spec.get("terminationGracePeriodSeconds", 30) < before + 2 * DRAIN + CUT_WITHIN + SEALS:
            yield f"{named(workload)} is killed while it drains"
        strategy = workload["spec"].get("strategy", {})
        if workload["spec"]["replicas"] > 1 and strategy.get("rollingUpdate", {}).get("maxUnavailable") != 0:
            yield f"{named(workload)} takes one away before another is there"
        if workload["spec"]["replicas"] > 1 and not spec.get("topologySpreadConstraints"):
            yield f"{named(workload)} may be on one node as a whole"
        owned = "journal" not in _settings(manifests)
        if owned and (workload["spec"]["replicas"] > 1 or strategy.get("type") != "Recreate"):
            yield f"{named(workload)}: two gateways on one file"


def _settings(manifests: Manifests) -> str:
    maps = [one["data"]["genkan.toml"] for one in of_kind(manifests, "ConfigMap") if "genkan.toml" in one["data"]]
    return "\n".join(line for text in maps for line in text.splitlines() if line.startswith("["))


def longest_interview() -> float:
    """Seconds that any event's rules or timetable may give an interview."""
    schemas = ROOT / "waiting_room" / "schema"
    rules = json.loads((schemas / "policy.json").read_text("utf-8"))["properties"]["max_minutes"]["maximum"]
    slots = json.loads((schemas / "event.json").read_text("utf-8"))["properties"]["slot_minutes"]["maximum"]
    return 60.0 * max(int(rules), int(slots), MAX_SLOT_MINUTES)


def calls_outlive_an_update(manifests: Manifests) -> Iterator[str]:
    for workload in _component(manifests, "media"):
        spec = pod(workload)
        drain = float(_argument(spec["containers"][0], "drain"))
        if drain < longest_interview():
            yield f"{named(workload)} cuts an interview of {longest_interview():.0f} s"
        if spec.get("terminationGracePeriodSeconds", 30) < drain + IN_ORDER:
            yield f"{named(workload)} is killed while it drains"
        for service in of_kind(manifests, "Service"):
            part = service["spec"]["selector"]["app.kubernetes.io/component"]
            if part == "media" and service["spec"].get("publishNotReadyAddresses") is not True:
                yield f"{named(service)} forgets a worker that drains"


def _argument(container: Manifest, name: str) -> str:
    (found,) = [word for word in container["args"] if word.startswith(f"--{name}=")]
    return str(found).partition("=")[2]


def each_worker_has_its_port(manifests: Manifests) -> Iterator[str]:
    """What pod N tells browsers is what Service N opens, on the node that has the pod."""
    for workload in _component(manifests, "media"):
        container = pod(workload)["containers"][0]
        env = {one["name"]: one["valueFrom"].get("fieldRef", {}).get("fieldPath") for one in container["env"]}
        told = _argument(container, "advertise")
        if env.get("HOST_IP") != "status.hostIP" or env.get("ORDINAL") != _POD_INDEX:
            yield f"{named(workload)} does not know where it is"
        services = {one["metadata"]["name"]: one["spec"] for one in of_kind(manifests, "Service")}
        if workload["spec"]["replicas"] > 10:
            yield f"{named(workload)}: a tenth worker's port has one digit too many"
        for place, name in enumerate(sorted(_pods(workload))):
            spec = services.get(name, {})
            port = int(told.replace("$(HOST_IP):", "").replace("$(ORDINAL)", str(place)))
            if [p.get("nodePort") for p in spec.get("ports", ())] != [port]:
                yield f"{name} says {port}, and no Service opens it"
            if spec.get("externalTrafficPolicy") != "Local":
                yield f"{name}: clients' addresses do not arrive"
            if spec.get("ports", [{}])[0].get("port") != int(_argument(container, "port")):
                yield f"{name}: the Service's port is not the worker's"


def selectors_find_their_own(manifests: Manifests) -> Iterator[str]:
    for workload in of_kind(manifests, *LONG_RUNNING):
        takers = _taken_by(manifests, workload["spec"]["selector"])
        if [named(one) for one in takers] != [named(workload)]:
            yield f"{named(workload)} takes {[named(one) for one in takers]} for its pods"


RULES: tuple[Rule, ...] = (
    no_root,
    nothing_privileged,
    nothing_written_to_the_image,
    no_token,
    nothing_injected,
    pinned_images,
    bounded,
    probed,
    secrets_by_reference,
    every_reference_leads_somewhere,
    policies_open_ports_that_are_there,
    walled_in,
    only_monitoring_reads_metrics,
    workers_know_nobody,
    services_lead_to_a_port,
    the_way_in_is_whole,
    budgets_leave_an_eviction,
    gateways_end_in_order,
    calls_outlive_an_update,
    each_worker_has_its_port,
    selectors_find_their_own,
)
