"""Imports go down only."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WEB = {"fastapi", "starlette", "uvicorn", "httpx"}
# Folders of Python code.
CODE = ("models", "service", "benchmarks", "docs_build", "tests")
# Rooms from the ground up. A room may import from itself and from those before it.
ROOMS = (
    "inkling.models",
    "inkling.models.files",
    "inkling.models.text",
    "inkling.models.languages",
    "inkling.models.facts",
    "inkling.models.personal",
    "inkling.models.networks",
    "inkling.models.runtime",
    "inkling.models.ngram",
    "inkling.models.search",
    "inkling.models.editing",
    "inkling.models.sampling",
    "inkling.models.bundle",
    "inkling.models.completer",
    "inkling.models.explanation",
    "inkling.models.corpus.mail",
    "inkling.models.corpus.cleaning",
    "inkling.models.corpus",
    "inkling.models.evaluation",
    "inkling.models.evaluation.calibration",
    "inkling.models.evaluation.report",
    "inkling.models.training.preparation",
    "inkling.models.training",
    "inkling.models.training.tuning",
    "inkling.models.study.charts",
    "inkling.models.study",
    "inkling.models.study.experiments",
    "inkling.service.settings",
    "inkling.service.control_groups",
    "inkling.service.sessions",
    "inkling.service.profiles",
    "inkling.service.engine",
    "inkling.service.monitoring",
    "inkling.service.engine.worker",
    "inkling.service.engine.client",
    "inkling.service.http.answers",
    "inkling.service.http.access",
    "inkling.service.host",
    "inkling.service.http.middleware",
    "inkling.service.http.routing",
    "inkling.service.http.routes",
    "inkling.service.http",
    "inkling.service.distribution",
    "inkling.service.doctor",
    "inkling.service.cli.consoles",
    "inkling.service.cli",
    "inkling.service",
)
# Libraries that a floor does without.
FORBIDDEN = {
    "models": {"asyncio", "click", "prometheus_client", "pydantic_settings", "rich"} | WEB,
    "service/engine": {"prometheus_client", "redis", "click", "rich"} | WEB,
    "service/profiles": {"prometheus_client", "click", "rich"} | WEB,
    "service/sessions": {"prometheus_client", "click", "rich"} | WEB,
}
# Libraries that the engine and the stores must not import, although a lower floor does.
STRANGERS = {
    "service/engine": {"inkling.service.settings"},
    "service/profiles": {"inkling.service.settings"},
    "service/sessions": {"inkling.service.settings"},
}
PICKLES = {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}


@cache
def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@cache
def imports(path: Path) -> tuple[str, ...]:
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reaches(name: str, forbidden: set[str]) -> bool:
    return any(name == other or name.startswith(f"{other}.") for other in forbidden)


def room_of(name: str) -> str | None:
    """The room of a module, the longest that its name begins with; None for other people's modules."""
    return max((room for room in ROOMS if name == room or name.startswith(f"{room}.")), key=len, default=None)


def dotted(path: Path) -> str:
    return ".".join(["inkling", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")


def test_every_folder_of_modules_is_a_room() -> None:
    folders = {dotted(path.parent / "__init__") for path in [*modules("models"), *modules("service")]}
    assert folders <= {*ROOMS, "inkling.models.pretrained"}


@pytest.mark.parametrize("path", [*modules("models"), *modules("service")], ids=dotted)
def test_imports_go_down_only(path: Path) -> None:
    own = room_of(dotted(path))
    assert own is not None
    for name in imports(path):
        room = room_of(name)
        assert room is None or ROOMS.index(room) <= ROOMS.index(own), (
            f"{path}: imports {name} of a room above"
        )


@pytest.mark.parametrize(("folder", "forbidden"), [*FORBIDDEN.items(), *STRANGERS.items()])
def test_a_floor_does_without(folder: str, forbidden: set[str]) -> None:
    assert modules(folder)
    wrong = [
        (path.name, name) for path in modules(folder) for name in imports(path) if reaches(name, forbidden)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("process", "other"), [("client", "worker"), ("worker", "client")], ids=["client", "worker"]
)
def test_a_process_imports_nothing_of_the_other(process: str, other: str) -> None:
    """What both processes of the engine need is in `inkling.service.engine` itself."""
    found = modules(f"service/engine/{process}")
    assert found
    wrong = [
        (path.name, name)
        for path in found
        for name in imports(path)
        if reaches(name, {f"inkling.service.engine.{other}"})
    ]
    assert wrong == []


@pytest.mark.parametrize(("folder", "most"), [("models", 4), ("service", 4)])
def test_little_stands_outside_the_rooms(folder: str, most: int) -> None:
    assert len([path for path in (ROOT / folder).glob("*.py") if path.stem != "__init__"]) <= most


@pytest.mark.parametrize("top", CODE)
def test_rooms_are_small(top: str) -> None:
    for folder in {path.parent for path in modules(top)}:
        held = [path for path in folder.glob("*.py") if path.stem != "__init__"]
        assert len(held) <= 15, folder


@pytest.mark.parametrize("top", CODE)
def test_files_are_short(top: str) -> None:
    assert modules(top)
    for path in modules(top):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path


def test_a_benchmark_stands_outside_the_rooms_and_its_parts_inside() -> None:
    for path in modules("benchmarks"):
        is_entry = 'if __name__ == "__main__":' in path.read_text(encoding="utf-8")
        outside = (ROOT / "benchmarks", ROOT / "benchmarks" / "typing")
        stands_outside = path.parent in outside or path.stem == "__main__"
        assert path.stem == "__init__" or is_entry is stands_outside, path


def test_no_two_modules_have_one_name() -> None:
    names = [
        path.stem for path in [*modules("models"), *modules("service")] if not path.stem.startswith("__")
    ]
    assert sorted(names) == sorted(set(names))


def test_the_two_floors_are_imported_by_their_names_in_the_package() -> None:
    """A wheel has no top-level packages of common names; a module of two names would be two modules."""
    for folder in CODE:
        for path in modules(folder):
            assert not any(reaches(name, {"models", "service"}) for name in imports(path)), path


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
