"""The plan and the pages: seventy days, links that lead somewhere, answers that compute their numbers."""

from __future__ import annotations

import doctest
import re
import shutil
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import roadmap
from roadmap import Day, day, weeks

ROOT = Path(roadmap.__file__).parents[1]
WRITTEN = [each for week in weeks() for each in week.days if each.page]
PLACES = {"exhibits": "apps", "recipes": "training", "by_hand": "from_scratch"}

every_page = pytest.mark.parametrize("written", WRITTEN, ids=lambda each: each.id)


# ---------------------------------------------------------------------------------------------------- the plan


def test_plan_has_seventy_days_in_order():
    assert [week.number for week in weeks()] == list(range(1, 11))
    days = [each for week in weeks() for each in week.days]
    assert [each.id for each in days] == [f"w{week}d{number}" for week in range(1, 11) for number in range(1, 8)]
    assert [each.weekday for each in days] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] * 10
    assert all(each.label and each.focus and each.hands_on and each.question for each in days)


def test_labels_fit_the_map_and_differ_within_a_week():
    for week in weeks():
        labels = [each.label for each in week.days]
        assert len(set(labels)) == 7
        assert max(map(len, labels)) <= 20, labels


def test_one_day_by_name():
    each = day("w2d3")
    assert (each.week, each.number, each.weekday) == (2, 3, "Wed")
    assert each.question == "Explain receptive field"
    assert each.page is not None
    assert each.page.exhibits[0].path == "apps/feature_maps"
    assert each.page.exhibits[0].target == "../apps/feature_maps/#explorer"
    assert each.page.exhibits[0].section == "explorer"
    assert each.page.by_hand[0].section == ""
    with pytest.raises(FrozenInstanceError):
        each.label = "something else"  # type: ignore[misc]


def test_a_day_without_a_page_has_no_links():
    waiting = next(each for week in weeks() for each in week.days if each.page is None)
    assert waiting.links() == ()


def test_week_2_is_complete():
    assert [each.number for each in weeks()[1].days if each.page] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("name", ["w2d9", "w0d0", "", "Wednesday"])
def test_unknown_day_names_the_range(name):
    with pytest.raises(LookupError) as error:
        day(name)
    assert str(error.value) == f"No day is called {name!r}; there are w1d1 to w10d7."


@pytest.mark.parametrize(
    ("name", "meant"), [("W2D3", "w2d3"), ("w2-d3", "w2d3"), (" w10d7 ", "w10d7"), ("w02d3", "w2d3")]
)
def test_unknown_day_names_the_nearest(name, meant):
    with pytest.raises(LookupError, match=f"did you mean '{meant}'"):
        day(name)


def test_weeks_are_read_once_and_cannot_be_spoilt():
    weeks().clear()
    assert len(weeks()) == 10
    assert weeks()[0] is weeks()[0]


