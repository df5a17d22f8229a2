"""Upstream models: torchvision's ImageNet classifiers, which the zoo can use and never carries.

    model = zoo.upstream.load("resnet50.imagenet")      # fetched at the first time, checked at every time

A weights file comes from torchvision's own address, or from the mirror that `TENWEEKS_UPSTREAM` names in its place,
and lies where torchvision itself would put it, so either finds what the other has fetched. Figures are those that
torchvision publishes with its weights (https://docs.pytorch.org/vision/stable/models.html); nothing here was measured
by us. Importing this loads neither torch nor torchvision.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zoo import _download, _reach
from zoo._download import Progress, progress_bar, shown
from zoo._errors import DamagedRelease, UnknownName, nearest
from zoo._reach import ADDRESS, address, is_offline
from zoo._upstream import LICENCE, Upstream, folder
from zoo.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "ADDRESS",
    "CATALOG",
    "LICENCE",
    "Progress",
    "Upstream",
    "address",
    "describe",
    "fetch",
    "fetching",
    "folder",
    "is_offline",
    "load",
    "missing",
    "names",
]


def _prepared(resize: int, interpolation: Literal["bilinear", "bicubic"] = "bilinear") -> Preprocessing:
    return Preprocessing(
        kind="photo", size=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225),
        resize=resize, interpolation=interpolation,
    )  # fmt: skip


# A test compares every field with torchvision's own weights, and each digest with its file's name.
CATALOG = (
    Upstream(
        "mobilenet_v3_small.imagenet", "MobileNet V3 Small", "mobilenet_v3_small",
        "MobileNet_V3_Small_Weights.IMAGENET1K_V1", "mobilenet_v3_small-047dcff4.pth",
        "047dcff4addef86ea5bc2eff13c9614dc11f47ab1160d0a71a25e7db994f4e1f",
        9.829, 2_542_856, 0.057, 67.668, _prepared(256),
    ),
    Upstream(
        "mobilenet_v3_large.imagenet", "MobileNet V3 Large", "mobilenet_v3_large",
        "MobileNet_V3_Large_Weights.IMAGENET1K_V2", "mobilenet_v3_large-5c1a4163.pth",
        "5c1a416349c4cf298f2a6a5e2600ed0ee55e604713578f5e74e6bc8bcaef7997",
        21.107, 5_483_032, 0.217, 75.274, _prepared(232),
    ),
    Upstream(
        "efficientnet_b0.imagenet", "EfficientNet B0", "efficientnet_b0",
        "EfficientNet_B0_Weights.IMAGENET1K_V1", "efficientnet_b0_rwightman-7f5810bc.pth",
        "7f5810bc96def8f7552d5b7e68d53c4786f81167d28291b21c0d90e1fca14934",
        20.451, 5_288_548, 0.386, 77.692, _prepared(256, "bicubic"),
    ),
    Upstream(
        "resnet18.imagenet", "ResNet-18", "resnet18",
        "ResNet18_Weights.IMAGENET1K_V1", "resnet18-f37072fd.pth",
        "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
        44.661, 11_689_512, 1.814, 69.758, _prepared(256),
    ),
    Upstream(
        "resnet50.imagenet", "ResNet-50", "resnet50",
        "ResNet50_Weights.IMAGENET1K_V2", "resnet50-11ad3fa6.pth",
        "11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca",
        97.79, 25_557_032, 4.089, 80.858, _prepared(232),
    ),
    Upstream(
        "convnext_tiny.imagenet", "ConvNeXt Tiny", "convnext_tiny",
        "ConvNeXt_Tiny_Weights.IMAGENET1K_V1", "convnext_tiny-983f1562.pth",
        "983f1562536e84ff750a1576fb08e54de751dbf2e17c0d8a4a13704341fdcd3d",
        109.119, 28_589_128, 4.456, 82.52, _prepared(236),
    ),
    Upstream(
        "vit_b_16.imagenet", "ViT B/16", "vit_b_16",
        "ViT_B_16_Weights.IMAGENET1K_V1", "vit_b_16-c867db91.pth",
        "c867db91d3e12c6cbadabb610d73c24a546bf82d8c03a9fea34f43a712ddb0e9",
        330.285, 86_567_656, 17.564, 81.072, _prepared(256), convolutional=False,
    ),
)  # fmt: skip
"""From light to heavy."""


def names() -> list[str]:
    """Names of every upstream model, from light to heavy."""
    return [model.name for model in CATALOG]


def describe(name: str) -> Upstream:
    """What is known of an upstream model, without fetching it.

    Raises:
        UnknownName: there is none of that name; the message names the nearest.
    """
    for model in CATALOG:
        if model.name == name:
            return model
    bare = name.partition("@")[0]
    if bare != name and bare in names():
        raise UnknownName(f"{bare} is torchvision's and has no versions here: leave out {name[len(bare) :]!r}.")
    raise UnknownName(f"No upstream model is called {name!r}{nearest(name, names())}")


def missing() -> dict[str, str]:
    """Why a model cannot be had now, in one sentence, by name; those that are here or can be fetched are left out.

    Asks the address for each file that is not here, for seconds at the most, and believes the answer for a minute;
    with `HF_HUB_OFFLINE=1` nobody is asked.
    """
    return _reach.missing([model for model in CATALOG if not model.is_here])


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Fetch a model's weights file unless it is here; `progress(bytes done, bytes in all)` is called as it comes.

    Raises:
        UnknownName: there is no such model.
        NotHere: it cannot be had: no network, no answer, an error, no room on the disk. What has come of it is
            kept as `*.part` and taken up again by the next try.
        DamagedRelease: what came is not the file that torchvision published; nothing of it was kept.
    """
    model = describe(name)
    for done, total in fetching(name):
        if progress is not None:
            progress(done, total)
    return model.path


