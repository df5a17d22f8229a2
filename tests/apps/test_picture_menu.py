"""The menu of pictures: what Python gets of it, and what it does in a page of its own."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.utils import get_upload_folder
from playwright.sync_api import Locator, Page, expect

from apps._inputs import BadInput
from apps._inputs.picture_menu import ChosenPicture, PictureMenu, picture_menu
from tests._support.visit import await_opening, open_tab
from zoo.examples import example_pictures

SECONDS = 1000
PROGRAM = """
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), {root!r}]

from apps._gallery.exhibit import Exhibit
from apps._gallery.page import build_page, launch_page

tabs = [Exhibit(name, title=name.title(), claim="A claim", lead="**Do** it.", order=place, functions=(), group="Start")
        for place, name in enumerate(("one", "two", "three"))]
launch_page(build_page({{tab.slug: tab for tab in tabs}}))
"""
LAYOUT = """
from types import SimpleNamespace

import gradio as gr

from apps._gallery.exhibit import listen
from apps._inputs import read_picture
from apps._inputs.network_menu import network_menu
from apps._inputs.picture_menu import picture_menu

NETWORKS = [SimpleNamespace(reference=name, metric=SimpleNamespace(value=0.5)) for name in ("digits@v1", "photos@v1")]
EXAMPLES = [("a cat", "cat"), ("a rocket", "rocket"), ("a drawn 7", "7")]


def layout():
    network = network_menu("Network", NETWORKS, [], "photos@v1")
    suits = lambda name, network: (name == "7") == (network == "digits@v1")
    picture = picture_menu("Picture", EXAMPLES, ("cat", "7"), network, suits)
    seen = gr.Textbox(label="Seen", elem_classes="seen")

    def show(network, picture):
        size = read_picture(picture).size if picture.name == "upload" else ""
        return f"{network} {picture.name} {size}"

    listen([network.input, picture.input], show, [network, picture], [seen], refusals=picture)
    return [seen]


def example():
    return ["example"]
"""


def build_menu() -> PictureMenu:
    with gr.Blocks():
        return picture_menu("Picture", [("a cat", "cat"), ("a drawn 7", "7")], ("cat",))


@pytest.fixture
def uploaded() -> Iterator[str]:
    """The path of a file in gradio's folder of uploads."""
    root = Path(get_upload_folder())
    root.mkdir(parents=True, exist_ok=True)
    folder = tempfile.mkdtemp(dir=root)
    yield str(shutil.copy(str(example_pictures()["cat"]), folder))
    shutil.rmtree(folder)


def as_file(path: str) -> dict[str, Any]:
    return {"path": path, "orig_name": "mine.png", "meta": {"_type": "gradio.FileData"}}


# ------------------------------------------------------------------------------------------------------ in Python


def test_python_gets_a_name_or_the_path_of_an_upload(uploaded: str) -> None:
    menu = build_menu()
    cat = menu.preprocess({"chosen": "cat", "file": None})
    assert (cat, cat.name, cat.upload) == ("cat", "cat", "")
    mine = menu.preprocess({"chosen": "upload", "file": as_file(uploaded)})
    assert (mine, mine.name, mine.upload) == (uploaded, "upload", uploaded)
    other = menu.preprocess({"chosen": "7", "file": as_file(uploaded)})
    assert (other, other.named("upload"), other.named("cat")) == ("7", uploaded, "cat")
    assert menu.preprocess(menu.value) == "cat"  # before it was drawn


def test_nothing_else_is_a_picture(uploaded: str) -> None:
    menu = build_menu()
    wrong: list[Any] = [None, [], "cat", {}, {"chosen": "/etc/passwd"}, {"chosen": uploaded}, {"chosen": "upload"}]
    assert [menu.preprocess(value) for value in [*wrong, {"chosen": 7}, {"chosen": ["cat"]}]] == [""] * 9
    for name in ("upload", "/etc/passwd", uploaded, None, 7, ["cat"]):
        with pytest.raises(BadInput, match="Choose a picture first"):
            ChosenPicture("cat", "", frozenset({"cat"})).named(name)


@pytest.mark.parametrize("marked", [True, False])
def test_a_forged_path_is_refused_in_one_sentence(marked: bool, uploaded: str) -> None:
    menu = build_menu()
    files: list[Any] = [as_file("/etc/passwd"), as_file(__file__), as_file(f"{get_upload_folder()}/../passwd")]
    if not marked:
        files = [{"path": uploaded}, {"path": "/etc/passwd"}, "/etc/passwd", 7, [uploaded]]
    for file in files:
        with pytest.raises(gr.Error, match=r"^'?The (picture did not arrive|uploaded file cannot be found): upload"):
            menu.preprocess({"chosen": "upload", "file": file})


def test_every_value_is_whole_and_opens_on_what_suits() -> None:
    menu = build_menu()
    assert menu.refuse("No.") == menu.value | {"problem": "No."}
    assert menu.value["chosen"] == "cat"
    assert {"label", "examples", "opening", "suits", "megabytes", "link"} <= set(menu.value)


