"""What README says of the tabs and of the folders is what there is; a day and the tabs that show it agree."""

from __future__ import annotations

import re
import sys
from pathlib import Path, PurePosixPath

import pytest

import apps
import roadmap
from apps._gallery.exhibit import find_exhibits
from apps._gallery.page import build_page

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
DAYS = [day for week in roadmap.weeks() for day in week.days]


def read_days(text: str) -> list[str]:
    """The days that a cell of the table names; `w2d1–w2d3` are three of them."""
    ids, found = [day.id for day in DAYS], []
    for part in filter(None, text.split(", ")):
        first, _, last = part.partition("–")
        found += ids[ids.index(first) : ids.index(last or first) + 1]
    return found


def test_the_table_has_every_tab_in_the_rails_order_with_its_days() -> None:
    table = README[README.index("| tab | what you do | days |") :].split("\n\n")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]
    assert [row[0] for row in rows] == [exhibit.title for exhibit in find_exhibits().values()]
    for title, deed, days in rows:
        assert len(deed) > 20, title
        [exhibit] = [each for each in find_exhibits().values() if each.title == title]
        assert days == "all" if title == "Roadmap" else read_days(days) == list(exhibit.days)


def test_a_written_day_links_to_the_tabs_that_name_it() -> None:
    for day in DAYS:
        if day.page is None:
            continue
        linked = {PurePosixPath(link.path).name.replace("_", "-") for link in day.page.exhibits}
        naming = {slug for slug, exhibit in find_exhibits().items() if day.id in exhibit.days}
        assert linked == naming, day.id


def test_the_tree_names_what_exists_and_all_that_is_public() -> None:
    tree = README[README.index("## The tree") :].split("```")[1]
    folder = Path()
    named: dict[str, set[str]] = {}
    for line in tree.strip("\n").splitlines():
        found = re.match(r"( *)(\S+) {2,}\S", line)
        assert found, f"no phrase in {line!r}"
        indent, name = len(found[1]), found[2]
        if indent == 0 and name.endswith("/"):
            folder = Path(name)
        path = (folder if indent else Path()) / name
        assert (ROOT / path).exists(), line
        assert (ROOT / path).is_dir() == name.endswith("/"), line
        named.setdefault(str(folder) if indent else ".", set()).add(name.rstrip("/"))
    assert {"app.py", "tests", *(path.parent.name for path in ROOT.glob("*/__init__.py"))} <= named["."]
    tabs = {path.parent.name for path in (ROOT / "apps").glob("*/__init__.py")}
    assert tabs <= named["apps"]
    public = {path.stem for path in (ROOT / "zoo").glob("[!_]*.py")} | {
        path.parent.name for path in (ROOT / "zoo").glob("[!_]*/__init__.py")
    }
    assert public <= {PurePosixPath(name).stem for name in named["zoo"]}


def test_the_tab_that_readme_adds_is_found_built_and_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = README[README.index("## Add a tab") :].split("\n## ")[0]
    functions, layout = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    (tmp_path / "pixels").mkdir()
    (tmp_path / "pixels" / "__init__.py").write_text(functions)
    (tmp_path / "pixels" / "layout.py").write_text(layout)
    monkeypatch.setattr(apps, "__path__", [*apps.__path__, str(tmp_path)])
    try:
        found = find_exhibits.__wrapped__()
        assert found["pixels"].group == "Vision"
        assert build_page({"pixels": found["pixels"]}).get_api_info()["named_endpoints"].keys() == {"/count_pixels"}
        assert found["pixels"].example() == [{"pixels": 300 * 451}]
        assert "math.prod" in found["pixels"].read_source()
    finally:
        for name in [name for name in sys.modules if name.startswith("apps.pixels")]:
            del sys.modules[name]
        vars(apps).pop("pixels", None)
