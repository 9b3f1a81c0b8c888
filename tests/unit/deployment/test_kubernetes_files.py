"""The Kubernetes manifests: valid by the schemas of Kubernetes, and true of this service."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from inkling.service.http.app import create_app
from inkling.service.monitoring.families import FAMILIES
from inkling.service.settings import Settings, pretrained_bundle
from tests.unit.project.promql import selectors

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy" / "kubernetes"
LISTED = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
ADAPTER = yaml.safe_load((FOLDER / "metrics-adapter.yaml").read_text())
Manifest = dict[str, Any]


def manifests() -> list[Manifest]:
    """All that `kubectl apply --kustomize` would make."""
    texts = [(FOLDER / name).read_text() for name in LISTED["resources"]]
    return [document for text in texts for document in yaml.safe_load_all(text)]


def name_of(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


MANIFESTS = {name_of(one): one for one in manifests()}
PODS = {name: one["spec"]["template"] for name, one in MANIFESTS.items() if one["kind"] == "Deployment"}
INKLING = PODS["Deployment inkling"]["spec"]
(CONTAINER,) = INKLING["containers"]


def paths_of_the_service() -> set[str]:
    return set(create_app(Settings(bundle=ROOT)).openapi()["paths"])


@pytest.mark.parametrize("version", ["1.30", "1.33", "1.37"])
@pytest.mark.parametrize("name", MANIFESTS)
def test_each_is_valid(name: str, version: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], version, strict=True)


def test_a_fault_would_be_found() -> None:
    wrong = yaml.safe_load((FOLDER / "service.yaml").read_text())
    wrong["spec"]["sesionAffinity"] = "ClientIP"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.33", strict=True)


def test_every_file_is_listed() -> None:
    files = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml", "metrics-adapter.yaml"}
    assert sorted(LISTED["resources"]) == sorted(files)
    assert {image["name"] for image in LISTED["images"]} == {CONTAINER["image"]}


def test_probes_ask_what_exists() -> None:
    paths = paths_of_the_service()
    (port,) = CONTAINER["ports"]
    for probe, path in (("startup", "/readyz"), ("readiness", "/readyz"), ("liveness", "/livez")):
        asked = CONTAINER[f"{probe}Probe"]["httpGet"]
        assert asked == {"path": path, "port": port["name"]}
        assert path in paths
    annotations = PODS["Deployment inkling"]["metadata"]["annotations"]
    assert annotations["prometheus.io/path"] in paths
    assert annotations["prometheus.io/port"] == str(port["containerPort"])


def test_ports_agree() -> None:
    image = (ROOT / "Dockerfile").read_text()
    assert CONTAINER["ports"][0]["containerPort"] == int(re.findall(r"INKLING_PORT=(\d+)", image)[0])
    for name in ("inkling", "inkling-redis"):
        ports = {
            port["name"] for one in PODS[f"Deployment {name}"]["spec"]["containers"] for port in one["ports"]
        }
        assert {port["targetPort"] for port in MANIFESTS[f"Service {name}"]["spec"]["ports"]} <= ports
        policy = MANIFESTS[f"NetworkPolicy {name}"]["spec"]
        assert {port["port"] for rule in policy["ingress"] for port in rule["ports"]} <= ports


def test_each_selector_finds_the_pods_that_it_is_for() -> None:
    for name in ("inkling", "inkling-redis"):
        labels = PODS[f"Deployment {name}"]["metadata"]["labels"]
        assert MANIFESTS[f"Deployment {name}"]["spec"]["selector"]["matchLabels"] == labels
        assert MANIFESTS[f"Service {name}"]["spec"]["selector"] == labels
        assert MANIFESTS[f"NetworkPolicy {name}"]["spec"]["podSelector"]["matchLabels"] == labels
    labels = PODS["Deployment inkling"]["metadata"]["labels"]
    assert MANIFESTS["PodDisruptionBudget inkling"]["spec"]["selector"]["matchLabels"] == labels
    (spread,) = INKLING["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == labels
    redis = MANIFESTS["NetworkPolicy inkling-redis"]["spec"]
    assert redis["ingress"][0]["from"] == [{"podSelector": {"matchLabels": labels}}]
    target = MANIFESTS["HorizontalPodAutoscaler inkling"]["spec"]["scaleTargetRef"]
    assert f"{target['kind']} {target['name']}" in MANIFESTS
    assert "replicas" not in MANIFESTS["Deployment inkling"]["spec"], "the autoscaler says how many there are"


def test_settings_that_are_named_exist() -> None:
    given: Mapping[str, str] = {one["name"]: one.get("value", "") for one in CONTAINER["env"]}
    assert {name.removeprefix("INKLING_").lower() for name in given} <= set(Settings.model_fields)
    # Links to services would be variables that begin with INKLING_, which are refused.
    assert INKLING["enableServiceLinks"] is False
    mounts = {one["mountPath"] for one in CONTAINER["volumeMounts"]}
    assert str(Path(given["INKLING_API_KEYS"]).parent) in mounts
    (keys,) = [one["secret"] for one in INKLING["volumes"] if "secret" in one]
    assert keys["defaultMode"] & 0o007 == 0, "the service refuses keys that everybody may read"
    assert INKLING["securityContext"]["fsGroup"] == INKLING["securityContext"]["runAsGroup"]


@pytest.mark.parametrize("name", PODS)
def test_every_privilege_is_taken_away(name: str) -> None:
    spec = PODS[name]["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}


def test_the_user_is_the_image_s() -> None:
    context = INKLING["securityContext"]
    assert f"USER {context['runAsUser']}:{context['runAsGroup']}" in (ROOT / "Dockerfile").read_text()


def test_a_pod_may_finish_what_it_was_asked() -> None:
    sleep = float(CONTAINER["lifecycle"]["preStop"]["exec"]["command"][1])
    drain = Settings.model_fields["drain_seconds"].default
    assert INKLING["terminationGracePeriodSeconds"] > sleep + drain


def test_the_autoscaler_asks_for_a_number_that_the_adapter_makes_of_a_metric_of_ours() -> None:
    (metric,) = MANIFESTS["HorizontalPodAutoscaler inkling"]["spec"]["metrics"]
    (rule,) = ADAPTER["rules"]
    assert metric["pods"]["metric"]["name"] == rule["name"]["as"]
    series, given = re.findall(r"^(\w+)\{(.*)\}$", rule["seriesQuery"])[0]
    (family,) = [one for one in FAMILIES if series in one.exported]
    labels = set(re.findall(r"(\w+)!?=", given)) - {"namespace", "pod"}
    assert labels <= set(family.label_names)
    (route,) = re.findall(r'route="([^"]+)"', given)
    assert route in paths_of_the_service()
    query = rule["metricsQuery"]
    for template, value in {"Series": series, "LabelMatchers": 'pod="a"', "GroupBy": "pod"}.items():
        assert f"<<.{template}>>" in query
        query = query.replace(f"<<.{template}>>", value)
    (read,) = selectors(query)
    assert read.name == series
    assert read.over_time, "a counter tells nothing but its growth"
    assert {label for label, _, _ in read.matchers} <= {*family.label_names, "pod"}


def test_no_more_memory_is_promised_than_asked_for() -> None:
    """The request holds a service with its spare, drafts as far as the settings allow, searches, and /tmp."""
    scaling = (ROOT / "docs" / "guides" / "scaling.md").read_text()
    found = re.search(r"memory of a service \| (\d+) MiB with its spare", scaling)
    assert found is not None
    drafts, searches = Settings.model_fields["session_bytes"].default >> 20, 64
    bundle = sum(file.stat().st_size for file in pretrained_bundle().iterdir()) >> 20
    need = int(found[1]) + drafts + searches + bundle << 20
    asked = int(CONTAINER["resources"]["requests"]["memory"].removesuffix("Mi")) << 20
    most = int(CONTAINER["resources"]["limits"]["memory"].removesuffix("Mi")) << 20
    assert most > asked >= need
    (temporary,) = [one["emptyDir"] for one in INKLING["volumes"] if one["name"] == "tmp"]
    room = int(temporary["sizeLimit"].removesuffix("Mi"))
    assert room > 2 * bundle, "another bundle is copied while the old one serves"


def test_the_sums_of_the_page_on_scale_are_right() -> None:
    """Each `a x b UNIT + c x d UNIT = e + f = g GiB` of it, and its table of memory."""
    page = (ROOT / "docs" / "guides" / "scaling.md").read_text()
    found = re.search(
        r"Memory: (\d+) x (\d+) MiB \+ ([\d,]+) x (\d+) KiB = ([\d.]+) \+ ([\d.]+) = ([\d.]+) GiB", page
    )
    assert found is not None
    services, each, drafts, draft, *told = (float(one.replace(",", "")) for one in found.groups())
    assert told == [
        round(services * each / 1024, 1),
        round(drafts * draft / 1024**2, 1),
        round(services * each / 1024 + drafts * draft / 1024**2, 1),
    ]
    row = re.search(r"memory of the services \| ([\d,]+) GiB \| ([\d,]+) GiB \| services x (\d+) MiB", page)
    assert row is not None
    assert float(row[3]) == each
    for services, sum_ in ((1210, row[1]), (12_100, row[2])):
        assert int(sum_.replace(",", "")) == round(services * each / 1024 + 1_000_000 * draft / 1024**2)
