"""The Model zoo tab in a real browser: table, page of a release, training curve, verifying, narrow and dark."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

import zoo
from apps import model_zoo as tab

OVERFLOW = "document.scrollingElement.scrollWidth - innerWidth"


def opened(page: Page) -> Page:
    expect(page.locator("#release-table tbody tr")).to_have_count(len(zoo.names()), timeout=20_000)
    expect(page.locator(".training-curve svg .dot").first).to_be_visible(timeout=20_000)
    return page


def order(page: Page) -> list[str]:
    return page.locator("#release-table tbody tr").evaluate_all("rows => rows.map(row => row.dataset.release)")


def test_the_page_of_the_first_release_is_read_copied_and_verified(visit, screenshot):
    gallery = opened(visit("Model zoo"))
    first = tab.list_releases()[0]
    expect(gallery.locator(".release-head h3")).to_have_text(first["release"])
    expect(gallery.locator(".release-head.prose")).to_contain_text(f"test set of {first['metric']['samples']:,}")
    expect(gallery.locator("tr[aria-selected=true]")).to_have_attribute("data-release", first["release"])
    expect(gallery).to_have_url(re.compile(r"\?tab=model-zoo$"))
    assert gallery.evaluate("document.documentElement.scrollHeight") <= 1800
    for name in ("Verify", "Copy: load it"):
        box = gallery.get_by_role("button", name=name).bounding_box()
        assert box
        assert box["y"] + box["height"] <= 800, f"{name} is on the first screen"
    screenshot(gallery, "model-zoo-1280")
    the_curve_is_read_by_pointer_and_keyboard_and_as_a_table(gallery)

    shown = tab.show_release(zoo.names()[0])
    gallery.get_by_text("How it was made").click()
    for name, text in (("Copy: load it", shown["load"]), ("Copy: make it again", shown["recipe"]["command"])):
        gallery.get_by_role("button", name=name).click()
        gallery.wait_for_function("text => navigator.clipboard.readText().then(now => now === text)", arg=text)

    gallery.get_by_role("button", name="Verify").click()
    verdict = gallery.locator(".release-files .verdict.whole")
    expect(verdict).to_have_text(re.compile(r"^✓ \d+ files, [\d.]+ [KM]B, verified in [\d.]+ ms$"))
    gallery.get_by_text(f"{len(shown['files'])} files and their digests").click()
    expect(gallery.locator(".release-files tbody tr:visible")).to_have_count(len(shown["files"]))
    gallery.get_by_role("button", name="Model card").click()
    expect(gallery.locator(".release-card.prose")).to_contain_text("Limits")

    # The links lead to a tab that shows it.
    gallery.locator(".release-head").get_by_role("link", name="Classify").click()
    menu = gallery.get_by_label("Network", exact=True).locator("visible=true")
    expect(menu).to_have_value(first["release"], timeout=60_000)


def the_curve_is_read_by_pointer_and_keyboard_and_as_a_table(gallery: Page) -> None:
    history = tab.show_release(zoo.names()[0])["history"]
    plot = gallery.locator(".training-curve .plot")
    gallery.locator("[data-quantity=loss]").click()
    plot.focus()
    gallery.keyboard.press("Home")
    expect(gallery.locator(".readout")).to_contain_text("epoch 1")
    said = plot.get_attribute("aria-valuetext") or ""
    assert f", test {history[0]['test_loss']:#.3g}," in said
    plot.hover(position={"x": plot.evaluate("svg => svg.clientWidth") - 16, "y": 60})
    expect(gallery.locator(".readout")).to_contain_text(f"epoch {len(history)}")
    gallery.get_by_text("The same numbers as a table").click()
    expect(gallery.locator(".training-curve tbody tr")).to_have_count(len(history))


def test_sorts_searches_and_chooses_by_keyboard(visit):
    gallery = opened(visit("Model zoo"))
    releases = tab.list_releases()
    heading = gallery.locator("th[data-key=parameters]")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    ascending = [each["release"] for each in sorted(releases, key=lambda each: (each["parameters"], each["name"]))]
    assert order(gallery) == ascending
    heading.get_by_role("button").click()
    assert order(gallery)[0] == max(releases, key=lambda each: each["parameters"])["release"]

    last = order(gallery)[-1]
    gallery.locator("#release-table tr[tabindex='0']").focus()
    gallery.keyboard.press("End")
    gallery.keyboard.press("Enter")
    expect(gallery.locator(".release-head h3")).to_have_text(last)
    expect(gallery.locator(f"tr[data-release='{last}']")).to_be_focused()

    search = gallery.get_by_role("searchbox", name="Search releases")
    search.fill(last.partition("@")[0])
    assert order(gallery) == [last]
    search.fill("no such network")
    expect(gallery.locator("#release-table")).to_contain_text("No release matches")


def test_narrow_and_dark(page, screenshot):
    phone = opened(page("?tab=model-zoo", width=390, height=844, dark=True))
    assert phone.evaluate(OVERFLOW) <= 0
    right = phone.locator(".release-files td, #release-table td, .training-curve .plot").evaluate_all(
        "all => Math.max(...all.map(one => one.getBoundingClientRect().right))"
    )
    assert right <= 390
    screenshot(phone, "model-zoo-390-dark")
    phone.get_by_label("Sort by").select_option("bytes")
    sizes = {each["release"]: each["bytes"] for each in tab.list_releases()}
    assert order(phone) == sorted(sizes, key=lambda release: sizes[release])
    phone.locator("#release-table tbody tr").last.tap()
    expect(phone.locator(".release-head h3")).to_have_text(order(phone)[-1])
