"""What README says of the tabs and of the folders is what there is; a day and the tabs that show it agree."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import roadmap
from apps._gallery.exhibit import find_exhibits

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
