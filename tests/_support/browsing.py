"""What browser tests of several tabs measure: calls of Python, the time of a step, sizes of text, names of canvases."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

FRAME_MILLISECONDS = 16
_PARTS = ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration")
# The grey in the middle of each of the 28 × 28 pixels of a canvas' picture, 0 to 255.
READ_GREYS = """(canvas) => {
  const all = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data, found = [];
  for (let row = 0; row < 28; row++) for (let column = 0; column < 28; column++) {
    const y = Math.floor((row + 0.5) / 28 * canvas.height), x = Math.floor((column + 0.5) / 28 * canvas.width);
    found.push(all[4 * (y * canvas.width + x)]);
  }
  return found;
}"""
# Takes 40 steps, each with the frames in which it draws; how many of them drew.
_STEPS = """async ([target, kind]) => {
  const wait = window.requestAnimationFrame.bind(window), box = target.getBoundingClientRect();
  const acts = {
    slide(step) {
      const low = Number(target.min), count = Math.min(8, Number(target.max) - low + 1);
      target.value = low + (step % count);
      target.dispatchEvent(new Event("input", { bubbles: true }));
    },
    key(step) {
      const key = ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"][step % 5];
      target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    },
    point(step) {
      const x = box.left + (((step * 37) % 41) + 0.5) / 41 * box.width;
      const place = { clientX: x, clientY: box.top + 90, pointerType: "mouse", bubbles: true };
      target.dispatchEvent(new PointerEvent("pointermove", place));
    },
  };
  let drawn = 0, asked = false;
  window.requestAnimationFrame = (act) => { asked = true; return wait(act); };
  for (let step = 0; step < 40; step++) {
    asked = false;
    acts[kind](step);
    drawn += asked;
    await new Promise(wait);
    await new Promise(wait);
  }
  window.requestAnimationFrame = wait;
  return drawn;
}"""


def record_calls(tab: Page) -> list[Any]:
    """A list that grows with every call of Python: what the event said, or None."""
    calls: list[Any] = []

    def record(request: Request) -> None:
        if "queue/join" in request.url:
            calls.append((request.post_data_json or {}).get("event_data"))

    tab.on("request", record)
    return calls


def record_attribute(tab: Page, selector: str, name: str) -> None:
    """From now on `window.recorded` grows with each value that the attribute takes on elements of that selector."""
    tab.evaluate(
        """([selector, name]) => {
          window.recorded = [];
          new MutationObserver((changes) => changes.forEach(({ target }) =>
            target.matches(selector) && window.recorded.push(target.getAttribute(name))
          )).observe(document.body, { subtree: true, attributeFilter: [name] });
        }""",
        [selector, name],
    )


def count_wishes(calls: list[Any]) -> int:
    """How many different things were asked for: a page asks again where an answer is slow."""
    return len({json.dumps(call, sort_keys=True) for call in calls})


def change_theme(tab: Page, dark: bool) -> None:
    """As the system does in the evening: the page that is open follows, and its canvases are drawn again."""
    tab.emulate_media(color_scheme="dark" if dark else "light")
    expect(tab.locator("body.dark")).to_have_count(int(dark))
    tab.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


def upload_picture(tab: Page, path: Path) -> None:
    """Hand a file to the picture menu that is seen, as its button does."""
    with tab.expect_file_chooser() as chooser:
        tab.locator(".picture-menu").get_by_role("button", name="Upload", exact=True).locator("visible=true").click()
    chooser.value.set_files(path)


def expect_picture(tab: Page, name: str, seconds: float = 20) -> None:
    """Wait until the picture menu that is seen shows what it calls `name`: "cat", "7", "upload"."""
    menu = tab.get_by_label("Picture", exact=True).locator("visible=true")
    expect(menu).to_have_value(name, timeout=seconds * 1000)


def expect_refusal_below(tab: Page, seconds: float = 20) -> None:
    """Wait for one sentence below the picture menu, which is the only place that says it."""
    line = tab.locator(".picture-menu .line").locator("visible=true")
    expect(line).to_have_class(re.compile("problem"), timeout=seconds * 1000)
    assert line.inner_text().count(".") == 1
    expect(tab.get_by_test_id("toast-body")).to_be_hidden()


def time_steps(target: Locator, kind: str) -> float:
    """Milliseconds of the processor that a step takes, in scripts, styles and layout: the mean of 40, the best of three
    rounds. The clock on the wall would count other programs. `kind` is "slide", "key" or "point"."""
    element = target.element_handle()
    session = target.page.context.new_cdp_session(target.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def read_clock() -> float:
        values = session.send("Performance.getMetrics")["metrics"]
        return 1000 * sum(each["value"] for each in values if each["name"] in _PARTS)

    means = []
    for _ in range(3):
        before = read_clock()
        drawn = target.page.evaluate(_STEPS, [element, kind])
        assert drawn > 25, "most steps draw"
        means.append((read_clock() - before) / drawn)
    session.detach()
    print(f"{kind}, {drawn} steps: {[round(each, 1) for each in means]} ms of the processor each")
    return min(means)


def smallest_text(tab: Page, part: str) -> float:
    """Pixels of the smallest letters in the part of that selector."""
    return tab.evaluate(
        "(part) => Math.min(...[...document.querySelectorAll(`${part} *`)].filter((e) => e.innerText)"
        ".map((e) => parseFloat(getComputedStyle(e).fontSize)))",
        part,
    )


def count_unnamed(tab: Page, part: str) -> int:
    """How many canvases that are seen have no name for those who do not see them."""
    return tab.evaluate(
        "(part) => [...document.querySelectorAll(`${part} canvas`)]"
        ".filter((e) => e.offsetParent && !e.ariaLabel && !e.ariaHidden).length",
        part,
    )


def write_number(value: float, digits: int = 3) -> str:
    """As the page writes a number of 10⁻⁴ and more."""
    return f"{value:#.{digits}g}".removesuffix(".").replace("-", "−") if value else "0"


def read_number(text: str) -> float:
    """The number that a visitor reads."""
    return float(text.replace("−", "-").replace("%", "").replace("<", "").replace(">", ""))
