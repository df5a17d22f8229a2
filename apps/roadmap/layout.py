"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps._gallery.exhibit import FORMULAS
from apps._gallery.polite import polite
from apps._inputs import BadInput
from apps.roadmap import read_day
from apps.roadmap.page import describe_map, list_next_days, write_body, write_head, write_refusal
from apps.roadmap.parts import DayPage, NextDays, SlidingWindow, WeekMap
from apps.roadmap.window import describe_window


def layout() -> Sequence[gr.components.Component]:
    with gr.Row(elem_id="roadmap-opening"):
        with gr.Column(scale=5, min_width=320):
            SlidingWindow(describe_window(), elem_id="sliding-window")
        with gr.Column(scale=2, min_width=260):
            NextDays({"days": list_next_days()}, elem_id="next-days")
    WeekMap(describe_map(), elem_id="week-map")
    with DayPage(elem_id="day-page") as page:
        head = gr.HTML("", apply_default_css=False, elem_classes="day-head")
        body = gr.Markdown("", latex_delimiters=FORMULAS, elem_classes="day-body", sanitize_html=False)

    def open_day(event: gr.EventData) -> tuple[str, str]:
        asked = str(event.day)
        try:
            day = read_day(asked)
        except BadInput as error:
            return write_refusal(asked, str(error))
        return write_head(day), write_body(day)

    # Reading a page does not wait for those who compute.
    page.select(polite(open_day), None, [head, body], queue=False, show_progress="hidden", api_visibility="private")
    return []  # all of it is text that is read in milliseconds: it goes out with the page and waits for nobody


def example() -> Sequence[Any]:
    return []
