"""What the tab shows of the trained networks that the repository carries."""

from __future__ import annotations

import base64
import math

import pytest

import zoo
from apps._networks.generators import list_generators
from apps.gan import describe_life
from apps.gan.networks import compare_quality

OPENING, COLLAPSED = "gan.mnist", "gan-collapsed.mnist"

pytestmark = pytest.mark.skipif(OPENING not in zoo.names(), reason="the repository does not carry gan.mnist yet")


def measure_evenness(shares: list[float]) -> float:
    return -sum(share * math.log(share) for share in shares if share) / math.log(len(shares))


def test_the_loss_is_lowest_before_there_are_digits() -> None:
    """The button that leads to the lowest loss of the generator leads to pictures of one kind, or two."""
    frames = describe_life(OPENING)["frames"]
    lowest = min(frames[1:], key=lambda frame: frame["generator_loss"])
    print(f"lowest {lowest['generator_loss']:.3f} after step {lowest['step']}, at the end "
          f"{frames[-1]['generator_loss']:.3f}")  # fmt: skip
    assert lowest["generator_loss"] < frames[-1]["generator_loss"]
    assert measure_evenness(lowest["shares"]) < 0.5 < measure_evenness(frames[-1]["shares"])


def test_every_digit_comes_and_hardly_one_where_it_collapsed() -> None:
    rows = {row["network"].split("@")[0]: row for row in compare_quality()}
    assert rows[OPENING]["rarest"]["share"] >= 0.05
    if COLLAPSED not in rows:
        pytest.skip(f"the repository does not carry {COLLAPSED} yet")
    assert rows[COLLAPSED]["entropy"] < rows[OPENING]["entropy"]
    assert rows[COLLAPSED]["frechet"] > rows[OPENING]["frechet"]


def test_a_life_s_frames_weigh_little_enough_to_be_sent_at_the_opening() -> None:
    for release in list_generators():
        pictures = describe_life(release.reference)["pictures"]
        size = len(base64.b64decode(pictures.partition(",")[2]))
        print(f"{release.reference}: {size / 1e6:.2f} MB of frames")
        assert size < 1_200_000
