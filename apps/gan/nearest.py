"""Is a generator's work copied? Its pictures beside the nearest training pictures, in the features of a classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from safetensors.torch import load
from torch import Tensor

import zoo
from apps import _networks
from apps._inputs import BadInput
from apps._inputs.data_sets import read_data_set
from apps._inputs.urls import write_png_url
from apps._networks.generators import load_generator
from apps._networks.lives import read_quality


def find_nearest(network: object) -> dict[str, Any]:
    """The pictures of the golden codes and what lies nearest to each: `apps.gan.compare_nearest`.

    Raises:
        BadInput: the network is of another kind.
        ZooError: there is no such network, or it is damaged.
    """
    model = load_generator(network)
    quality = read_quality(model.release)
    codes = load(zoo.read_file(model.release, "golden.safetensors"))["inputs"].float()
    with _networks.TURN, torch.inference_mode():
        samples = (model.generate(codes) * 255).round().byte()[:, 0]
    known, problem = find_training_pictures(model.release, [each["train"] for each in quality["nearest"]])
    pairs = [
        {
            **each,
            "picture": _write_picture(samples[each["sample"]]),
            "train_picture": None if known is None else _write_picture(known[place]),
        }
        for place, each in enumerate(quality["nearest"])
    ]
    return {
        "network": model.release.reference,
        "data": quality["data"],
        "classifier": quality["classifier"],
        "pairs": sorted(pairs, key=lambda each: each["distance"]),
        "typical": quality["nearest_typical"],
        "problem": problem,
    }


def find_training_pictures(release: zoo.Release, places: list[int]) -> tuple[Tensor | None, str]:
    """These training pictures of a release, uint8 N×28×28; or None, and in one sentence why there are none."""
    data = release.config["recipe"]["data"]
    try:
        return read_data_set(data["name"], train=True, digest=data["digests"].get("train", ""))[places], ""
    except BadInput as refusal:
        return None, str(refusal)


def _write_picture(pixels: Tensor) -> str:
    return write_png_url(np.ascontiguousarray(pixels[..., None].numpy()))
