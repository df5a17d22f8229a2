"""The arrows of the house: who imports whom, what stays unloaded, and that no two things share a name."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import apps
import zoo
from apps._gallery.exhibit import find_exhibits

ROOT = Path(__file__).parents[2]
MAY_IMPORT: dict[str, set[str]] = {
    "from_scratch": set(),
    "roadmap": set(),
    "zoo": {"from_scratch"},
    "training": {"zoo", "from_scratch"},
    "apps": {"zoo", "from_scratch", "roadmap"},
    "app": {"apps"},
}
OURS = {*MAY_IMPORT, "benchmarks", "tests"}


def module_name(path: Path) -> str:
    """`apps/classify/__init__.py` is `apps.classify`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def package_of(path: Path) -> list[str]:
    return list(path.parent.relative_to(ROOT).parts)


def imports(tree: ast.AST, package: list[str]) -> Iterator[str]:
    """Every dotted name that a module imports, at its top, inside functions, or through importlib by a literal name."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = package[: len(package) - level + 1] if level else []
                origin = ".".join([*base, *([module] if module else [])])
                yield origin
                yield from (f"{origin}.{alias.name}".lstrip(".") for alias in names)
            case ast.Call(func=ast.Name(id="__import__" | "import_module"), args=[ast.Constant(value=str(name)), *_]):
                yield name
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name)), *_]):
                yield name
            case ast.Call(
                func=ast.Attribute(attr="import_module"),
                args=[ast.JoinedStr(values=[ast.Constant(value=str(head)), *_]), *_],
            ):
                yield head.rstrip(".")  # f"apps.{name}": what stands before the brace says which room is entered


def foreign_arrows(room: str, source: str, package: list[str]) -> set[str]:
    """The rooms that `source` imports although `room` may not."""
    reached = {name.partition(".")[0] for name in imports(ast.parse(source), package)}
    return reached & OURS - MAY_IMPORT[room] - {room}


SOURCES = {
    module_name(path): path
    for room in MAY_IMPORT
    for path in ([ROOT / "app.py"] if room == "app" else sorted((ROOT / room).rglob("*.py")))
}

USERS = SOURCES | {module_name(path): path for path in sorted((ROOT / "benchmarks").rglob("*.py"))}


@pytest.mark.parametrize("module", SOURCES)
def test_module_imports_only_the_rooms_it_may(module: str) -> None:
    path = SOURCES[module]
    assert not foreign_arrows(module.partition(".")[0], path.read_text(), package_of(path))


def tab_of(module: str) -> str | None:
    """The tab that a module belongs to: "attention" of `apps.attention.passes`, None for what tabs share."""
    room, _, rest = module.partition(".")
    name = rest.partition(".")[0]
    return name if room == "apps" and name and name[0] != "_" and f"apps.{name}" in SOURCES else None


@pytest.mark.parametrize("module", [module for module in SOURCES if module.startswith("apps.")])
def test_no_tab_imports_another_and_what_they_share_imports_none(module: str) -> None:
    path = SOURCES[module]
    reached = {tab_of(name) for name in imports(ast.parse(path.read_text()), package_of(path))} - {None}
    assert reached <= {tab_of(module)}


@pytest.mark.parametrize(
    ("room", "source", "found"),
    [
        ("apps", "import training", {"training"}),
        ("apps", "def late():\n    from training import _data", {"training"}),
        ("apps", "import importlib\nimportlib.import_module('training.resnet')", {"training"}),
        ("apps", "import importlib\nimportlib.import_module(f'training.{name}')", {"training"}),
        ("apps", "from .. import training", {"training"}),
        ("apps", "from ._inputs import BadInput\nimport zoo.architectures\nimport roadmap", set()),
        ("zoo", "if TYPE_CHECKING:\n    import apps._gallery.exhibit as e", {"apps"}),
        ("zoo", "from from_scratch.complexity import macs", set()),
        ("from_scratch", "import zoo, torch", {"zoo"}),
        ("roadmap", "import from_scratch", {"from_scratch"}),
        ("training", "import zoo\nfrom tests.conftest import ROOT", {"tests"}),
        ("app", "import zoo\nfrom apps._gallery import page", {"zoo"}),
    ],
)
def test_a_forbidden_arrow_is_found(room: str, source: str, found: set[str]) -> None:
    assert foreign_arrows(room, source, ["apps"]) == found


def private_names(module: str, source: str, package: list[str]) -> set[str]:
    """The dotted names with an underscore that `source` imports from another room than `module`'s."""
    room = module.partition(".")[0]
    return {
        name
        for name in imports(ast.parse(source), package)
        if name.partition(".")[0] in OURS - {room} and any(is_private(part) for part in name.split("."))
    }


def is_private(part: str) -> bool:
    return part.startswith("_") and not part.startswith("__")


