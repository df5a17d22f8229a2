"""What the Attribution tab says of its opening cat and the release `vit.cifar10`: in its claim and in its text."""

from __future__ import annotations

from typing import Any

import pytest

from apps import attribution as exhibit
from apps.attribution import layout
from apps.attribution.choices import METHODS, OPENING, REST


def test_the_map_that_opens_is_worse_than_chance_and_the_other_better() -> None:
    [opened] = layout.example()
    assert [subject["network"] for subject in opened["subjects"]] == ["vit.cifar10@v1"] * 2
    smooth, noisy = opened["curves"]
    assert (smooth["method"], noisy["method"]) == ("grad-cam", "integrated gradients")
    assert smooth["label"] == noisy["label"] == "cat"
    assert smooth["verdicts"]["deletion"].startswith("Worse than random")
    assert noisy["verdicts"]["deletion"].startswith("Better than random")
    # Understand states these.
    random = smooth["areas"]["random"]
    stated = [noisy["areas"]["deletion"], min(random), max(random), smooth["areas"]["deletion"]]
    assert [f"{area:.2f}" for area in stated] == ["0.07", "0.21", "0.42", "0.61"]
    for number in ("0.07 by integrated", "0.21 to 0.42 in random", "0.61 by Grad-CAM"):
        assert number in exhibit.EXHIBIT.understand.replace("\n", " ")
    # Where the tab rests, the three probabilities lie far apart.
    assert noisy["deletion"][REST] < 0.05
    assert 0.25 < smooth["random"][0][REST] < 0.4
    assert smooth["deletion"][REST] > 0.85


@pytest.mark.parametrize("method", METHODS)
def test_on_black_every_map_is_worse_than_chance(method: str) -> None:
    asked: dict[str, Any] = {"network": "vit.cifar10", "steps": OPENING["steps"], "baseline": "black"}
    found = exhibit.delete_pixels("cat", method=method, **asked)
    assert found["verdicts"]["deletion"].startswith("Worse than random")