def test_importing_and_reading_loads_nothing_heavy():
    code = (
        "import roadmap, sys; roadmap.day('w2d3'); print([m for m in ('torch', 'numpy', 'gradio') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_every_page_file_is_linked_under_its_week_in_the_plan():
    readme = (roadmap.FOLDER / "README.md").read_text("utf-8")
    sections = re.split(r"^## Week (\d+) .*$", readme, flags=re.MULTILINE)[1:]
    linked = {
        int(n): set(re.findall(r"\((week\d+\.md)\)", text))
        for n, text in zip(sections[::2], sections[1::2], strict=True)
    }
    exist = {path.name for path in roadmap.FOLDER.glob("week*.md")}
    assert set.union(*linked.values()) == exist
    assert all(names <= {f"week{number:02}.md"} for number, names in linked.items())


# ---------------------------------------------------------------------------------------------------- the pages


@every_page
def test_every_link_leads_to_a_file(written):
    assert written.links()
    assert [path for path in written.links() if not (ROOT / path).exists()] == []


@every_page
def test_exhibit_recipe_and_by_hand_lie_in_their_rooms(written):
    for name, room in PLACES.items():
        for link in getattr(written.page, name):
            assert Path(link.path).parent == Path(room), f"{written.id}: {link.path} is listed among the {name}"
            assert not Path(link.path).name.startswith("_")
            assert link.note, f"{written.id}: say what to look for in {link.title}"
    assert written.page.exhibits


@every_page
def test_short_answer_can_be_said_in_thirty_seconds(written):
    words = len(re.findall(r"\w[\w.,²×·/+−-]*", written.page.short_answer))
    assert 40 <= words <= 90, f"{written.id}: {words} words"
    assert "```" not in written.page.short_answer


@every_page
def test_doctests(written):
    test = _doctest(written)
    assert test.examples
    report: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert result.failed == 0, "".join(report)


@every_page
def test_python_blocks_are_run(written):
    """A block of Python that no doctest reads would be code that nobody checks."""
    blocks = re.findall(r"^```python\n(.*?)^```", written.page.markdown, flags=re.MULTILINE | re.DOTALL)
    assert blocks
    assert [block for block in blocks if not block.startswith(">>> ")] == []


@every_page
def test_numbers_in_the_text_are_computed(written):
    test = _doctest(written)
    outputs = _numbers("\n".join(example.want for example in test.examples))
    computed = outputs | _numbers("\n".join(example.source for example in test.examples))
    text = _numbers(_prose(f"{written.page.short_answer}\n\n{written.page.long_answer}"))
    assert {n for n in text if _digits(n) >= 4} - outputs == set(), "of four digits or more, and in no output"
    assert {n for n in text if _digits(n) == 3} - computed == set(), "of three digits, and nowhere in the examples"


def test_the_rule_about_numbers_can_fail():
    page = (
        "VGG16 has 138,357,544 weights, 0.4215 of [He et al. 2015](https://arxiv.org/abs/1512.03385), 12 `1999`.\n\n"
        "```\n7777\n```\n"
    )
    assert _numbers(_prose(page)) == {"138357544", "0.4215", "12"}
    assert _numbers("138_357_544 138357544 138,357,544 in w2d345, resnet152.") == {"138357544"}
    assert _numbers("(25088, 4096), 224×224, 2,3 and 1.5.") == {"25088", "4096", "224", "2", "3", "1.5"}
    assert [_digits(n) for n in ("0.4215", "1000", "6.9", "224")] == [4, 4, 2, 3]


def _doctest(written: Day) -> doctest.DocTest:
    """The Python blocks of a day as one doctest with one namespace; line numbers are those of the file."""
    assert written.page is not None
    kept, inside = [], False
    for line in written.page.markdown.splitlines():
        fence = line.startswith("```")
        kept.append(line if inside and not fence else "")
        if fence:
            inside = line == "```python"
    return doctest.DocTestParser().get_doctest(
        "\n".join(kept) + "\n", {}, written.id, str(roadmap.FOLDER / written.page.file), written.page.line - 1
    )


def _prose(markdown: str) -> str:
    """What is left without code and links; the numbers in links are years and addresses."""
    text = re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`|\[[^\]]*\]\([^)]*\)", "", text)


def _numbers(text: str) -> set[str]:
    """Numbers that stand by themselves, 138,357,544 as 138357544; not those inside a name, as in VGG16."""
    found = re.findall(r"(?<![\w.])\d{1,3}(?:[,_]\d{3})+(?![\d])|(?<![\w.])\d+(?:\.\d+)?", text)
    return {re.sub("[,_]", "", number) for number in found}


def _digits(number: str) -> int:
    whole, _, decimals = number.partition(".")
    return len(whole.lstrip("0") + decimals) if whole.strip("0") else len(decimals.lstrip("0"))


# ---------------------------------------------------------------------------------------------------- bad pages


@pytest.fixture
def folder(tmp_path):
    """A copy of the room, to be damaged."""
    for path in roadmap.FOLDER.glob("*.md"):
        shutil.copy(path, tmp_path)
    return tmp_path


def damage(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), "utf-8")


FOCUS = "**Focus** Receptive field, feature maps"

DAMAGED_PAGES = [
    ("## w2d3 · ", "## w2d3: ", "## w2d3: "),  # what is replaced, by what, and on which line the error is
    ("## w2d3 · ", "## w3d3 · ", "## w3d3 · "),
    ("## w2d3 · ", "## w2d2 · ", "## w2d2 · Receptive"),
    (FOCUS, "**Focus** Receptive fields", "**Focus** Receptive fields"),
    ("**Visualize feature maps on CIFAR-10**", "Look at some maps", "Look at some maps"),
    ("**Explain receptive field**", "**What is a receptive field?**", "**What is a receptive field?**"),
    (f"{FOCUS}\n", f"{FOCUS}\n\nSome text.\n", "Some text."),
    (f"{FOCUS}\n", f"{FOCUS}\n\n- **Video** [A talk](https://example.org): long\n", "- **Video**"),
    (f"{FOCUS}\n", f"{FOCUS}\n\n- **Recipe** [Outside](../../elsewhere.py): far\n", "- **Recipe** [Outside]"),
]


@pytest.mark.parametrize(("old", "new", "where"), DAMAGED_PAGES, ids=[new for _, new, _ in DAMAGED_PAGES])
def test_malformed_page_is_refused_by_file_and_line(folder, old, new, where):
    page = folder / "week02.md"
    damage(page, old, new)
    guilty = [number for number, line in enumerate(page.read_text("utf-8").splitlines(), 1) if line.startswith(where)]
    with pytest.raises(ValueError) as error:
        weeks(folder)
    named = re.match(r"week02\.md, line (\d+): .+\.$", str(error.value))
    assert named, str(error.value)
    assert min(abs(int(named[1]) - line) for line in guilty) <= 2, str(error.value)


def test_missing_part_and_empty_part_are_refused(folder):
    text = (folder / "week02.md").read_text("utf-8")
    (folder / "week02.md").write_text(text.replace("### In thirty seconds", "### Quickly", 1), "utf-8")
    with pytest.raises(ValueError, match=r"week02\.md, line \d+: a day has the parts Hands-on, .* found .*Quickly"):
        weeks(folder)
    weeks_of_empty = re.sub(r"(?s)(### In thirty seconds\n).*?(### The long)", r"\1\n\2", text, count=1)
    other = folder / "other"
    other.mkdir()
    shutil.copy(folder / "README.md", other)
    (other / "week02.md").write_text(weeks_of_empty, "utf-8")
    with pytest.raises(ValueError, match=r"the part 'In thirty seconds' is empty"):
        weeks(other)


def test_unclosed_code_block_is_refused(folder):
    """It would swallow every day after it."""
    text = (folder / "week02.md").read_text("utf-8")
    head, _, tail = text.rpartition("```\n")
    (folder / "week02.md").write_text(head + tail, "utf-8")
    with pytest.raises(ValueError, match=r"week02\.md, line \d+: a code block is not closed"):
        weeks(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("| w2d3 Wed |", "| w2d4 Wed |"),
        ("| w2d3 Wed |", "| w2d3 Thu |"),
        ("| w2d3 Wed | Receptive field |", "| w2d3 Wed |"),
        ("| w2d3 Wed | Receptive field |", "| w2d3 Wed | |"),
        ("## Week 2 – CNN Foundations", "## Week 3 – CNN Foundations"),
        ("## Week 2 – CNN Foundations", "## CNN Foundations"),
    ],
)
def test_malformed_plan_is_refused_by_file_and_line(folder, old, new):
    damage(folder / "README.md", old, new)
    line = (folder / "README.md").read_text("utf-8").split(new)[0].count("\n") + 1
    with pytest.raises(ValueError, match=rf"^README\.md, line {line}: "):
        weeks(folder)


def test_plan_with_a_day_too_few_is_refused(folder):
    readme = folder / "README.md"
    lines = readme.read_text("utf-8").splitlines()
    readme.write_text("\n".join(line for line in lines if not line.startswith("| w10d7")) + "\n", "utf-8")
    with pytest.raises(ValueError, match="ten weeks of seven days; look at week 10"):
        weeks(folder)


def test_links_come_from_the_prose_only(folder):
    page = folder / "week02.md"
    extra = (
        "See [the plan](README.md#week-2) and [it again](README.md), [a paper](https://arxiv.org/abs/1603.07285), "
        "[above](#w2d1), `[code](../no.py)`.\n\n```text\n[fenced](../no.py)\n```\n\n"
    )
    damage(page, "### Question\n", extra + "### Question\n")
    before, after = day("w2d1").links(), day("w2d1", folder).links()
    assert set(after) - set(before) == {"roadmap/README.md"}
    assert len(after) == len(set(after))