@pytest.mark.parametrize("module", USERS)
def test_module_imports_nothing_private_of_another_room(module: str) -> None:
    path = USERS[module]
    assert private_names(module, path.read_text(), package_of(path)) == set()


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("apps.attention", "from zoo._releases import read_file", {"zoo._releases", "zoo._releases.read_file"}),
        ("apps.attention", "from zoo import _releases", {"zoo._releases"}),
        ("apps.attention", "from . import _inputs\nfrom apps._inputs import BadInput", set()),
        ("apps.attention", "from zoo import read_file, __all__", set()),
        ("training.lenet", "import zoo._hub.push as push", {"zoo._hub.push"}),
        ("training.lenet", "from training import _common", set()),
        ("benchmarks.race", "def late():\n    from apps import _networks", {"apps._networks"}),
        ("benchmarks.race", "from tests._support import hub", {"tests._support", "tests._support.hub"}),
        ("app", "import apps._gallery.page", {"apps._gallery.page"}),
    ],
)
def test_a_private_name_of_another_room_is_found(module: str, source: str, found: set[str]) -> None:
    assert private_names(module, source, ["apps"]) == found


def test_nothing_shown_reaches_training() -> None:
    """Neither directly nor through any chain of modules: a deployed Space carries no training packages."""
    arrows = {
        module: set(imports(ast.parse(path.read_text()), package_of(path))) & SOURCES.keys()
        for module, path in SOURCES.items()
    }
    reached: set[str] = set()
    ahead = {module for module in SOURCES if module.partition(".")[0] in {"app", "apps"}}
    while ahead:
        reached |= ahead
        ahead = {target for module in ahead for target in arrows[module]} - reached
    assert {"app", "apps._gallery.exhibit", "zoo"} <= reached
    assert not {module for module in reached if module.partition(".")[0] == "training"}


def test_by_hand_needs_only_torch_and_numpy() -> None:
    for path in sorted((ROOT / "from_scratch").rglob("*.py")):
        used = {name.partition(".")[0] for name in imports(ast.parse(path.read_text()), package_of(path))}
        assert used <= {"torch", "numpy", "from_scratch", *sys.stdlib_module_names}, path.name


def loaded_after(*modules: str) -> set[str]:
    """Names in `sys.modules` after a fresh interpreter has imported `modules`."""
    program = f"import json, sys, {', '.join(modules)}; print(json.dumps(list(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


def test_building_the_page_loads_neither_torch_nor_what_trains() -> None:
    """A tab's arithmetic may need torch at its top: then `__init__.py` imports it inside the function that computes."""
    tabs = [name for name, path in SOURCES.items() if path.parent.parent == ROOT / "apps" and name.count(".") == 1]
    parts = [f"{tab}.{name}" for tab in tabs for name in ("layout", "parts") if f"{tab}.{name}" in SOURCES]
    shown = ["app", *tabs, *parts, *(name for name in SOURCES if name.startswith(("apps._gallery", "apps._inputs")))]
    assert "apps.attention.layout" in shown
    loaded = loaded_after("zoo", *shown)
    assert loaded & {"torch", "torchvision", "accelerate", "tyro", "training"} == set()


def test_the_zoo_alone_loads_no_gradio() -> None:
    assert loaded_after("zoo") & {"torch", "torchvision", "gradio", "apps"} == set()


def test_no_two_files_are_one_module() -> None:
    """`vae.py` beside `vae/__init__.py`: Python would take one and say nothing."""
    owners = defaultdict(list)
    for room in (*MAY_IMPORT, "benchmarks"):
        for path in (ROOT / room).rglob("*.py"):
            owners[module_name(path)].append(path)
    assert {name: paths for name, paths in owners.items() if len(paths) > 1} == {}


def test_no_module_defines_a_public_name_twice() -> None:
    for module, path in SOURCES.items():
        names = [
            node.name
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not any("overload" in ast.unparse(decorator) for decorator in node.decorator_list)
        ]
        assert len(names) == len(set(names)), module


def test_two_architectures_of_one_name_are_an_error() -> None:
    def lenet() -> None: ...

    known = zoo.create("lenet", num_classes=10)
    with pytest.raises(ValueError, match=r"Two architectures are called 'lenet'"):
        zoo.register(lenet)  # type: ignore[arg-type]
    assert type(zoo.create("lenet", num_classes=10)) is type(known)


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("title='Same', functions=()", "title='Same', functions=()", "Same"),
        ("title='One', functions=(see_digit,)", "title='Two', functions=(see_digit,)", "see_digit"),
    ],
)
def test_two_exhibits_of_one_name_are_an_error(
    first: str, second: str, shared: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, arguments in (("clash_a", first), ("clash_b", second)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(
            "from apps._gallery.exhibit import Exhibit\n"
            "def see_digit(): ...\n"
            f"EXHIBIT = Exhibit(__name__, {arguments}, claim='', lead='', order=0)\n"
        )
    monkeypatch.setattr(apps, "__path__", [str(tmp_path)])
    find_exhibits.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"clash_a and apps/clash_b|clash_b and apps/clash_a") as e:
            find_exhibits()
        assert repr(shared) in str(e.value)
    finally:
        find_exhibits.cache_clear()
        for name in ("clash_a", "clash_b"):
            sys.modules.pop(f"apps.{name}", None)
            vars(apps).pop(name, None)
