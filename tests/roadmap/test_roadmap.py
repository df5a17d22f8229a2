"""The plan and the pages: seventy days, links that lead somewhere, answers that compute their numbers."""

from __future__ import annotations

import ast
import doctest
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import roadmap
from roadmap import Day, DayPage, day, weeks

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
    assert 50 <= words <= 75, f"{written.id}: {words} words"
    assert "```" not in written.page.short_answer


@every_page
def test_what_is_to_be_written_has_a_signature_and_a_solution_of_its_name(written):
    (asked,) = ast.parse(written.page.write_it.signature).body
    assert isinstance(asked, ast.FunctionDef | ast.ClassDef)
    test = _doctest(written)
    solved = [node for example in test.examples for node in ast.parse(example.source).body]
    (solution,) = [node for node in solved if isinstance(node, type(asked)) and node.name == asked.name]
    if isinstance(asked, ast.FunctionDef) and isinstance(solution, ast.FunctionDef):
        assert ast.unparse(solution.args) == ast.unparse(asked.args)
    assert ">>> " in written.page.write_it.solution, "nothing checks the solution"


@every_page
def test_drills_compute_their_answers(written):
    assert all(_numbers(_prose(drill.solution)) and "\n>>> " in drill.solution for drill in written.page.drills)


@every_page
def test_doctests(written):
    test = _doctest(written)
    assert test.examples
    report: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert result.failed == 0, "".join(report)


@every_page
def test_prompts_stand_in_pycon_blocks_and_only_there(written):
    """A block of Python that no doctest reads would be code that nobody checks."""
    blocks = [(language, "\n".join(lines)) for language, _, lines in _blocks(written.page.markdown)]
    assert {language for language, _ in blocks} <= {"pycon", "python", "text", "bash"}
    assert [text for language, text in blocks if (language == "pycon") != text.startswith(">>> ")] == []


@every_page
def test_formulas_are_written_as_github_renders_them(written):
    assert _unrenderable(written.page.markdown) == []


def test_the_rule_about_formulas_can_fail():
    assert _unrenderable(r"$\operatorname{softmax}(x)\!\left(y\right)$ and $$\n2\,x\n$$") == [
        r"\operatorname",
        r"\!",
        r"\,",
    ]
    assert _unrenderable("```python\n'a\\!'\n```\n`\\,` and $\\mathrm{softmax}$") == []


@every_page
def test_numbers_in_the_text_are_computed(written):
    page, test = written.page, _doctest(written)
    outputs = _numbers("\n".join(example.want for example in test.examples))
    computed = outputs | _numbers("\n".join(example.source for example in test.examples))
    text, asked = _numbers(_prose(_claims(page))), _numbers(_prose("\n\n".join(each.question for each in page.drills)))
    assert {n for n in text if _digits(n) >= 4} - outputs == set(), "of four digits or more, and in no output"
    assert {n for n in text | asked if _digits(n) >= 3} - computed == set(), "of three digits, and in no example"


def test_the_rule_about_numbers_reaches_every_part():
    page = day("w2d1").page
    assert page is not None
    claims = _claims(page)
    texts = [page.short_answer, page.long_answer, page.predict.why, page.write_it.checks, page.mistakes[0].truth]
    texts += [page.predict.choices[page.predict.right], page.sample_answers[2].says, page.sample_answers[0].heard]
    texts += [page.follow_ups[0].answer, page.drills[2].solution]
    assert all(text in claims for text in texts)


def test_the_rule_about_numbers_can_fail():
    page = (
        "VGG16 has 138,357,544 weights, 0.4215 of [He et al. 2015](https://arxiv.org/abs/1512.03385), 12 `1999`.\n\n"
        "```\n7777\n```\n\n   ```pycon\n   >>> 8888\n   ```\n"
    )
    assert _numbers(_prose(page)) == {"138357544", "0.4215", "12"}
    assert _numbers("138_357_544 138357544 138,357,544 in w2d345, resnet152.") == {"138357544"}
    assert _numbers("(25088, 4096), 224×224, 2,3 and 1.5.") == {"25088", "4096", "224", "2", "3", "1.5"}
    assert [_digits(n) for n in ("0.4215", "1000", "6.9", "224")] == [4, 4, 2, 3]


def _claims(page: DayPage) -> str:
    """All that a page says is so; a drill's question is asked, and a wrong choice or a mistake is not so."""
    texts = [page.short_answer, page.long_answer, page.predict.choices[page.predict.right], page.predict.why]
    texts += [page.write_it.checks, page.write_it.solution]
    texts += [text for each in page.sample_answers for text in (each.says, each.heard)]
    texts += [mistake.truth for mistake in page.mistakes]
    texts += [text for each in page.follow_ups for text in (each.question, each.answer)]
    texts += [drill.solution for drill in page.drills]
    return "\n\n".join(texts)


def _blocks(markdown: str) -> Iterator[tuple[str, int, list[str]]]:
    """Each fenced block: its language, the index of its first line, and its lines without the block's indent."""
    lines = markdown.splitlines()
    begin = None
    for index, line in enumerate(lines):
        if not line.lstrip().startswith("```"):
            continue
        if begin is None:
            begin = index
            continue
        language = lines[begin].strip().removeprefix("```")
        yield language, begin + 1, textwrap.dedent("\n".join(lines[begin + 1 : index])).splitlines()
        begin = None


def _doctest(written: Day) -> doctest.DocTest:
    """The code of a day as one doctest with one namespace, but for what is to be written; lines are the file's."""
    assert written.page is not None
    kept = [""] * (len(written.page.markdown.splitlines()) + 1)
    for language, start, lines in _blocks(written.page.markdown):
        if language == "pycon":
            kept[start : start + len(lines)] = lines
        if language == "python" and "\n".join(lines) != written.page.write_it.signature:
            kept[start : start + len(lines)] = _add_prompts(lines)
    return doctest.DocTestParser().get_doctest(
        "\n".join(kept) + "\n", {}, written.id, str(roadmap.FOLDER / written.page.file), written.page.line - 1
    )


def _add_prompts(lines: list[str]) -> list[str]:
    """Plain code as it would be typed, line by line."""
    prompted = [""] * len(lines)
    for node in ast.parse("\n".join(lines)).body:
        decorators = [each.lineno for each in getattr(node, "decorator_list", ())]
        for number in range(begin := min([node.lineno, *decorators]), (node.end_lineno or begin) + 1):
            prompted[number - 1] = f"{'>>>' if number == begin else '...'} {lines[number - 1]}"
    return prompted


def _prose(markdown: str) -> str:
    """What is left without code and links; the numbers in links are years and addresses."""
    text = re.sub(r"^ *```.*?^ *```", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`|\[[^\]]*\]\([^)]*\)", "", text)


def _unrenderable(markdown: str) -> list[str]:
    """What GitHub refuses in a formula, or shows as it stands."""
    return re.findall(r"\\operatorname|\\!|\\,", _prose(markdown))


def _numbers(text: str) -> set[str]:
    """Numbers that stand by themselves, 138,357,544 as 138357544; not those inside a name, as in VGG16."""
    found = re.findall(r"(?<![\w.])\d{1,3}(?:[,_]\d{3})+(?![\d])|(?<![\w.])\d+(?:\.\d+)?", text)
    return {re.sub("[,_]", "", number) for number in found}


def _digits(number: str) -> int:
    whole, _, decimals = number.partition(".")
    return len(whole.lstrip("0") + decimals) if whole.strip("0") else len(decimals.lstrip("0"))
