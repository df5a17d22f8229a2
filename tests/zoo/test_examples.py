"""The worked examples: digits that are drawn, and photographs that a package ships."""

from __future__ import annotations

import numpy as np
import pytest

from apps._inputs import read_picture
from zoo.examples import drawn_digit, drawn_flower, example_pictures


def test_digits_are_drawn_in_dark_ink_on_white_paper() -> None:
    drawings = [np.asarray(drawn_digit(digit)) for digit in range(10)]
    for drawing in drawings:
        assert drawing.shape == (280, 280, 3)
        rows, columns = np.nonzero(drawing[..., 0] < 128)
        assert 0.03 < len(rows) / 280**2 < 0.2, "a pen's share of the sheet"
        assert 20 < rows.min() < rows.max() < 260
        assert 20 < columns.min() < columns.max() < 260
        assert rows.max() - rows.min() > 140, "as high as half the sheet"
        assert drawing.max() == 255
        assert drawing.min() < 40
    alike = [np.mean(a != b) for i, a in enumerate(drawings) for b in drawings[:i]]
    assert min(alike) > 0.02
    assert np.array_equal(np.asarray(drawn_digit(4)), drawings[4])
    assert drawn_digit(4, 28).size == (28, 28)
    assert np.array_equal(np.asarray(read_picture({"composite": drawn_digit(7)})), drawings[7])
    for wrong in (10, -1):
        with pytest.raises(ValueError, match="digit from 0 to 9"):
            drawn_digit(wrong)


def test_the_example_photographs_are_there() -> None:
    sizes = {name: read_picture(path).size for name, path in example_pictures().items()}
    assert sizes == {"cat": (451, 300), "astronaut": (512, 512), "coffee": (600, 400), "rocket": (640, 427)}


def test_a_daisy_is_white_around_yellow_and_a_sunflower_yellow_around_brown_and_no_two_are_alike() -> None:
    daisies, sunflowers = (
        [np.asarray(drawn_flower(kind, seed)).astype(int) for seed in range(6)] for kind in ("daisy", "sunflower")
    )
    assert np.array_equal(np.asarray(drawn_flower("daisy", 3)), daisies[3])
    assert all(picture.shape == (64, 64, 3) for picture in daisies + sunflowers)
    assert len({picture.tobytes() for picture in daisies + sunflowers}) == 12
    for white, yellow in zip(daisies, sunflowers, strict=True):
        middles = white[28:36, 28:36].mean((0, 1)), yellow[28:36, 28:36].mean((0, 1))
        assert middles[0][0] > 180 > 100 > middles[0][2]
        assert middles[1].max() < 130
        assert ((white > 170).all(-1)).mean() > 0.1 > ((yellow > 170).all(-1)).mean()
    for wrong in (("rose", 0, 64), ("daisy", 0, 7)):
        with pytest.raises(ValueError, match="ask for a daisy or a sunflower"):
            drawn_flower(*wrong)
