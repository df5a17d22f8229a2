"""From one of torchvision's weights files on this machine to a network, every byte checked."""

from __future__ import annotations

import hashlib
import pickle
from typing import TYPE_CHECKING, Any

from zoo._errors import DamagedRelease
from zoo.upstream.model import Upstream, shorten_path

if TYPE_CHECKING:
    from torch import nn


def read_network(known: Upstream) -> nn.Module:
    """The network in eval mode, frozen, float32, with `release`, `labels` and `preprocess`; see `zoo.upstream.load`.

    Raises:
        DamagedRelease: the file cannot be read, or is not the one that torchvision published.
    """
    import torch
    from torchvision.models import get_model

    try:
        with known.path.open("rb") as file:
            if not hashlib.file_digest(file, "sha256").hexdigest().startswith(known.digest):
                raise DamagedRelease(
                    f"{shorten_path(known.path)} is not the file that torchvision published, so nothing was loaded: "
                    "delete it, and it is fetched again."
                )
            file.seek(0)
            weights = torch.load(file, map_location="cpu", weights_only=True)
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            model: Any = get_model(known.builder, weights=None)
        # Assigned, not copied: 86 million random numbers need not be drawn to be overwritten.
        model.load_state_dict(weights, strict=True, assign=True)
    except OSError as error:
        raise DamagedRelease(f"{shorten_path(known.path)} cannot be read ({error.strerror}): delete it.") from error
    except (RuntimeError, TypeError, EOFError, pickle.UnpicklingError) as error:
        raise DamagedRelease(f"{shorten_path(known.path)} holds no weights of {known.title}: delete it.") from error
    model.release = known
    model.labels = known.labels
    model.preprocess = known.preprocessing
    return model.float().eval().requires_grad_(False)
