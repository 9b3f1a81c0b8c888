"""Imports go down only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = {"fastapi", "starlette", "uvicorn", "httpx"}
FORBIDDEN = {
    "models": {"service", "asyncio", "click", "prometheus_client", "pydantic_settings", "rich"} | WEB,
    "service/engine": {
        "service.http.app",
        "service.routes",
        "service.http.schemas",
        "service.settings",
        "service.cli",
        "prometheus_client",
        "redis",
    }
    | WEB,
    "service/profiles": {
        "service.engine",
        "service.http.app",
        "service.routes",
        "service.settings",
        "service.cli",
    }
    | WEB,
    "service/sessions": {
        "service.engine",
        "service.http.app",
        "service.routes",
        "service.settings",
        "service.cli",
    }
    | WEB,
}
ONE_WAY = {
    "models/corpus": {
        "models.training",
        "models.evaluation",
        "models.search.beam",
        "models.completer.completer",
        "models.bundle.bundle",
    },
    "models/runtime": {
        "models.training",
        "models.evaluation",
        "models.corpus",
        "models.search.beam",
        "models.completer.completer",
    },
    "service/routes": {"service.cli", "service.http.app"},
}
PICKLES = {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reaches(name: str, forbidden: set[str]) -> bool:
    return any(name == other or name.startswith(f"{other}.") for other in forbidden)


@pytest.mark.parametrize(("folder", "forbidden"), [*FORBIDDEN.items(), *ONE_WAY.items()])
def test_imports_go_down_only(folder: str, forbidden: set[str]) -> None:
    assert modules(folder)
    wrong = [
        (path.name, name) for path in modules(folder) for name in imports(path) if reaches(name, forbidden)
    ]
    assert wrong == []


def test_no_module_reads_pickles() -> None:
    for path in [*modules("models"), *modules("service")]:
        assert not any(reaches(name, PICKLES) for name in imports(path)), path
        source = path.read_text(encoding="utf-8")
        assert "torch.load(" not in source, path
        assert "torch.save(" not in source, path
        assert "allow_pickle=True" not in source, path


@pytest.mark.parametrize(
    ("library", "keeper"),
    [("onnxruntime", "models/runtime/library.py"), ("matplotlib", "models/drawing.py")],
)
def test_a_library_that_writes_by_itself_is_first_imported_in_one_place(library: str, keeper: str) -> None:
    """Elsewhere matplotlib is imported inside functions, after `load_matplotlib`; ONNX Runtime nowhere."""
    for folder in ("models", "service", "benchmarks", "tests"):
        for path in modules(folder):
            if path == ROOT / keeper or not any(reaches(name, {library}) for name in imports(path)):
                continue
            assert library == "matplotlib", path
            source = path.read_text(encoding="utf-8")
            assert "load_matplotlib()" in source, path


def test_no_room_is_called_utils() -> None:
    names = {path.stem for path in [*modules("models"), *modules("service"), *modules("tests")]}
    assert not names & {"utils", "util", "helpers", "helper", "misc", "common"}


def test_modules_hold_no_mutable_state() -> None:
    for path in [*modules("models"), *modules("service")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not any(isinstance(node, ast.Global) for node in ast.walk(tree)), path
        for node in tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                assert not isinstance(node.value, ast.List | ast.Dict | ast.Set) or _is_constant(node), (
                    f"{path.name}:{node.lineno}"
                )


def _is_constant(node: ast.Assign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return all(
        isinstance(target, ast.Name) and (target.id.strip("_").isupper() or target.id == "__all__")
        for target in targets
    )
