"""From a release on disk to a model that is ready to use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo._catalog import describe
from zoo._errors import DamagedRelease
from zoo._format import WEIGHTS, name_submodule
from zoo._registry import create
from zoo._releases import read_files

if TYPE_CHECKING:
    from torch import nn

    from zoo._releases import Release
    from zoo.preprocessing import Preprocessing

    class Model(nn.Module):
        """What `load` returns, for type checkers: the architecture's own module with three attributes more."""

        release: Release
        labels: list[str]
        preprocess: Preprocessing


def load(reference: str, root: Path | None = None) -> Model:
    """Load `"lenet.mnist"` (its newest version) or `"lenet.mnist@v1"`, checking every file against the catalog.

    A version that the zoo's folder does not carry is read from the Hub's cache or from the Hub, at the pinned commit;
    an upstream model, like `"resnet50.imagenet"`, from torchvision's cache or address.

    The module is in eval mode and float32 on the processor, and carries `release` (a `zoo.Release`, or a
    `zoo.upstream.Upstream`), `labels` (list of str) and `preprocess` (picture -> float32 C×H×W).

    Raises:
        UnknownName: no such release or version.
        DamagedRelease: a file is missing or is not the one that was published; nothing was loaded.
        NotHere: it is neither carried nor cached, and cannot be fetched.
    """
    from zoo import upstream

    if reference in upstream.names():
        return upstream.load(reference)  # type: ignore[return-value]

    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load as parse

    from zoo.preprocessing import Preprocessing

    release = describe(reference, root)
    files = read_files(release)
    config = json.loads(files["config.json"])
    with torch.random.fork_rng(devices=[]):
        model: Any = create(config["architecture"], **config["arguments"])
    try:
        weights_file = config.get("weights_file", WEIGHTS)
        weights = parse(files[weights_file])
        weights = {k: v.float() if v.is_floating_point() else v for k, v in weights.items()}
        model.get_submodule(name_submodule(weights_file)).load_state_dict(weights, strict=True)
    except (RuntimeError, SafetensorError) as error:
        raise DamagedRelease(
            f"{release.reference} does not fit the architecture {config['architecture']}: {error}"
        ) from error
    model.release = release
    model.labels = config["labels"]
    model.preprocess = Preprocessing(**config["preprocessing"])
    return model.eval().requires_grad_(False)
