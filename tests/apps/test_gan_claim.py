"""What the tab shows of the trained networks that the repository carries."""

from __future__ import annotations

import base64
import io
import math
import os
import re

import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from apps import birthdays
from apps._inputs.data_sets import read_data_set
from apps._networks.generators import compute_features, list_generators
from apps.birthdays import find_closest_pairs
from apps.birthdays.pairs import PAIRS, select_closest
from apps.gan import compare_nearest, describe_life
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


@pytest.mark.skipif("TENWEEKS_DATA" not in os.environ, reason="the real data sets are not on this machine")
def test_the_pictures_that_are_shown_lie_as_far_apart_as_is_stated() -> None:
    """So `train` counts in the training set's own order, and the samples are those that were measured."""
    for release in list_generators():
        found = compare_nearest(release.reference)
        assert found["problem"] == ""
        own, training = (
            torch.tensor(np.stack([read_picture(pair[name]) for pair in found["pairs"]]))[:, None].float() / 255
            for name in ("picture", "train_picture")
        )
        features = [compute_features(found["classifier"], pictures) for pictures in (own, training)]
        distances = (features[0] - features[1]).norm(dim=1).tolist()
        assert distances == pytest.approx([pair["distance"] for pair in found["pairs"]], abs=1e-3)


def read_picture(url: str) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


def test_ten_samples_give_the_collapsed_one_away() -> None:
    """What the tab opens on: all pairs shown of the collapsed one are nearer than the nearest of the other."""
    collapsed, other = (find_closest_pairs(name, 10, 0)["pairs"] for name in (COLLAPSED, OPENING))
    nearer = sum(pair["distance"] < other[0]["distance"] for pair in collapsed)
    print(f"{nearer} of {len(collapsed)} pairs are nearer than {other[0]['distance']:.2f}")
    assert nearer == PAIRS


@pytest.mark.skipif("TENWEEKS_DATA" not in os.environ, reason="the real data sets are not on this machine")
def test_features_find_pairs_of_one_class_more_often_than_pixels() -> None:
    """The shares that `understand.md` states: of the 20 closest pairs among 50 real pictures, in 40 draws."""
    from torchvision import datasets

    said = re.findall(r"(\d+) % by features and (\d+) % by pixels", birthdays.EXHIBIT.understand.replace("\n", " "))
    assert len(said) == 2
    sets = (("mnist", datasets.MNIST), ("fashionmnist", datasets.FashionMNIST))
    for (by_features, by_pixels), (name, kind) in zip(said, sets, strict=True):
        pictures = read_data_set(name)[:2000, None].float() / 255
        labels = kind(os.environ["TENWEEKS_DATA"], train=False).targets
        features = compute_features(f"lenet.{name}", pictures)
        for stated, points in ((by_features, features), (by_pixels, pictures.flatten(1))):
            alike = []
            for start in range(0, 2000, 50):
                rows, columns, _ = select_closest(points[start : start + 50], PAIRS)
                drawn = labels[start : start + 50]
                alike.append((drawn[rows] == drawn[columns]).double().mean())
            share = float(torch.stack(alike).mean())
            print(f"{name}: {share:.3f}")
            assert f"{share:.0%}" == f"{stated}%"