def fetching(name: str) -> Iterator[tuple[int, int]]:
    """As `fetch`, a step at a time: bytes done and bytes in all, until the file is in its place.

    Whoever asks first downloads; others, in this process or in any other, see the same file grow.
    """
    yield from _download.fetching(describe(name))


def load(name: str, progress: Progress | None = None) -> nn.Module:
    """An upstream model with its weights: fetched if need be, and every byte checked each time.

    The module is in eval mode, frozen, float32 on the processor, takes N×3×224×224 and gives N×1,000 scores; it
    carries `release` (an `Upstream`), `labels` and `preprocess` as any model of the zoo. On a terminal a bar shows
    the download, unless `progress` is given.

    Raises:
        UnknownName, NotHere: as `fetch`.
        DamagedRelease: the file is not the one that torchvision published; the message names it.
    """
    import torch
    from torchvision.models import get_model

    known = describe(name)
    if not known.is_here:
        with progress_bar(known) if progress is None else nullcontext(progress) as watch:
            fetch(name, watch)
    try:
        with known.path.open("rb") as file:
            if not hashlib.file_digest(file, "sha256").hexdigest().startswith(known.digest):
                raise DamagedRelease(
                    f"{shown(known.path)} is not the file that torchvision published, so nothing was loaded: delete "
                    "it, and it is fetched again."
                )
            file.seek(0)
            weights = torch.load(file, map_location="cpu", weights_only=True)
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            model: Any = get_model(known.builder, weights=None)
        # Assigned, not copied: 86 million random numbers need not be drawn to be overwritten.
        model.load_state_dict(weights, strict=True, assign=True)
    except OSError as error:
        raise DamagedRelease(f"{shown(known.path)} cannot be read ({error.strerror}): delete it.") from error
    except (RuntimeError, TypeError, EOFError, pickle.UnpicklingError) as error:
        raise DamagedRelease(f"{shown(known.path)} holds no weights of {known.title}: delete it.") from error
    model.release = known
    model.labels = known.labels
    model.preprocess = known.preprocessing
    return model.float().eval().requires_grad_(False)
