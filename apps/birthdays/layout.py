"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from apps._gallery.exhibit import listen
from apps._inputs import BadInput
from apps.birthdays import find_closest_pairs
from apps.birthdays.counting import SIZES
from apps.birthdays.parts import BirthdayWall, PairJudge
from zoo import ZooError

OPENING = ("gan-collapsed.mnist", "gan.mnist")
"""What is compared at first, where the zoo has both."""


def layout() -> Sequence[gr.components.Component]:
    wall = BirthdayWall(elem_id="birthdays-wall", elem_classes=["birthday-wall", "section"])
    judge = PairJudge(elem_id="birthdays-pairs", elem_classes=["pair-judge", "ruled", "section"])
    listen([judge.select], fetch_pairs, [], [judge])
    return [wall, judge]


def fetch_pairs(event: gr.EventData) -> dict[str, Any]:
    """Both sides as the page asked for them."""
    return answer_wish({name: getattr(event, name, None) for name in ("chosen", "samples", "draw")})


def answer_wish(asked: dict[str, Any]) -> dict[str, Any]:
    """What `find_closest_pairs` returns for each of the chosen sources, or its refusal; the wish comes with it.

    Raises:
        BadInput: there is no such source.
    """
    from apps.birthdays.pairs import offer_sources

    sources, chosen = offer_sources(), asked["chosen"]
    if not (isinstance(chosen, list) and len(chosen) == 2 and all(each in range(len(sources)) for each in chosen)):
        raise BadInput("There is no such generator in the menu: choose another.")
    answers: list[dict[str, Any]] = []
    for source in (sources[place] for place in chosen):
        try:
            answers.append(find_closest_pairs(source["network"], asked["samples"], asked["draw"], source["real"]))
        except (BadInput, ZooError) as refusal:
            answers.append({"problem": str(refusal)})
    return {"asked": asked, "answers": answers}


def example() -> Sequence[Any]:
    from apps.birthdays.pairs import PAIRS, STOPS, offer_sources

    sources = offer_sources()
    if not sources:
        return [_offer_sizes(), {"missing": "The zoo holds no generator yet. Make one: python -m training.gan."}]
    places = {source["name"]: place for place, source in enumerate(sources)}
    chosen = [places.get(name, 0) for name in OPENING]
    offer = {"sources": sources, "stops": list(STOPS), "limit": PAIRS, "chosen": chosen}
    return [_offer_sizes(), offer | answer_wish({"chosen": chosen, "samples": 10, "draw": 0})]


def _offer_sizes() -> dict[str, Any]:
    return {"sizes": list(SIZES), "size": 1000}
