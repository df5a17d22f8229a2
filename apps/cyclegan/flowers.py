"""Drawn flowers before a translator: which went right, what it does with its own kind, and the release's verdict."""

from __future__ import annotations

import functools
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from apps import _networks
from apps._inputs.urls import write_png_url, write_preview_url
from apps._networks import lives
from apps.cyclegan.cycles import find_input, lay_out, measure_change, round_values, to_pixels
from apps.cyclegan.networks import describe_translator, draw_flowers, load_translator, make_other

JUDGED, SHOWN = 20, 4
"""How many drawn flowers of a kind are translated, and how many of the best and of the worst are shown."""
ALIVE = 6
"""Flowers of each kind in a frame of the training."""


def write_sheet(rows: list[Tensor]) -> str:
    """Rows of pictures as one to look at, a data URL."""
    sheet = Image.fromarray(lay_out(rows))
    return write_preview_url(sheet, max(sheet.size))


def show_both_ways(picture: Any, reference: object) -> dict[str, Any]:
    """What each generator makes of a picture: `apps.cyclegan.translate_picture`.

    Raises:
        BadInput: there is no picture to be had, or the network translates none.
        ZooError: no such network, or it is damaged.
    """
    model, x = find_input(picture, reference)
    return {"network": model.release.reference, **compare_ways(model, x)}


def compare_ways(model: Any, x: Tensor) -> dict[str, Any]:
    """A picture, and what either generator makes of it: `kind`, `picture` and mean `change` of a value."""
    ways = []
    for place, kind in enumerate(model.labels):
        made = make_other(model, x[None], 1 - place)[0]
        change = measure_change(torch.stack([x, made]))[1]
        ways.append({"kind": kind, "picture": write_png_url(to_pixels(made)), "change": change})
    return {"input": write_png_url(to_pixels(x)), "ways": ways}


@functools.lru_cache(maxsize=4)
def compare_drawn(reference: str, digest: str) -> list[dict[str, Any]]:
    """`compare_ways` of a drawn flower of either kind; `name` says which."""
    model = load_translator(describe_translator(reference))
    return [
        {"name": f"a drawn {kind}", **compare_ways(model, round_values(draw_flowers(model, place, range(1))[0]))}
        for place, kind in enumerate(("daisy", "sunflower"))
    ]


@functools.lru_cache(maxsize=8)
def rank_flowers(reference: str, digest: str, place: int) -> dict[str, Any]:
    """Translate drawn flowers of the `place`-th kind, and rank them by the discriminator of what they became.

    Returns:
        `pictures`: two rows as a data URL, the flowers and what they became, the best first and then the worst, the
        very worst last; `scores` of each, the mean over patches (trained towards 1 for real, 0 for made); `judged`.
    """
    model = load_translator(describe_translator(reference))
    flowers = round_values(draw_flowers(model, place, range(ALIVE, ALIVE + JUDGED)))
    made = make_other(model, flowers, place)
    score = (model.score_b, model.score_a)[place]
    with _networks.TURN, torch.inference_mode():
        scores = score(made).flatten(1).mean(1)
    order = scores.argsort(descending=True)
    shown = torch.cat([order[:SHOWN], order[-SHOWN:]])
    return {
        "judged": JUDGED,
        "pictures": write_sheet([flowers[shown], made[shown]]),
        "scores": scores[shown].tolist(),
    }


def tell_verdict(reference: object) -> dict[str, Any]:
    """The release's verdict on the test set, and drawn flowers: `apps.cyclegan.describe_translations`.

    Raises:
        BadInput: none was named, or it is another kind of network.
        ZooError: there is no such network, or it is damaged.
    """
    release = describe_translator(reference)
    quality = lives.read_quality(release)
    labels = release.config["labels"]
    ways = []
    for place, (way, taken) in enumerate((("a_to_b", "taken_for_b"), ("b_to_a", "taken_for_a"))):
        found = quality[way]
        ways.append(
            {
                "kind": labels[place],
                "other": labels[1 - place],
                "taken": found[taken],
                **{key: found[key] for key in ("untranslated", "probabilities", "cycle_error")},
                "drawn": rank_flowers(release.reference, release.digest, place),
            }
        )
    keys = ("data", "split", "samples", "classifier_accuracy", "smuggling")
    return {"network": release.reference, **{key: quality[key] for key in keys}, "ways": ways}


def tell_translator_life(reference: object) -> dict[str, Any]:
    """A translator's training in frames: `apps.cyclegan.describe_translator_life`.

    Raises:
        BadInput: none was named, or it is another kind of network.
        ZooError: there is no such network, or it is damaged.
    """
    release = describe_translator(reference)
    model = load_translator(release)
    drawn = [draw_flowers(model, place, range(ALIVE)) for place in (0, 1)]
    return {**lives.tell_life(release), "labels": release.config["labels"], "drawn": write_sheet(drawn)}
