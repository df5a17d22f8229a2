"""The Model zoo tab in a real browser: plot, page of a release, training curve, table, verifying; narrow and dark."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from apps import model_zoo as tab
from apps.model_zoo.comparison import describe_plot, group_releases
from tests._support.visit import await_opening, open_tab

OVERFLOW = "document.scrollingElement.scrollWidth - innerWidth"


def find_first() -> dict[str, Any]:
    """The release on which the tab opens: the plot's first."""
    return group_releases(tab.list_releases())[0][0]


def opened(page: Page) -> Page:
    plotted = sum(map(len, group_releases(tab.list_releases())))
    expect(page.locator(".release-plot .spot")).to_have_count(plotted, timeout=20_000)
    expect(page.locator(".training-curve svg .dot").first).to_be_visible(timeout=20_000)
    return page


def order(page: Page) -> list[str]:
    return page.locator("#release-table tbody tr").evaluate_all("rows => rows.map(row => row.dataset.release)")


def expect_on_first_screen(part: Locator, height: int = 800) -> None:
    box = part.bounding_box()
    assert box
    assert box["y"] + box["height"] <= height, part


def test_a_point_opens_the_page_of_its_release_which_is_read_copied_and_verified(visit, screenshot):
    gallery = opened(visit("Model zoo"))
    first = find_first()
    expect(gallery.locator(".release-head h3")).to_have_text(first["release"])
    expect(gallery.locator(".release-head.prose")).to_contain_text(f"test set of {first['metric']['samples']:,}")
    spot = gallery.locator(".spot[aria-pressed=true]")
    expect(spot).to_have_attribute("data-spot", first["name"])
    expect(gallery).to_have_url(re.compile(r"\?tab=model-zoo$"))
    assert gallery.evaluate("document.documentElement.scrollHeight") <= 1300
    for name in ("Ask the Hub", "Verify", "Copy: load it"):
        expect_on_first_screen(gallery.get_by_role("button", name=name))
    expect_on_first_screen(gallery.locator(".release-plot"))
    screenshot(gallery, "model-zoo-1280")
    the_plot_says_what_python_computes_and_is_steered_by_pointer_and_keys(gallery)
    gallery.locator(f"[data-spot='{first['name']}'] .hit").click()
    expect(gallery.locator(".release-head h3")).to_have_text(first["release"])
    the_curve_is_read_by_pointer_and_keyboard_and_as_a_table(gallery)

    shown = tab.show_release(find_first()["release"])
    gallery.get_by_text("How it was made").click()
    for name, text in (("Copy: load it", shown["load"]), ("Copy: make it again", shown["recipe"]["command"])):
        gallery.get_by_role("button", name=name).click()
        gallery.wait_for_function("text => navigator.clipboard.readText().then(now => now === text)", arg=text)

    gallery.get_by_role("button", name="Verify").click()
    verdict = gallery.locator(".release-files .verdict.whole")
    expect(verdict).to_have_text(re.compile(r"^✓ \d+ files, [\d.]+ [KM]B, verified in [\d.]+ ms$"))
    gallery.get_by_text(f"{len(shown['files'])} files and their digests").click()
    expect(gallery.locator(".release-files tbody tr:visible")).to_have_count(len(shown["files"]))
    # The gallery of the tests has neither a network nor a repo that the catalog pins.
    gallery.get_by_role("button", name="Ask the Hub").click()
    said = gallery.locator(".release-hub .status")
    expect(said).to_contain_text(f"There is no repo to ask about {first['name']}, the catalog pins none")
    expect(said.locator("code")).to_have_text(f"python -m zoo push {first['name']} --namespace YOURS")
    gallery.get_by_role("button", name="Model card").click()
    expect(gallery.locator(".release-card.prose")).to_contain_text("Limits")
    the_table_sorts_searches_and_chooses_by_keyboard(gallery)

    # A link names a release; one that cannot be is left alone. Those below the name lead to a tab that shows it.
    gallery.evaluate("tenweeks.show('model-zoo', { network: 'lenet.mnist@[v1](x)' })")
    expect(gallery).to_have_url(re.compile(r"\?tab=model-zoo$"))
    gallery.evaluate("network => tenweeks.show('model-zoo', { network })", first["release"])
    expect(gallery.locator(".release-head h3")).to_have_text(first["release"])
    gallery.locator(".release-head").get_by_role("link", name="Classify").click()
    menu = gallery.get_by_label("Network", exact=True).locator("visible=true")
    expect(menu).to_have_value(first["release"], timeout=60_000)


