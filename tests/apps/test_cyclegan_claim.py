"""What the tab shows of the trained translator that the repository carries."""

from __future__ import annotations

import base64

import pytest

import zoo
from apps.cyclegan import cycle_picture, describe_translations, describe_translator_life
from apps.cyclegan.cycles import OPENING_STEP
from apps.cyclegan.networks import OPENING

pytestmark = pytest.mark.skipif(OPENING not in zoo.names(), reason=f"the repository does not carry {OPENING} yet")


def test_the_way_back_loses_more_than_the_middle_and_than_where_nothing_is_hidden() -> None:
    """At the bits on which the slider rests; if it ever fails, the tab's claim has to be another."""
    for kind in ("daisy", "sunflower"):
        steps = {step["step"]: step for step in cycle_picture(kind, kind=kind)["steps"]}
        whole, rests = steps[8], steps[OPENING_STEP]
        print(kind, {name: round(255 * rests[name], 1) for name in rests if name.endswith(("change", "error"))})
        assert rests["back_change"] > rests["middle_change"]
        assert rests["back_change"] > rests["plain_change"]
        assert rests["cycle_error"] > whole["cycle_error"]


def test_the_test_photographs_lose_their_cycle_with_the_bits() -> None:
    verdict = describe_translations()
    errors = [each["cycle_error"] for each in verdict["smuggling"]]
    print({each["bits"]: round(255 * each["cycle_error"], 1) for each in verdict["smuggling"]})
    assert errors[-1] > errors[0]
    for way in verdict["ways"]:
        print(f"{way['kind']}: {way['taken']:.1%} taken for a {way['other']}, {way['untranslated']:.1%} untranslated")
        assert way["taken"] > way["untranslated"]


def test_the_frames_weigh_little_enough_to_be_sent_at_once() -> None:
    pictures = describe_translator_life(OPENING)["pictures"]
    size = len(base64.b64decode(pictures.partition(",")[2]))
    print(f"{size / 1e6:.2f} MB of frames")
    assert size < 2_500_000
