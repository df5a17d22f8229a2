"""A digit is brought to MNIST's form, and a picture that has it is left as it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from zoo.examples import drawn_digit
from zoo.preprocessing import Preprocessing

DIGIT = Preprocessing("digit", 28, (0.1307,), (0.3081,))


def prepare(picture: Image.Image) -> np.ndarray:
    """What the network sees, as uint8 28×28."""
    return DIGIT.picture(DIGIT(picture))[..., 0]


def draw_cross(rows: tuple[int, int], columns: tuple[int, int], white: int = 255) -> Image.Image:
    """A cross on black, 28×28 pixels, that fills these rows and columns, last ones included."""
    picture = Image.new("L", (28, 28))
    pen = ImageDraw.Draw(picture)
    pen.line((columns[0], sum(rows) // 2, columns[1], sum(rows) // 2), fill=white)
    pen.line((sum(columns) // 2, rows[0], sum(columns) // 2, rows[1]), fill=white)
    return picture


def find_ink(pixels: np.ndarray) -> tuple[int, int, float, float]:
    """Height, width, and centre of mass (row, column) of what is not black."""
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    mass = pixels / pixels.sum()
    centre = (mass.sum(1) * np.arange(28)).sum(), (mass.sum(0) * np.arange(28)).sum()
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1, *centre


@pytest.mark.parametrize("size", [28, 97, 280])
@pytest.mark.parametrize("digit", range(10))
def test_a_prepared_digit_fills_its_box_around_the_middle_and_is_left_as_it_is(digit: int, size: int) -> None:
    once = prepare(drawn_digit(digit, size))
    height, width, row, column = find_ink(once)
    assert 19 <= max(height, width) <= 20
    assert abs(row - 14) <= 0.5
    assert abs(column - 14) <= 0.5
    for again in (Image.fromarray(once), Image.fromarray(once).convert("RGB"), Image.fromarray(255 - once)):
        assert np.array_equal(prepare(again), once)


def test_a_picture_in_mnists_form_is_left_as_it_is() -> None:
    """With soft edges that the strongest half of its ink does not reach: it was scaled to fill the box again."""
    pixels = np.array(draw_cross((4, 23), (6, 21)))
    pixels[4, 13], pixels[23, 13] = 40, 40
    assert np.array_equal(prepare(Image.fromarray(pixels)), pixels)


@pytest.mark.parametrize(
    ("why", "picture"),
    [
        ("too small", draw_cross((9, 18), (9, 18))),
        ("too large", draw_cross((2, 25), (4, 23))),
        ("off the middle", draw_cross((4, 23), (1, 20))),
        ("too pale", draw_cross((4, 23), (4, 23), white=150)),
    ],
)
def test_a_picture_of_28_pixels_without_the_form_is_brought_to_it(why: str, picture: Image.Image) -> None:
    pixels = prepare(picture)
    height, width, row, column = find_ink(pixels)
    assert not np.array_equal(pixels, np.array(picture))
    assert max(height, width) == 20
    assert max(abs(row - 14), abs(column - 14)) <= 0.5
    assert pixels.max() > 200


def test_black_and_white_paper_stay_black() -> None:
    for shade in (0, 255):
        assert torch.equal(DIGIT(Image.new("L", (28, 28), shade)), DIGIT(Image.new("L", (60, 30), 0)))


def test_a_grey_picture_is_its_middle_square_light_on_black_and_left_alone_where_it_is_ready() -> None:
    grey = Preprocessing("grey", 28, (0.0,), (1.0,))
    shirt = Image.new("L", (60, 40), 250)
    ImageDraw.Draw(shirt).rectangle((20, 10, 39, 29), fill=30)
    pixels = grey.picture(grey(shirt))[..., 0]
    assert (pixels.shape, int(pixels[0, 0]), int(pixels[14, 14])) == ((28, 28), 5, 225)
    assert np.array_equal(grey.picture(grey(Image.eval(shirt, lambda value: 255 - value)))[..., 0], pixels)
    bright = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    bright[0] = bright[-1] = bright[:, 0] = bright[:, -1] = 255
    assert np.array_equal(grey.picture(grey(Image.fromarray(bright)))[..., 0], bright)
    assert grey(Image.new("RGBA", (1, 500))).shape == (1, 28, 28)
