"""The dashboard and the alert rules read metrics that exist, by labels and values that exist."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from inkling.service.monitoring.families import FAMILIES, Family
from tests.missing import missing
from tests.unit.project.promql import Selector, grouping_labels, selectors

ROOT = Path(__file__).parents[3]
DASHBOARD = ROOT / "deploy" / "grafana" / "inkling.json"
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
ALERT_TESTS = ROOT / "tests" / "data" / "prometheus" / "alerts_test.yml"
OF_PROMETHEUS = {"instance", "job"}
"""Labels that it adds to whatever it reads."""
EXPORTED = {name: family for family in FAMILIES for name in family.exported}


def panels() -> Iterator[dict[str, Any]]:
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        if panel["type"] != "row":
            yield panel


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def expressions() -> dict[str, str]:
    """Every expression by a name that says where it stands."""
    found = {f"alert {rule['alert']}": rule["expr"] for rule in rules()}
    for panel in panels():
        for target in panel["targets"]:
            found[f"panel {panel['title']} {target['refId']}"] = target["expr"]
    return found


def labels_of(selector: Selector) -> set[str]:
    """The labels that its samples have."""
    if selector.name == "up":
        return OF_PROMETHEUS
    buckets = {"le"} if selector.name.endswith("_bucket") else set()
    return {*EXPORTED[selector.name].label_names, *buckets, *OF_PROMETHEUS}


def faults(expression: str) -> Iterator[str]:
    """What an expression reads that does not exist."""
    found = list(selectors(expression))
    for selector in found:
        if selector.name not in {*EXPORTED, "up"}:
            yield f"there is no metric {selector.name}"
            continue
        if selector.over_time and EXPORTED[selector.name].kind == "gauge":
            yield f"{selector.name} is a level, not a counter"
        for label, operator, value in selector.matchers:
            if label not in labels_of(selector):
                yield f"{selector.name} has no label {label}"
            elif label not in OF_PROMETHEUS and operator in ("=", "=~"):
                yield from unknown_values(EXPORTED[selector.name], label, value)
    for label in grouping_labels(expression):
        if not any(label in labels_of(one) for one in found if one.name in {*EXPORTED, "up"}):
            yield f"nothing there has the label {label}"


def unknown_values(family: Family, label: str, value: str) -> Iterator[str]:
    (listed,) = [one.values for one in family.labels if one.name == label]
    if isinstance(listed, str):
        listed = tuple(map(str, range(200, 600)))
        assert label == "status", "other labels without a list are not matched by these files"
    for part in value.split("|"):
        if not any(re.fullmatch(part, known) for known in listed):
            yield f"{family.name} has no {label} {part}"


@pytest.mark.parametrize("place", expressions())
def test_an_expression_reads_what_exists(place: str) -> None:
    expression = expressions()[place]
    assert list(selectors(expression))
    assert list(faults(expression)) == []


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("rate(inkling_requests[5m])", "no metric inkling_requests"),
        ('sum(inkling_outcomes_total{outcom="failed"})', "no label outcom"),
        ('inkling_outcomes_total{outcome="broken"}', "no outcome broken"),
        ('inkling_outcomes_total{outcome=~"failed|broken"}', "no outcome broken"),
        ('inkling_requests_total{status="5000"}', "no status 5000"),
        ("sum by (phase) (rate(inkling_outcomes_total[5m]))", "the label phase"),
        ("rate(inkling_sessions[5m])", "is a level"),
        ("inkling_ready == 0 or inkling_redy == 0", "no metric inkling_redy"),
        ("histogram_quantile(0.9, sum by (le) (rate(inkling_phase_seconds[1m])))", "no metric"),
    ],
)
def test_the_check_finds_what_does_not_exist(expression: str, fault: str) -> None:
    assert any(fault in found for found in faults(expression))


def test_every_metric_is_on_the_dashboard() -> None:
    read = {
        EXPORTED[one.name].name
        for panel in panels()
        for target in panel["targets"]
        for one in selectors(target["expr"])
    }
    assert read == {family.name for family in FAMILIES}


def test_legends_name_labels_that_remain() -> None:
    for panel in panels():
        for target in panel["targets"]:
            named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert named <= set(grouping_labels(target["expr"])), panel["title"]


def test_panels_are_told_apart_and_do_not_overlap() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(numbers) == len(set(numbers))
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + column, place["y"] + row)
            for column in range(place["w"])
            for row in range(place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_the_variables_of_the_dashboard_exist() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard))) == {*variables, "__rate_interval", "__all"}


def test_every_alert_says_what_to_do() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert set(rule["annotations"]) == {"summary", "action"}
        assert "$labels.instance" in rule["annotations"]["summary"], rule["alert"]
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        missing("promtool is not installed")
    return found


def run(*command: str, folder: Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_the_rules_and_the_dashboard(promtool: str, tmp_path: Path) -> None:
    run(promtool, "check", "rules", str(ALERTS), folder=tmp_path)
    asked = [
        {"record": "a:a", "expr": expression.replace("$__rate_interval", "5m"), "labels": {"at": place}}
        for place, expression in expressions().items()
    ]
    (tmp_path / "all.yml").write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": asked}]}))
    run(promtool, "check", "rules", "all.yml", folder=tmp_path)


def test_each_alert_fires_on_what_it_is_for_and_on_nothing_else(promtool: str, tmp_path: Path) -> None:
    shutil.copy(ALERT_TESTS, tmp_path)
    # Its tests compare annotations too, which are for people.
    told = yaml.safe_load(ALERTS.read_text())
    for group in told["groups"]:
        for rule in group["rules"]:
            del rule["annotations"]
    (tmp_path / "alerts.yml").write_text(yaml.safe_dump(told))
    run(promtool, "test", "rules", ALERT_TESTS.name, folder=tmp_path)
    (tested,) = yaml.safe_load(ALERT_TESTS.read_text())["tests"]
    assert {one["alertname"] for one in tested["alert_rule_test"]} == {rule["alert"] for rule in rules()}
