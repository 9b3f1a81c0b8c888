"""What `make dist` builds, installed in empty folders and used from there."""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import httpx
import pytest

from inkling import models
from tests.missing import missing

ROOT = Path(__file__).parents[3]
WIDGET = ROOT / "widget"
LONG = 600  # seconds: only a hang takes as long

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources, so that nothing is left beside them."""
    requirement = re.search(r'requires = \["setuptools==([\d.]+)"\]', (ROOT / "pyproject.toml").read_text())
    assert requirement
    try:
        found = importlib.metadata.version("setuptools")
    except importlib.metadata.PackageNotFoundError:
        found = "none"
    if found != requirement[1]:
        missing(f"needs setuptools {requirement[1]} beside pip, found {found}")
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("inkling", "models", "service"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignored)
    out = tmp_path_factory.mktemp("dist")
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(out)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True, timeout=LONG)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but what the wheel installs."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*command, str(folder), str(wheel)], check=True, timeout=LONG)
    return folder


def _environment(site: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INKLING_")}
    return {**kept, "PYTHONPATH": str(site), "PYTHONUNBUFFERED": "1"}


def test_the_wheel_has_every_file_of_the_packages(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "models", "service"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    packed = zipfile.ZipFile(wheel).namelist()
    assert len(tracked) > 200
    lost = [name for name in tracked if not any(one == name or one.endswith(f"/{name}") for one in packed)]
    assert not lost
    # No package of a common name in other people's site-packages.
    assert {name.split("/")[0] for name in packed if ".dist-info/" not in name} == {"inkling"}


def test_the_wheel_says_its_version(wheel: Path) -> None:
    assert wheel.name.startswith(f"inkling-{models.__version__}-")


def test_an_installed_command_completes(site: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, str(site / "bin/inkling"), *arguments],
            cwd=tmp_path,
            env=_environment(site),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=LONG,
        ).stdout

    assert models.__version__ in run("--version")
    assert "confidence" in run("complete", "Can we sched", "--json")


def test_an_installed_service_serves_its_page_and_answers(site: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as stream:
        service = subprocess.Popen(
            [sys.executable, str(site / "bin/inkling"), "serve", "--port", "0"],
            cwd=tmp_path,
            env={**_environment(site), "XDG_DATA_HOME": str(tmp_path)},
            stdout=stream,
            stderr=stream,
        )
    try:
        address = _address(service, log)
        with httpx.Client(base_url=address, timeout=60) as client:
            assert client.get("/").status_code == 200
            assert client.get("/inkling.js").content == (ROOT / "service/static/inkling.js").read_bytes()
            body = {"prefix": "Can we schedule a meeting", "min_confidence": 0, "interruption_ms": 0}
            assert client.post("/v1/suggestions", json=body).json()["suggestions"]
    finally:
        service.terminate()
        service.wait(60)


def _address(service: "subprocess.Popen[bytes]", log: Path) -> str:
    """Wait for the line that names the address."""
    while True:
        ended = service.poll() is not None
        found = re.search(r"ready at (http://127\.0\.0\.1:\d+)", log.read_text())
        if found:
            return found[1]
        assert not ended, log.read_text()
        time.sleep(0.1)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the npm package is installed, and nothing else."""
    if shutil.which("npm") is None:
        missing("needs npm")
    if not (WIDGET / "dist/index.cjs").is_file():
        missing("the widget is not built: run make widget")
    folder = tmp_path_factory.mktemp("package")
    packed = tmp_path_factory.mktemp("packed")
    npm = ["npm", "--silent", "--offline", "--no-audit", "--no-fund"]
    subprocess.run([*npm, "pack", "--pack-destination", str(packed)], cwd=WIDGET, check=True, timeout=LONG)
    (tarball,) = packed.glob("inkling-compose-*.tgz")
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    assert {"package/package.json", "package/README.md", "package/dist/inkling.js"} <= set(names)
    assert not [name for name in names if "/src/" in name or "node_modules" in name]
    (folder / "package.json").write_text('{"private": true}')
    subprocess.run([*npm, "install", "--omit=peer", str(tarball)], cwd=folder, check=True, timeout=LONG)
    return folder


def test_the_npm_package_is_imported_and_required(package: Path) -> None:
    script = """
      import { createRequire } from "node:module";
      const require = createRequire(import.meta.url);
      const names = ["inkling-compose", "inkling-compose/element"];
      const told = {};
      for (const name of names) told[name] = [Object.keys(await import(name)), Object.keys(require(name))];
      console.log(JSON.stringify(told));
    """
    (package / "use.mjs").write_text(script)
    done = subprocess.run(
        ["node", "use.mjs"], cwd=package, capture_output=True, text=True, check=True, timeout=LONG
    )
    told = json.loads(done.stdout)
    for imported, required in told.values():
        assert sorted(imported) == sorted(required)
    assert "attach" in told["inkling-compose"][0]
    assert told["inkling-compose/element"][0] == ["InkComposeElement"]


def test_the_npm_package_says_its_version(package: Path) -> None:
    manifest = json.loads((package / "node_modules/inkling-compose/package.json").read_text())
    assert manifest["version"] == models.__version__