def the_plot_says_what_python_computes_and_is_steered_by_pointer_and_keys(gallery: Page) -> None:
    panels = describe_plot(tab.list_releases(), None)["panels"]
    assert gallery.locator(".release-plot .panels p").all_inner_texts() == [
        f"{panel['title']}\n{panel['note']}" for panel in panels
    ]
    readout = gallery.locator(".release-plot .readout")
    expect(readout).to_contain_text("confidence interval")
    spots = [spot for panel in panels for spot in panel["spots"]]
    for spot in spots[1:3]:
        gallery.locator(f"[data-spot='{spot['name']}'] .hit").hover()
        expect(readout).to_have_text(f"{spot['short']}: {spot['text']}")
    gallery.mouse.move(5, 5)
    expect(readout).to_contain_text("confidence interval")
    # One stop of the tabulator for all panels; their points from left to right.
    expect(gallery.locator(".release-plot .spot[tabindex='0']")).to_have_count(1)
    gallery.locator(".release-plot .spot[tabindex='0']").focus()
    gallery.keyboard.press("End")
    gallery.keyboard.press("ArrowLeft")
    expect(readout).to_have_text(f"{spots[-2]['short']}: {spots[-2]['text']}")
    gallery.keyboard.press("Enter")
    chosen = gallery.locator(f"[data-spot='{spots[-2]['name']}']")
    expect(gallery.locator(".release-head h3")).to_have_text(spots[-2]["release"])
    expect(chosen).to_have_attribute("aria-pressed", "true")
    expect(chosen).to_be_focused()
    expect(gallery).to_have_url(re.compile(rf"network={spots[-2]['name']}%40v\d+$"))
    # What shapes its curve is marked on it, and told below.
    shown = tab.show_release(spots[-2]["name"])["explanation"]
    expect(gallery.locator(".training-curve .span")).to_have_count(len(shown["spans"]))
    expect(gallery.locator(".training-curve li")).to_have_text(shown["notes"])
    for span in shown["spans"]:
        expect(gallery.locator(".training-curve svg").get_by_text(span["text"])).to_be_visible()


def the_curve_is_read_by_pointer_and_keyboard_and_as_a_table(gallery: Page) -> None:
    history = tab.show_release(find_first()["release"])["history"]
    plot = gallery.locator(".training-curve .plot")
    gallery.locator("[data-quantity=loss]").click()
    plot.focus()
    gallery.keyboard.press("Home")
    expect(gallery.locator(".training-curve .readout")).to_contain_text("epoch 1")
    said = plot.get_attribute("aria-valuetext") or ""
    assert f", test {history[0]['test_loss']:#.3g}," in said
    plot.hover(position={"x": plot.evaluate("svg => svg.clientWidth") - 16, "y": 60})
    expect(gallery.locator(".training-curve .readout")).to_contain_text(f"epoch {len(history)}")
    gallery.get_by_text("The same numbers as a table").click()
    expect(gallery.locator(".training-curve tbody tr")).to_have_count(len(history))


def the_table_sorts_searches_and_chooses_by_keyboard(gallery: Page) -> None:
    gallery.get_by_role("button", name="All releases as a table").click()
    releases = tab.list_releases()
    opened_now = gallery.locator(".release-head h3").inner_text()
    expect(gallery.locator("tr[aria-selected=true]")).to_have_attribute("data-release", opened_now)
    heading = gallery.locator("th[data-key=parameters]")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    ascending = [each["release"] for each in sorted(releases, key=lambda each: (each["parameters"], each["name"]))]
    assert order(gallery) == ascending
    heading.get_by_role("button").click()
    assert order(gallery)[0] == max(releases, key=lambda each: each["parameters"])["release"]

    last = order(gallery)[-2]
    gallery.locator("#release-table tr[tabindex='0']").focus()
    gallery.keyboard.press("End")
    gallery.keyboard.press("ArrowUp")
    gallery.keyboard.press("Enter")
    expect(gallery.locator(".release-head h3")).to_have_text(last)
    expect(gallery.locator(f"tr[data-release='{last}']")).to_be_focused()
    expect(gallery.locator(".spot[aria-pressed=true]")).to_have_attribute("data-spot", last.partition("@")[0])

    search = gallery.get_by_role("searchbox", name="Search releases")
    search.fill(last.partition("@")[0])
    assert order(gallery) == [last]
    search.fill("no such network")
    expect(gallery.locator("#release-table")).to_contain_text("No release matches")


def test_narrow_and_dark_it_shows_itself_until_it_is_touched(page, screenshot):
    phone = page("", width=390, height=844, dark=True)
    phone.emulate_media(reduced_motion="no-preference", color_scheme="dark")
    await_opening(phone)
    open_tab(phone, "Model zoo")
    expect(phone.locator(".spot.seen")).to_have_count(1)
    expect_on_first_screen(phone.locator(".release-head h3"), 844)
    [first, *_] = describe_plot(tab.list_releases(), None)["panels"]
    expect(phone.locator(".release-plot .readout")).to_contain_text(first["spots"][1]["text"])
    opened(phone)
    assert phone.evaluate(OVERFLOW) <= 0
    expect_on_first_screen(phone.locator(".release-head h3"), 844)
    spot = phone.locator(f"[data-spot='{first['spots'][1]['name']}']")
    targets = phone.locator(".release-parts").locator("button, summary, .spot .hit").locator("visible=true")
    assert targets.evaluate_all("all => Math.min(...all.map((one) => one.getBoundingClientRect().height))") >= 24
    spot.locator(".hit").tap()
    expect(phone.locator(".release-head h3")).to_have_text(first["spots"][1]["release"])
    screenshot(phone, "model-zoo-390-dark")

    phone.get_by_role("button", name="All releases as a table").tap()
    right = phone.locator(
        ".release-files td, #release-table td, .training-curve .plot, .release-plot .plot, .release-hub .status"
    ).evaluate_all("all => Math.max(...all.map(one => one.getBoundingClientRect().right))")
    assert right <= 390
    phone.get_by_label("Sort by").select_option("bytes")
    sizes = {each["release"]: each["bytes"] for each in tab.list_releases()}
    assert order(phone) == sorted(sizes, key=lambda release: sizes[release])
    phone.locator("#release-table tbody tr").last.tap()
    expect(phone.locator(".release-head h3")).to_have_text(order(phone)[-1])
    expect(phone.locator(".spot.seen")).to_have_count(0)
