"""The page around the exhibits: brand, rail, theme, permanent links, and the worked example when a tab first opens."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from apps._gallery.api import add_endpoints
from apps._gallery.exhibit import Exhibit, place_exhibit
from apps._gallery.polite import polite
from apps._gallery.rail import draw_rail
from apps._gallery.scripts import read_kit_script, read_kit_styles
from apps._inputs.pictures import MAX_FILE

FOLDER = Path(__file__).parent

_COLOURS = {
    "body_background_fill": ("#ffffff", "#101114"),
    "background_fill_primary": ("#ffffff", "#101114"),
    "background_fill_secondary": ("#f4f5f7", "#1b1d22"),
    "body_text_color": ("#17191e", "#eceef2"),
    "body_text_color_subdued": ("#5f6673", "#9aa1ae"),
    "border_color_primary": ("#e6e7eb", "#2a2d34"),
    "color_accent": ("#2954d6", "#2954d6"),
    "color_accent_soft": ("#e4ecff", "#1d2f63"),
    "block_background_fill": ("#ffffff", "#101114"),
    "block_label_background_fill": ("#ffffff", "#101114"),
    "block_label_text_color": ("#5f6673", "#9aa1ae"),
    "block_title_text_color": ("#5f6673", "#9aa1ae"),
    "input_background_fill": ("#f4f5f7", "#1b1d22"),
    "button_secondary_background_fill": ("#f4f5f7", "#1b1d22"),
    "button_secondary_text_color": ("#17191e", "#eceef2"),
    "button_primary_background_fill": ("#2954d6", "#2954d6"),
    "button_primary_text_color": ("#ffffff", "#ffffff"),
    "link_text_color": ("#2954d6", "#8faaff"),
}


def theme() -> gr.themes.Base:
    """IBM Plex, one accent, no borders around blocks and no shadows."""
    colours: dict[str, str] = {}
    for name, (light, dark) in _COLOURS.items():
        colours[name] = light
        if name not in ("color_accent",):
            colours[f"{name}_dark"] = dark
    return gr.themes.Base(
        # The SemiBold files that gradio carries lack the Latin alphabet, so only 400 and 700.
        font=[gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif"],
        font_mono=[gr.themes.LocalFont("IBM Plex Mono", weights=(400, 700)), "monospace"],
        text_size=gr.themes.sizes.text_md,
        radius_size=gr.themes.sizes.radius_md,
    ).set(
        **colours,
        block_border_width="0px",
        block_shadow="none",
        block_padding="0px",
        input_border_width="0px",
        input_shadow="none",
        panel_border_width="0px",
        button_primary_shadow="none",
        button_secondary_shadow="none",
        block_title_text_weight="400",
        block_label_text_weight="400",
        button_large_text_weight="400",
        button_medium_text_weight="400",
        button_small_text_weight="400",
    )


def build_page(exhibits: Mapping[str, Exhibit]) -> gr.Blocks:
    """One page with a tab per exhibit; nothing heavy is imported and nothing is computed."""
    with gr.Blocks(title="Tenweeks", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(draw_rail(exhibits), apply_default_css=False, elem_classes=["flush", "rail-place"])
        with gr.Tabs(elem_id="tabs"):
            for slug, exhibit in exhibits.items():
                with gr.Tab(exhibit.title, id=slug, elem_id=f"tab-{slug}") as tab:
                    filled, example = place_exhibit(slug, exhibit)
                    opened = gr.State(False)  # beside the tabs instead of in one, gradio 6.31 draws the tab twice
                shown: Any = tab.select
                if filled:
                    shown = tab.select(
                        polite(fill_once(example, len(filled))),
                        opened,
                        [opened, *filled],
                        api_visibility="private",
                        show_progress="minimal",
                        concurrency_id="processor",
                        concurrency_limit=1,
                    ).then
                shown(None, js=f"() => tenweeks.markOpened('{slug}')", api_visibility="private")
        add_endpoints({each: each in exhibit.fetching for exhibit in exhibits.values() for each in exhibit.functions})
        page.load(None, js="() => tenweeks.open()", api_visibility="private")
        page.load(_warm_up(exhibits), api_visibility="private", queue=False)
    return page


def fill_once(example: Callable[[], Sequence[Any]], count: int) -> Callable[[bool], Sequence[Any]]:
    """The worked example at the first opening of a visit; later openings leave the visitor's own work alone."""

    def open_tab(opened: bool) -> Sequence[Any]:
        return [True, *([gr.skip()] * count if opened else example())]

    return open_tab


def _warm_up(exhibits: Mapping[str, Exhibit]) -> Callable[[], None]:
    """When the first page has gone out, compute every worked example once, so that no tab opens on a wait."""
    once = threading.Lock()

    def compute() -> None:
        for exhibit in exhibits.values():
            try:
                exhibit.example()
            except Exception:  # the visitor who opens that tab gets the sentence; the other tabs still warm up
                continue

    def warm_up() -> None:
        if once.acquire(blocking=False):
            threading.Timer(0.5, compute).start()

    return warm_up


def launch_arguments() -> dict[str, Any]:
    """What gradio takes at launch: theme, style and script of the frame."""
    return {
        "theme": theme(),
        "css": (FOLDER / "page.css").read_text() + read_kit_styles(),
        # Gradio scopes `css` to what is inside its container; the container's own overflow would undo the sticky rail.
        "head": "<style>.gradio-container{overflow:clip!important}</style>"
        f"<script>{read_kit_script()}{(FOLDER / 'page.js').read_text()}</script>",
    }


POLL_SECONDS = 0.01
"""How long a request may wait until a resting queue sees it."""
PROGRESS_SECONDS = 0.05
"""How often a visitor hears of progress."""


def launch_page(page: gr.Blocks) -> None:
    """Serve the page, its API and its MCP tools, at gradio's own address and port, until interrupted.

    `TENWEEKS_QUEUE` is how many requests may wait.
    """
    # Set on the queue that is there: `page.queue` would make another, and build the whole server once more for it.
    page._queue.max_size = int(os.environ.get("TENWEEKS_QUEUE", "64"))
    # gradio looks for work a thousand times a second, which costs a resting server a fifteenth of a core.
    page._queue.sleep_when_free = POLL_SECONDS
    page._queue.progress_update_sleep_when_free = PROGRESS_SECONDS
    page.launch(
        **launch_arguments(),
        mcp_server=True,
        ssr_mode=False,
        max_file_size=MAX_FILE,
        footer_links=["api", "settings"],
        # gradio would ask for the page once and give up after three seconds, which a busy machine may need.
        _frontend=False,
    )
