"""The browser's kit in an empty page: a camera that is lent, refused, or not there."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

_PAGE = "<div id='root'><button id='open'>Camera</button><div id='host'></div></div>"
_START = """(error) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  const pen = canvas.getContext("2d");
  setInterval(() => { pen.fillStyle = "#c02040"; pen.fillRect(0, 0, 64, 48); }, 30);
  window.asked = 0;
  window.tracks = [];
  const getUserMedia = async () => {
    window.asked += 1;
    if (error) throw new DOMException("", error);
    const stream = canvas.captureStream(30);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
  Object.defineProperty(navigator, "mediaDevices", { value: error === "none" ? undefined : { getUserMedia } });
  kit.camera(find("#open"), find("#host"), { take: (file) => seen.push(file), refuse: (text) => seen.push(text) });
}"""


def test_a_camera_takes_pictures_until_it_is_closed_or_out_of_sight(kit_page: Any) -> None:
    tab = kit_page(_PAGE)
    tab.evaluate(_START, None)
    opener = tab.get_by_role("button", name="Camera", exact=True)
    opener.dblclick()  # the second press asks for no second camera
    shoot = tab.get_by_role("button", name="Take picture")
    expect(shoot).to_be_focused()
    expect(opener).to_be_hidden()
    assert tab.evaluate("asked") == 1
    tab.wait_for_function("find('video').videoWidth === 64")
    for count in (1, 2):
        shoot.click()
        tab.wait_for_function(f"seen.length === {count}")
    assert tab.evaluate("seen.map(({ name, type, size }) => [name, type, size > 100])") == [
        ["camera 1.jpg", "image/jpeg", True],
        ["camera 2.jpg", "image/jpeg", True],
    ]
    assert tab.evaluate("createImageBitmap(seen[0]).then(({ width, height }) => [width, height])") == [64, 48]
    tab.get_by_role("button", name="Close camera").click()
    expect(opener).to_be_focused()
    assert tab.evaluate("tracks[0].readyState") == "ended"

    opener.click()
    expect(shoot).to_be_visible()
    tab.evaluate("root.style.display = 'none'")  # another tab of the gallery is shown
    tab.wait_for_function("tracks[1].readyState === 'ended'")
    tab.evaluate("root.style.display = ''")
    expect(shoot).to_have_count(0)
    expect(opener).to_be_visible()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("NotAllowedError", "The camera was refused: allow it in the browser, or choose files."),
        ("NotFoundError", "This device has no camera: choose files."),
        ("NotReadableError", "Another program uses the camera: close it there, or choose files."),
        ("none", "The browser gives this page no camera: choose files."),
    ],
)
def test_without_a_camera_one_sentence_says_why(kit_page: Any, error: str, sentence: str) -> None:
    tab = kit_page(_PAGE)
    tab.evaluate(_START, error)
    tab.get_by_role("button", name="Camera", exact=True).click()
    tab.wait_for_function("seen.length === 1")
    assert tab.evaluate("seen") == [sentence]
    expect(tab.locator("video")).to_have_count(0)
