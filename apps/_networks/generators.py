"""The zoo's adversarial networks: which there are, and pictures in a classifier's features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import zoo
from apps import _networks

if TYPE_CHECKING:
    from torch import Tensor

FAMILIES = ("gan", "dcgan", "wgan")
"""Architectures with `generate`, from codes to pictures in 0..1, and `score`, a number for each picture."""
OPENING = "gan.mnist"


def list_generators() -> list[zoo.Release]:
    """The adversarial networks that are here: those of digits first, the plain ones before their variants."""
    releases = [zoo.describe(name) for name in zoo.names()]
    found = [each for each in releases if each.architecture in FAMILIES and each.here]
    return sorted(found, key=lambda each: (each.name != OPENING, "mnist" not in each.name.split(".")[1:], each.name))


def describe_generator(reference: object) -> zoo.Release:
    """The adversarial network of that name.

    Raises:
        BadInput: none was named, or it is another kind of network.
        UnknownName: the zoo has none of that name.
    """
    return _networks.describe_release(reference, FAMILIES, "an adversarial network", OPENING)


def load_generator(reference: object) -> Any:
    """One copy for all visitors, in evaluation mode.

    Raises:
        BadInput: none was named, or it is another kind of network.
        ZooError: there is none of that name, or it is damaged.
    """
    return _networks.load(describe_generator(reference).reference)


def compute_features(classifier: str, pictures: Tensor) -> Tensor:
    """N×1×28×28 in 0..1 -> N×D: the numbers before a classifier's last layer, in which a quality is measured too.

    Raises:
        ZooError: the zoo does not have it, or it is damaged.
    """
    import torch
    from torch import nn

    model = _networks.load(classifier)
    preprocess: Any = model.preprocess
    mean, std = (torch.tensor(each).view(1, -1, 1, 1) for each in (preprocess.mean, preprocess.std))
    seen: list[Tensor] = []
    last = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    with _networks.TURN, torch.inference_mode():
        hook = last.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        try:
            model((pictures - mean) / std)
        finally:
            hook.remove()
    return seen[0]
