"""Project files: versions, targets, workflows, hooks, the guide to changes."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from inkling import models
from inkling.service.http.app import create_app
from tests.programs.serving import settings

ROOT = Path(__file__).parents[3]
MAKEFILE = (ROOT / "Makefile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def read_json(path: str) -> Any:
    return json.loads((ROOT / path).read_text())


def targets() -> set[str]:
    found = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert found
    return set(found[1].split())


def called(text: str) -> set[str]:
    """The make targets that a script calls."""
    return set(re.findall(r"^\s*make ([a-z-]+)", text, re.MULTILINE))


def test_the_version_is_told_in_one_place() -> None:
    assert "version" not in PROJECT["project"]
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "inkling.models.__version__"}
    lock = read_json("widget/package-lock.json")
    told = {
        read_json("widget/package.json")["version"],
        lock["version"],
        lock["packages"][""]["version"],
        create_app(settings()).openapi()["info"]["version"],
    }
    assert told == {models.__version__}


def test_every_dependency_has_a_lower_bound_that_the_pinned_version_meets() -> None:
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    pinned = {name.lower().replace("_", "-"): version for name, version in pins.items()}
    for line in PROJECT["project"]["dependencies"]:
        requirement = Requirement(line)
        assert ">=" in str(requirement.specifier), line
        assert requirement.specifier.contains(pinned[requirement.name]), line


def test_make_help_tells_of_every_target() -> None:
    # `make test` tells its children that they run below a make, which would then print its folder.
    alone = {
        name: value for name, value in os.environ.items() if name not in ("MAKELEVEL", "MAKEFLAGS", "MFLAGS")
    }
    command = ["make", "--no-print-directory", "help"]
    listed = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, check=True).stdout
    told = dict(line.split(maxsplit=1) for line in listed.splitlines())
    assert set(told) == targets()


def test_workflows_call_what_ci_calls() -> None:
    workflows = sorted((ROOT / ".github/workflows").glob("*.yml"))
    steps = [
        step["run"]
        for path in workflows
        for job in yaml.safe_load(path.read_text())["jobs"].values()
        for step in job["steps"]
        if "run" in step
    ]
    in_workflows = called("\n".join(steps))
    assert in_workflows <= targets()
    assert called((ROOT / ".ci/run").read_text()) <= in_workflows


def test_commit_hooks_download_nothing() -> None:
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [one["repo"] for one in repositories] == ["local"]
    assert {hook["language"] for hook in repositories[0]["hooks"]} == {"system"}


def test_the_lock_of_the_widget_holds_no_addresses() -> None:
    text = (ROOT / "widget/package-lock.json").read_text()
    assert '"resolved"' not in text


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "examples/README.md"])
def test_links_of_the_doors_lead_somewhere(name: str) -> None:
    page = ROOT / name
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_guide_to_changes_names_files_that_exist() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    paths = re.findall(r"`((?:models|service|widget|tests|docs|benchmarks)/[\w./-]*)`", guide)
    assert len(paths) > 40
    assert not [path for path in paths if not (ROOT / path).exists()]
    rows = re.findall(r"^\| an? .+$", guide, re.MULTILINE)
    assert len(rows) >= 12


def test_the_targets_that_the_guide_names_exist() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    named = called(guide) | called("\n".join(re.findall(r"`(make [a-z-]+)`", guide)))
    assert len(named) > 4
    assert named <= targets()


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.md")), ids=lambda path: path.stem
)
def test_issue_templates_have_a_name_and_a_purpose(path: Path) -> None:
    _, head, body = path.read_text().split("---\n", 2)
    assert {"name", "about"} <= set(yaml.safe_load(head))
    assert "**" in body
