"""What is declared, pinned, packaged and promised agrees with what there is."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from setuptools import find_packages

from tests.house.test_arrows import OURS, imports, package_of

ROOT = Path(__file__).parents[2]
ROOMS = ("apps", "from_scratch", "roadmap", "training", "zoo")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
PINS = ("requirements.txt", "requirements-dev.txt")
MAKE = shutil.which("make") or "make"


def declared(*extras: str) -> list[Requirement]:
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    return [Requirement(line) for line in lines]


def pinned(name: str) -> dict[str, Requirement]:
    """The pins of one file by canonical name; a line that is not `name==version ; marker` is an error."""
    pins: dict[str, Requirement] = {}
    for line in (ROOT / name).read_text().splitlines():
        text = re.sub(r"(^|\s)#.*", "", line).strip()
        if not text:
            continue
        pin = Requirement(text)
        assert [each.operator for each in pin.specifier] == ["=="], f"{name}: {line}"
        assert pin.url is None, f"{name}: {line}"
        assert canonicalize_name(pin.name) not in pins, f"{name} pins {pin.name} twice"
        pins[canonicalize_name(pin.name)] = pin
    return pins


def version_of(pin: Requirement) -> str:
    return next(iter(pin.specifier)).version


def make(*arguments: str, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    # MAKEFLAGS and its kin would tell this make what the make that runs the tests was told.
    inherited = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        [MAKE, *arguments],
        cwd=folder,
        env=inherited | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# What is packaged


def test_every_package_that_exists_is_packaged() -> None:
    found = PYPROJECT["tool"]["setuptools"]["packages"]["find"]
    assert not found["namespaces"]
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    exist = {folder.relative_to(ROOT).as_posix().replace("/", ".") for folder in folders}
    assert set(find_packages(str(ROOT), include=found["include"])) == exist
    assert PYPROJECT["tool"]["setuptools"]["py-modules"] == ["app"]


def test_the_wheel_carries_every_file_of_the_rooms(tmp_path: Path) -> None:
    """Only names matter here, so the weights stay behind: every file is copied empty."""
    tree, wheels = tmp_path / "tree", tmp_path / "wheels"
    tree.mkdir()
    wheels.mkdir()
    shutil.copy(ROOT / "pyproject.toml", tree)
    shutil.copy(ROOT / "README.md", tree)
    (tree / "app.py").touch()
    ignored = shutil.ignore_patterns("__pycache__", ".*", "*.pyi")
    for room in ROOMS:
        shutil.copytree(ROOT / room, tree / room, ignore=ignored, copy_function=lambda _, copy: Path(copy).touch())
    files = [path for room in ROOMS for path in (tree / room).rglob("*") if path.is_file()]
    expected = {"app.py", *(path.relative_to(tree).as_posix() for path in files)}
    program = f"from setuptools.build_meta import build_wheel; build_wheel({str(wheels)!r})"
    built = subprocess.run([sys.executable, "-c", program], cwd=tree, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert carried == expected


@pytest.mark.parametrize(
    ("rooms", "extras"),
    [
        (("app.py", "apps", "from_scratch", "roadmap", "zoo"), ()),
        (("training",), ("train",)),
        (("tests", "benchmarks"), ("train", "test")),
    ],
    ids=["deployed", "training", "tests"],
)
def test_what_is_imported_is_declared(rooms: tuple[str, ...], extras: tuple[str, ...]) -> None:
    """A package that happens to come along with another one may stop doing so."""
    names = {canonicalize_name(requirement.name) for requirement in declared(*extras)}
    distributions = metadata.packages_distributions()
    for room in rooms:
        for path in [ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py")):
            for module in {name.partition(".")[0] for name in imports(ast.parse(path.read_text()), package_of(path))}:
                if module not in {*sys.stdlib_module_names, *OURS, ""}:
                    owners = {canonicalize_name(owner) for owner in distributions.get(module, [])}
                    assert owners & names, f"{path.relative_to(ROOT)} imports {module}: declare it in pyproject.toml."


# What is pinned


@pytest.mark.parametrize(("name", "extras"), [(PINS[0], ()), (PINS[1], ("train", "test"))])
def test_pins_satisfy_what_is_declared(name: str, extras: tuple[str, ...]) -> None:
    pins = pinned(name)
    for requirement in declared(*extras):
        pin = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version_of(pin)), f"{name}: {pin} is outside {requirement}"
        assert pin.marker is None, f"{name}: {pin} is not installed everywhere"


def test_tests_run_on_the_versions_that_are_deployed() -> None:
    runtime, development = (pinned(name) for name in PINS)
    assert {name: str(pin) for name, pin in development.items() if name in runtime} == {
        name: str(pin) for name, pin in runtime.items()
    }


@pytest.mark.parametrize("name", PINS)
def test_pins_are_installed_here(name: str) -> None:
    """Else the tests would prove something about other versions."""
    for pin in pinned(name).values():
        if pin.marker is None or pin.marker.evaluate():
            assert metadata.version(pin.name) == version_of(pin), f"{pin.name}: run 'make install test'."


@pytest.mark.parametrize("name", PINS)
def test_pins_name_no_host_and_no_path(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"://|--?(index|extra-index|find-links|f)\b|(^|\s)[/~]\w", text, re.MULTILINE)


# What make promises


def targets() -> set[str]:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    return set(phony[1].split())


def test_make_alone_explains_every_target() -> None:
    shown = make()
    assert shown.returncode == 0, shown.stderr
    explained = dict(line.split(maxsplit=2)[1:] for line in shown.stdout.splitlines())
    assert explained.keys() == targets()
    assert shown.stdout == make("help").stdout


def test_makefile_declares_every_command_as_phony() -> None:
    rules = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(rules) == targets()


def installed_folder(folder: Path) -> Path:
    """A checkout as it is after `make test`: its stamps newer than its pins, its programs only pretended."""
    (folder / ".venv/bin").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", *PINS):
        shutil.copyfile(ROOT / name, folder / name)
        os.utime(folder / name, (1_000_000_000, 1_000_000_000))
    for age, name in enumerate(("bin/python", "bin/uv", ".installed", ".test-installed")):
        path = folder / ".venv" / name
        write_program(path, f"echo called {path.name} $* >&2")
        os.utime(path, (1_000_000_100 + age, 1_000_000_100 + age))
    return folder


def write_program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_make_install_does_nothing_twice(tmp_path: Path) -> None:
    folder = installed_folder(tmp_path)
    again = make("install", folder=folder)
    assert again.returncode == 0
    assert "called" not in again.stderr
    (folder / "requirements.txt").touch()
    renewed = make("install", folder=folder)
    assert renewed.returncode == 0
    assert "called uv pip install --quiet -r requirements.txt" in renewed.stderr
    assert "called" not in make("install", folder=folder).stderr


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("exit 1", "Python 3.11 or newer is needed"),
        ('case "$2" in *ensurepip*) exit 1; esac', "venv module is missing"),
    ],
)
def test_make_says_which_python_is_missing(condition: str, sentence: str, tmp_path: Path) -> None:
    folder = installed_folder(tmp_path)
    shutil.rmtree(folder / ".venv")
    write_program(folder / "python", condition)
    refused = make("install", "PYTHON=./python", folder=folder)
    assert refused.returncode == 2
    assert sentence in refused.stderr
    assert not (folder / ".venv").exists()


ASKED = ["called apt-get update -qq", "called apt-get install -qq --yes chromium-headless-shell"]


@pytest.mark.parametrize(
    ("programs", "called"),
    [
        ({"chromium-headless-shell": "exit 0", "id": "echo 0", "apt-get": "echo called apt-get $* >&2"}, []),
        ({"id": "echo 0", "apt-get": "echo called apt-get $* >&2"}, ASKED),
        ({"id": "echo 0", "apt-get": "echo called apt-get $* >&2; exit 1", "chromium": "exit 0"}, ASKED[:1]),
        ({"id": "echo 0"}, ["called python -m playwright install --only-shell chromium"]),
        ({"id": "echo 1000", "apt-get": "echo called apt-get $* >&2", "chromium-browser": "exit 0"}, []),
        (
            {"id": "echo 1000", "apt-get": "echo called apt-get $* >&2"},
            ["called python -m playwright install --only-shell chromium"],
        ),
    ],
    ids=["there", "root on Debian", "root without a network", "root elsewhere", "another is there", "not root"],
)
def test_make_finds_or_installs_a_chromium(programs: Mapping[str, str], called: list[str], tmp_path: Path) -> None:
    folder = installed_folder(tmp_path / "checkout")
    path = tmp_path / "path"
    path.mkdir()
    for name, line in programs.items():
        write_program(path / name, line)
    done = make("chromium", folder=folder, PATH=str(path))
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == called


def test_ci_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    assert script.read_text().splitlines()[-1] == "exec make test"


# What a Space and an image are told


def front_matter() -> dict[str, Any]:
    match = re.match(r"---\n(.*?)\n---\n", (ROOT / "README.md").read_text(), re.DOTALL)
    assert match, "README.md opens with the front matter of a Space."
    return yaml.safe_load(match[1])


def test_the_space_runs_what_is_pinned() -> None:
    space = front_matter()
    assert space["sdk"] == "gradio"
    assert str(space["sdk_version"]) == version_of(pinned("requirements.txt")["gradio"])
    assert isinstance(space["python_version"], str), "unquoted, 3.10 would be read as 3.1"
    assert SpecifierSet(PROJECT["requires-python"]).contains(space["python_version"])
    assert space["app_file"] == "app.py"
    assert (ROOT / space["app_file"]).is_file()


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_image_is_built_from_what_exists() -> None:
    steps = instructions()
    assert steps[0] == ("FROM", f"python:{front_matter()['python_version']}-slim")
    copied = [shlex.split(rest) for word, rest in steps if word == "COPY"]
    for words in copied:
        *sources, _target = [word for word in words if not word.startswith("--")]
        assert all((ROOT / source).exists() for source in sources), words
        assert "--chown=user" in words
    assert [words[1] for words in copied] == ["requirements.txt", "."], "the pins' layer comes before the source's"
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", "runs"} <= set(ignored)
    assert not {"app.py", *ROOMS, "README.md", "requirements.txt"} & set(ignored)


def test_the_image_serves_port_7860_without_privileges() -> None:
    steps = instructions()
    assert ("RUN", "useradd --create-home --uid 1000 user") in steps
    words = [word for word, _ in steps]
    assert ("USER", "user") in steps
    assert words.index("USER") < words.index("COPY")
    assert ("EXPOSE", "7860") in steps
    environment = dict(pair.split("=", 1) for word, rest in steps if word == "ENV" for pair in shlex.split(rest))
    assert environment["GRADIO_SERVER_NAME"] == "0.0.0.0"
    assert environment["GRADIO_SERVER_PORT"] == "7860"
    assert json.loads(dict(steps)["CMD"]) == ["python", "app.py"]


def test_the_image_knows_whether_the_gallery_is_healthy(gallery: str) -> None:
    health = dict(instructions())["HEALTHCHECK"]
    _python, *arguments = json.loads(health[health.index("[") :])
    port = gallery.rpartition(":")[2]

    def check(port: str) -> int:
        environment = os.environ | {"GRADIO_SERVER_PORT": port}
        return subprocess.run(
            [sys.executable, *arguments], env=environment, stderr=subprocess.DEVNULL, check=False
        ).returncode

    assert check(port) == 0
    assert check("9") != 0