# ----------------------------------------------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def tiny(start_app: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A gallery of three tabs, each with a network menu, a picture menu, and a line that says what Python saw."""
    folder = tmp_path_factory.mktemp("tiny")
    for name in ("one", "two", "three"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").touch()
        (folder / name / "layout.py").write_text(LAYOUT)
    program = folder / "program.py"
    program.write_text(PROGRAM.format(root=str(Path(__file__).parents[2])))
    return start_app(program).url


def menu(tab: Page) -> Locator:
    return tab.get_by_label("Picture", exact=True).locator("visible=true")


def line(tab: Page) -> Locator:
    return tab.locator(".picture-menu:visible .line")


def expect_seen(tab: Page, pattern: str) -> None:
    expect(tab.locator(".seen textarea:visible")).to_have_value(re.compile(pattern), timeout=20 * SECONDS)


def chooser(tab: Page) -> Locator:
    return tab.locator(".tabitem:visible").get_by_label("Picture file")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_picture_goes_along_until_it_is_put_away(page, tiny: str, tmp_path: Path, screenshot, width: int) -> None:
    tab = page(tiny, width=width)
    await_opening(tab)
    open_tab(tab, "One")
    expect(menu(tab)).to_have_value("cat")
    menu(tab).select_option("rocket")
    expect_seen(tab, "^photos@v1 rocket")
    expect(tab).to_have_url(re.compile(r"\?tab=one&picture=rocket$"))
    chooser(tab).set_input_files(example_pictures()["rocket"])
    expect_seen(tab, r"^photos@v1 upload \(640, 427\)")
    expect(menu(tab).locator("option:checked")).to_have_text("your picture")
    expect(tab).to_have_url(re.compile(r"\?tab=one$"))
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    screenshot(tab, f"picture-menu-{width}")

    open_tab(tab, "Two")
    expect_seen(tab, r"^photos@v1 upload \(640")
    menu(tab).select_option("cat")
    expect_seen(tab, "^photos@v1 cat")
    open_tab(tab, "One")
    expect(menu(tab)).to_have_value("upload")
    open_tab(tab, "Two")
    expect(menu(tab)).to_have_value("cat")  # the visitor's own choice stays, whatever goes along

    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n123")
    chooser(tab).set_input_files(broken)
    expect(line(tab)).to_contain_text("stops before its picture is complete", timeout=20 * SECONDS)
    expect(line(tab)).to_have_class(re.compile("problem"))
    expect(menu(tab)).to_have_value("cat")
    expect(tab.locator(".error, .toast-body")).to_have_count(0)

    tab.get_by_role("button", name="Put away").locator("visible=true").click()
    expect(menu(tab).locator("option", has_text="your picture")).to_have_count(0)
    expect(menu(tab)).to_have_value("cat")
    open_tab(tab, "One")
    expect_seen(tab, "^photos@v1 cat")
    open_tab(tab, "Three")
    expect(menu(tab)).to_have_value("cat")


def test_a_picture_is_dropped_or_pasted_and_suits_the_network(page, tiny: str) -> None:
    tab = page(tiny)
    await_opening(tab)
    open_tab(tab, "Two")
    paint = """async (kind) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: kind === "drop" ? 30 : 40, height: 20 });
      const blob = await new Promise((resolve) => canvas.toBlob(resolve));
      const data = new DataTransfer();
      data.items.add(new File([blob], `${kind}.png`, { type: "image/png" }));
      const event = kind === "drop" ? new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data })
        : new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data });
      const menus = [...document.querySelectorAll(".picture-menu")].filter((each) => each.offsetParent);
      (kind === "drop" ? menus[0] : document.body).dispatchEvent(event);
    }"""
    tab.evaluate(paint, "drop")
    expect_seen(tab, r"upload \(30, 20\)")
    tab.evaluate(paint, "paste")
    expect_seen(tab, r"upload \(40, 20\)")

    open_tab(tab, "One")
    tab.get_by_role("button", name="Put away").locator("visible=true").click()
    expect_seen(tab, "^photos@v1 cat")
    tab.get_by_label("Network", exact=True).locator("visible=true").select_option("digits@v1")
    expect_seen(tab, "^digits@v1 7")
    expect(menu(tab)).to_have_value("7")
    expect(menu(tab).locator("optgroup[label='for other networks'] option")).to_have_text(["a cat", "a rocket"])
    menu(tab).select_option("cat")  # which is allowed
    expect_seen(tab, "^digits@v1 cat")


def test_a_link_names_network_and_picture(page, tiny: str) -> None:
    tab = page(f"{tiny}?tab=two&network=digits@v1&picture=rocket")
    expect_seen(tab, "^digits@v1 rocket")
    expect(menu(tab)).to_have_value("rocket")
    address = tab.url
    assert "network=digits%40v1" in address
    assert "picture=rocket" in address
    tab.get_by_role("button", name="Copy link").locator("visible=true").click()
    assert tab.evaluate("navigator.clipboard.readText()") == address
    for wrong in ("picture=dog&network=nothing", "picture=upload", "picture=&network=", "picture=%00&row=1e9"):
        tab = page(f"{tiny}?tab=two&{wrong}")
        expect_seen(tab, "^example$")
        tab.wait_for_timeout(300)
        expect(menu(tab)).to_have_value("cat")
        expect_seen(tab, "^example$")
        expect(line(tab)).to_have_text("")
