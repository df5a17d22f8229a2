"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps._gallery.exhibit import FORMULAS
from apps._gallery.polite import polite
from apps.roadmap import read_day
from apps.roadmap.page import describe_map, find_opening_day, write_body, write_head
from apps.roadmap.parts import DayPage, WeekMap


def layout() -> Sequence[gr.components.Component]:
    day = read_day(find_opening_day())
    week_map = WeekMap(describe_map(day["day"]), elem_id="week-map")
    with DayPage(elem_id="day-page"):
        head = gr.HTML(write_head(day), apply_default_css=False, elem_classes="day-head")
        body = gr.Markdown(write_body(day), latex_delimiters=FORMULAS, elem_classes="day-body")

    def open_day(event: gr.EventData) -> tuple[dict[str, Any], str, str]:
        chosen = read_day(str(event.day))
        return describe_map(chosen["day"]), write_head(chosen), write_body(chosen)

    # Reading a page does not wait for those who compute.
    week_map.select(
        polite(open_day), None, [week_map, head, body], queue=False, show_progress="hidden", api_visibility="private"
    )
    return []  # all of it is text that is read in milliseconds: it goes out with the page and waits for nobody


def example() -> Sequence[Any]:
    return []
