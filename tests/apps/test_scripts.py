"""Every script of the gallery: it compiles as gradio will compile it, its lines are short, its types are right."""

from __future__ import annotations

from typing import Any

import pytest

from tests._support.scripts import ROOT, find_compiler, find_type_errors, list_scripts

LONGEST = 120


def name_of(script: Any) -> str:
    return str(script.relative_to(ROOT / "apps"))


@pytest.mark.parametrize("script", list_scripts(), ids=name_of)
def test_lines_are_short_and_types_are_checked(script: Any) -> None:
    text = script.read_text("utf-8")
    assert text.startswith("// @ts-check\n")
    lines = enumerate(text.splitlines(), start=1)
    assert [f"line {number} has {len(line)}" for number, line in lines if len(line) > LONGEST] == []


def test_chromium_compiles_every_script(kit_page: Any) -> None:
    """With the arguments that gradio's HTML component gives it, in its order."""
    tab = kit_page()
    problems = {
        name_of(script): tab.evaluate(
            """(text) => {
              try {
                return void new Function("element", "trigger", "props", "server", "upload", "watch", text);
              } catch (error) {
                return String(error);
              }
            }""",
            script.read_text("utf-8"),
        )
        for script in list_scripts()
    }
    assert {name: problem for name, problem in problems.items() if problem} == {}


def test_types_are_right() -> None:
    compiler = find_compiler()
    if isinstance(compiler, str):
        pytest.skip(compiler)
    assert find_type_errors(compiler) == []
