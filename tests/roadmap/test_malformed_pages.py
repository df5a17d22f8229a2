"""Pages and plans that break the layout are refused, by file and line."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import roadmap
from roadmap import day, weeks
from roadmap._page import PARTS


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


def change_part(path: Path, part: str, change: Callable[[str], str]) -> tuple[int, int]:
    """Change one part of the file's third day, "" for what stands before the parts; the lines where it then lies."""
    text = path.read_text("utf-8")
    day = text.index("## w2d3")
    start = text.index(f"### {part}\n" if part else "\n", day)
    begin = text.index("\n", start) + 1
    end = text.index("\n### ", begin) + 1 if part != "Read on" else text.index("\n## ", begin) + 1
    changed = change(text[begin:end])
    assert changed != text[begin:end], "nothing was changed"
    path.write_text(text[:begin] + changed + text[end:], "utf-8")
    return text[:start].count("\n") + 1, (text[:begin] + changed).count("\n") + 1


FOCUS = "**Focus** Receptive field, feature maps"

DAMAGED_PAGES = [
    ("## w2d3 · ", "## w2d3: ", "## w2d3: "),  # what is replaced, by what, and on which line the error is
    ("## w2d3 · ", "## w3d3 · ", "## w3d3 · "),
    ("## w2d3 · ", "## w2d2 · ", "## w2d2 · Receptive"),
    (FOCUS, "**Focus** Receptive fields", "**Focus** Receptive fields"),
    ("**Visualize feature maps on CIFAR-10**", "Look at some maps", "Look at some maps"),
    ("**Explain receptive field**", "**What is a receptive field?**", "**What is a receptive field?**"),
    (f"{FOCUS}\n", f"{FOCUS}\n\nSome text.\n", "Some text."),
    ("- **By hand** [Conv", "- **Video** [A talk](https://example.org): long\n- **By hand** [Conv", "- **Video**"),
    ("- **By hand** [Conv", "- **Recipe** [Outside](../../x.py): far\n- **By hand** [Conv", "- **Recipe** [Outside]"),
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


DAMAGED_PARTS = [
    # part, pattern in it, what replaces it, what is said of it
    ("", r"\*\*Minutes\*\* .*", "**Minutes** an hour", "expected '**Minutes** 25 to read, 60 to do'"),
    ("", r"\*\*Minutes\*\* .*\n", "", "expected '**Minutes** 25 to read, 60 to do'"),
    ("Predict", r"- \[x\]", "- [ ]", "exactly one choice"),
    ("Predict", r"- \[ \]", "- [x]", "exactly one choice"),
    ("Predict", r"- \[ \] ", "- [?] ", "three or four choices"),
    ("Predict", r"(?s)- \[.*\n\n", "- [x] one\n- [ ] two\n\n", "three or four choices"),
    ("Predict", r"- \[x\]", "\n- [x]", "three or four choices"),
    ("Predict", r"(?s)\A.*?\n\n- ", "\n- ", "a question, its choices, and one paragraph"),
    ("Predict", r"\Z", "\nA second paragraph.\n\n", "one paragraph that says why"),
    ("Hands-on", r"1\. ", "- ", "a numbered list"),
    ("Hands-on", "#### Write it", "#### Write", "one section, '#### Write it'"),
    ("Hands-on", "```python\n", "```pycon\n", "the signature in a ```python block"),
    ("Hands-on", "<summary>Solution</summary>", "<summary>Answer</summary>", "one folded solution"),
    ("Hands-on", r"</details>\n", "</details>\n\nMore.\n", "one folded solution"),
    ("Sample answers", "#### Good", "#### Fair", "the sections Weak, Good, Great"),
    ("Sample answers", "#### Weak", "Text.\n\n#### Weak", "the sections Weak, Good, Great"),
    ("Sample answers", r"\n\*(.*)", r"\n**\1*", "a paragraph in italics"),
    ("The long answer", r"(?s)\A.*", "\nText.\n\n", "is divided by headings"),
    ("Common mistakes", r"\*\*\"(.*?)\"\*\*", r"**\1**", '- **"what is said"** what is true'),
    ("Common mistakes", r"\A\s*- ", "\nText.\n\n- ", "is a list"),
    ("Follow-ups", r"- \*(.*?)\*", r"- \1", "- *What does it cost?* the answer"),
    ("Follow-ups", r"(?sm)^- .*", "- *One?* Yes.\n\n", "has 4 items or more"),
    ("Drills", r"(?m)^3\. ", "4. ", "exactly three"),
    ("Drills", r"(?sm)^3\. .*", "", "exactly three"),
    ("Drills", r"</details>", "</details>\n\n   More.", "one folded solution"),
    ("Drills", r"(?s)<details>.*?</details>", "42", "one folded solution"),
    ("Read on", r"\[.*?\]\(.*?\)", "no link", "has a link"),
]


@pytest.mark.parametrize(
    ("part", "old", "new", "said"), DAMAGED_PARTS, ids=[f"{p} {n}" for p, _, n, _ in DAMAGED_PARTS]
)
def test_malformed_part_is_refused_by_file_and_line(folder, part, old, new, said):
    first, last = change_part(folder / "week02.md", part, lambda text: re.sub(old, new, text, count=1))
    with pytest.raises(ValueError) as error:
        weeks(folder)
    named = re.match(r"week02\.md, line (\d+): .+\.$", str(error.value))
    assert named, str(error.value)
    assert first <= int(named[1]) <= last, str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize("part", PARTS)
def test_missing_part_and_empty_part_are_refused(folder, part):
    page = folder / "week02.md"
    text = page.read_text("utf-8")
    damage(page, f"### {part}\n", "### Quickly\n")
    with pytest.raises(ValueError, match=r"week02\.md, line \d+: a day has the parts Predict, .* found .*Quickly"):
        weeks(folder)
    page.write_text(text, "utf-8")
    change_part(page, part, lambda _: "\n")
    other = shutil.copytree(folder, folder / "other")  # what is read is kept by its folder
    with pytest.raises(ValueError, match=rf"week02\.md, line \d+: the part '{part}' is empty"):
        weeks(other)


def test_parts_of_a_page_are_told_apart():
    page = day("w2d3").page
    assert page is not None
    assert re.fullmatch(r"\d+ to read, \d+ to do", page.minutes)
    assert page.predict.choices[page.predict.right]
    assert not any(choice.startswith("- [") for choice in page.predict.choices)
    assert page.steps.startswith("1. ")
    assert "Write it" not in page.steps
    assert page.write_it.signature.startswith(("def ", "class "))
    assert not any("<details>" in text for text in (page.write_it.checks, page.write_it.solution))
    assert len(page.sample_answers) == len(page.drills) == 3
    assert not any(each.heard.startswith("*") or each.heard in each.says for each in page.sample_answers)
    assert len(page.follow_ups) >= 4
    assert all(each.question.endswith("?") for each in page.follow_ups)
    assert not any("<details>" in text for drill in page.drills for text in (drill.question, drill.solution))


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
    damage(page, "### Sample answers\n", extra + "### Sample answers\n")
    before, after = day("w2d1").links(), day("w2d1", folder).links()
    assert set(after) - set(before) == {"roadmap/README.md"}
    assert len(after) == len(set(after))
