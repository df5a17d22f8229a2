"""What the recipes of autoencoders share: black-and-white pictures, and what a code costs and keeps, in nats."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor, nn

from from_scratch.generative import kl_to_standard_normal, log_likelihood_of_pixels, reparameterise
from training._data import Dataset
from zoo import Metric

CODES = 8
"""Dimensions up to which a release carries the code of every test picture."""


def binarise(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Draw each pixel white with its grey as the probability, so that a Bernoulli likelihood is one of real data.

    Salakhutdinov and Murray, "On the Quantitative Analysis of Deep Belief Networks" (2008), section 5.

    Args:
        images: uint8 N×1×H×W.
        generator: where the same draw is wanted again; it lives where the images do.

    Returns:
        float32 N×1×H×W of 0 and 1.
    """
    draw = torch.rand(images.shape, generator=generator, device=images.device)
    return (draw < images.float() / 255).float()


@torch.inference_mode()
def measure_nats(model: nn.Module, data: Dataset, batch_size: int = 1000) -> dict[str, Tensor]:
    """What every picture of the full test set costs, in nats, in float32, on one draw of black and white (seed 0).

    Args:
        model: has `encode`, to a code or to mean and log-variance, and `decode`, to logits. A Gaussian's code is drawn
            once (seed 1).

    Returns:
        `reconstruction`: N, -ln p(x|z). `kl`: N×D, 0 for a code that is no Gaussian. `mean`, `deviation`: N×D.
    """
    model.eval()
    device = next(model.parameters()).device
    pictures = binarise(data.test_images, torch.Generator().manual_seed(0))
    dice = torch.Generator().manual_seed(1)
    found: dict[str, list[Tensor]] = {"reconstruction": [], "kl": [], "mean": [], "deviation": []}
    for x in pictures.split(batch_size):
        code = model.encode(x.to(device))  # type: ignore[operator]
        if isinstance(code, tuple):
            mean, log_variance = code
            z = reparameterise(mean, log_variance, torch.randn(mean.shape, generator=dice).to(device))
            kl, deviation = kl_to_standard_normal(mean, log_variance), (log_variance / 2).exp()
        else:
            mean = z = code
            kl = deviation = torch.zeros_like(code)
        reconstruction = -log_likelihood_of_pixels(model.decode(z), x.to(device))  # type: ignore[operator]
        for name, values in (("reconstruction", reconstruction), ("kl", kl), ("mean", mean), ("deviation", deviation)):
            found[name].append(values.float().cpu())
    return {name: torch.cat(values) for name, values in found.items()}


def summarise_nats(nats: dict[str, Tensor]) -> dict[str, float]:
    """The history's columns: mean reconstruction and KL of a picture, and their sum, the loss at β = 1."""
    reconstruction, kl = float(nats["reconstruction"].mean()), float(nats["kl"].sum(1).mean())
    return {"test_loss": reconstruction + kl, "test_reconstruction": reconstruction, "test_kl": kl}


def choose_storage(
    run_print: Callable[[str], None], network: nn.Module, data: Dataset, metric: str
) -> tuple[Literal["float16", "float32"], Metric, dict[str, Tensor]]:
    """float16 where the mean over the full test set stays within a hundredth of a nat, float32 otherwise.

    Returns the type, the metric and every picture's nats, as the stored weights have them.
    """
    nats = measure_nats(network, data)
    halved = copy.deepcopy(network)
    halved.load_state_dict({key: value.half().float() for key, value in network.state_dict().items()})
    stored = measure_nats(halved, data)
    before, after = (summarise_nats(each)["test_loss"] for each in (nats, stored))
    same = abs(after - before) < 0.01
    run_print(f"{before:.3f} nats on the test set, {after:.3f} with float16 weights")
    kept = stored if same else nats
    value = summarise_nats(kept)["test_loss"]
    return "float16" if same else "float32", Metric(metric, value, data.name, "test", len(data.test_labels)), kept


def make_exhibit(nats: dict[str, Tensor], data: Dataset, arguments: dict[str, Any]) -> dict[str, bytes]:
    """Files for the tab: nats by class and by dimension, and for a small code that of every test picture.

    `nats.json`: `dimensions`, the mean KL of each; `classes`, for each label its count, reconstruction and KL.
    `codes.safetensors`: `mean` and `deviation`, float16 N×D, and `labels`, uint8 N, in the test set's order.
    """
    from safetensors.torch import save

    classes = []
    for index, label in enumerate(data.labels):
        rows = data.test_labels == index
        classes.append(
            {
                "label": label,
                "count": int(rows.sum()),
                "reconstruction": round(float(nats["reconstruction"][rows].mean()), 3),
                "kl": round(float(nats["kl"][rows].sum(1).mean()), 3),
            }
        )
    table = {
        **arguments,
        "dimensions": [round(float(kl), 4) for kl in nats["kl"].mean(0)],
        "classes": classes,
    }
    files = {"nats.json": (json.dumps(table, indent=1) + "\n").encode()}
    if nats["mean"].shape[1] <= CODES:
        files["codes.safetensors"] = save(
            {
                "mean": nats["mean"].half().contiguous(),
                "deviation": nats["deviation"].half().contiguous(),
                "labels": data.test_labels.to(torch.uint8).contiguous(),
            }
        )
    return files
