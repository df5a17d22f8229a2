"""What the tab opens on: two planes, two digits with a hole between them, and what every network pays."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import torch
from PIL import Image

import zoo
from apps.autoencoders import measure_holes
from apps.autoencoders.coding import encode_picture
from apps.autoencoders.holes import judge_codes
from apps.autoencoders.linear import describe_linear
from apps.autoencoders.networks import count_numbers, encode, list_networks, load_autoencoder, read_nats
from apps.autoencoders.planes import write_plane
from zoo.examples import drawn_digit

AUTOENCODER, VAE = "autoencoder.mnist", "vae.mnist"
STOPS = 9
"""Places on a walk at which the judge looks."""
USED = 0.05
"""Nats of mean KL from which on a dimension counts as used."""


def find_missing() -> str:
    """A sentence that says how to make what the tab opens on; "" where nothing is missing."""
    for name, module in ((AUTOENCODER, "autoencoder"), (VAE, "vae")):
        if name not in zoo.names():
            return f"The zoo holds no {name} yet. Make it: python -m training.{module}."
    return ""


def weigh_digit(picture: Image.Image, name: str) -> dict[str, Any]:
    """What every network makes of a digit: its `name`, and under `networks` what `encode_digit` returns.

    Raises:
        BadInput: there is nothing on the picture.
    """
    found = [encode_picture(picture, each.reference) for each in list_networks()]
    return {"name": name, "saw": found[0]["saw"], "networks": found}


def place_digit(digit: dict[str, Any]) -> dict[str, Any]:
    """Of what `weigh_digit` found all that a plane shows: `name`, `saw`, and `code` and `deviation` in each network."""
    places = [{key: each[key] for key in ("network", "code", "deviation")} for each in digit["networks"]]
    return {"name": digit["name"], "saw": digit["saw"], "networks": places}


def describe_opening(planes: tuple[str, str]) -> list[dict[str, Any]]:
    """The values of the three parts: planes, costs and dimensions; `planes` are both networks by reference."""
    first, second = choose_walk(*planes)
    digits = [weigh_digit(drawn_digit(number), f"drawn {number}") for number in (first, second)]
    vaes = [each for each in list_networks() if each.architecture == "vae" and count_numbers(each) == 2]
    opened = {
        "planes": [write_plane(each) for each in planes],
        "holes": [measure_holes(each) for each in planes],
        "networks": [{"network": each.reference, "beta": read_nats(each)["beta"]} for each in vaes],
        "digits": [place_digit(each) for each in digits],
    }
    costs = {"networks": [describe_costs(each) for each in list_networks()], "digit": digits[1]}
    return [opened, costs, {"linear": describe_linear(), "measured": describe_measured()}]


def describe_costs(release: zoo.Release) -> dict[str, Any]:
    """What the digits of the test set cost in a network, class by class and on the average, in nats."""
    nats = read_nats(release)
    classes = nats["classes"]
    count = sum(row["count"] for row in classes)
    means = {key: sum(row[key] * row["count"] for row in classes) / count for key in ("reconstruction", "kl")}
    return {
        "network": release.reference,
        "vae": release.architecture == "vae",
        "beta": nats["beta"],
        "numbers": count_numbers(release),
        "count": count,
        "classes": classes,
        **means,
    }


def describe_measured() -> dict[str, Any] | None:
    """Mean KL of every dimension of the VAE with the most numbers, largest first; None where all have two."""
    largest = max((each for each in list_networks() if each.architecture == "vae"), key=count_numbers)
    if count_numbers(largest) == 2:
        return None
    kl = sorted(read_nats(largest)["dimensions"], reverse=True)
    return {"network": largest.reference, "kl": kl, "threshold": USED, "used": sum(each >= USED for each in kl)}


@functools.lru_cache(maxsize=2)
def choose_walk(plain: str, vae: str) -> tuple[int, int]:
    """The two drawn digits between which the judge of holes loses more of its certainty in the first plane.

    Both are digits that either network draws again as what they are, in the judge's eyes, if there are two. An example
    that shows the difference, and no measure of it: that is what `measure_holes` is for.
    """
    pairs = list(itertools.combinations(range(10), 2))
    first, second = (torch.tensor(ends) for ends in zip(*pairs, strict=True))
    gain, kept = torch.zeros(len(pairs)), torch.ones(10, dtype=torch.bool)
    for reference, sign in ((plain, -1), (vae, 1)):
        model = load_autoencoder(reference)
        codes = encode(model, torch.stack([model.preprocess(drawn_digit(number)) for number in range(10)]))[0]
        kept &= judge_codes(model, codes).argmax(1) == torch.arange(10)
        ways = codes[first, None] + torch.linspace(0, 1, STOPS)[:, None] * (codes[second] - codes[first])[:, None]
        gain += sign * judge_codes(model, ways.flatten(0, 1)).amax(1).view(len(pairs), STOPS).mean(1)
    if kept.sum() > 1:
        gain[~(kept[first] & kept[second])] = -1
    return pairs[int(gain.argmax())]
