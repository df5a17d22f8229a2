"""Which pixels an answer rests on: captum's algorithms on any classifier of the zoo, and what is left of their maps
when the network forgets what it learnt.

The shared networks are read only: gradients are taken for the picture, never for a weight, and what is randomised is a
copy. Every pass is a turn of its own at the processor, so that other visitors get in between.

What it costs beyond the network: the graph of one batch, which for two pictures of 224 px takes under 0.7 GB in VGG-16
and in ViT-B/16; the sanity check also holds one copy of the network (346 MB for ViT-B/16) while it runs.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from captum.attr import IntegratedGradients, LayerAttribution, LayerGradCam, Occlusion, Saliency
from torch import Tensor, nn
from torchvision.models import VisionTransformer as Torchvisions
from torchvision.transforms.functional import gaussian_blur

import zoo
from apps import _networks
from apps._inputs import BadInput, read_picture
from apps._networks.encoding import picture_url
from zoo import suggest_name

if TYPE_CHECKING:
    from apps._networks import Network

METHODS = ("saliency", "integrated gradients", "grad-cam", "occlusion")
SIGNED = ("integrated gradients", "occlusion")
"""Methods whose numbers say against as well as for; the others only how much."""
BASELINES = ("black", "mean", "blurred")
MOST_STEPS = 256
ENOUGH = 0.02
"""Of the completeness error: beyond it the tab says so."""

Progress = Callable[[float], None]
"""Called between two passes with the share that is done; may raise to end the work."""


def unseen(share: float) -> None:
    pass


TOLD: ContextVar[Progress] = ContextVar("TOLD", default=unseen)
"""Whom the thread at work tells."""


# ---------------------------------------------------------------------------------------------------- the subject


@dataclass(frozen=True)
class Subject:
    """A picture before a network."""

    model: Any
    network: Network
    x: Tensor  # 1×C×H×W

    @functools.cached_property
    def key(self) -> str:
        """Stands for the two."""
        return hashlib.sha256(self.x.numpy().tobytes() + self.network.digest.encode()).hexdigest()[:16]

    @functools.cached_property
    def picture(self) -> str:
        """What the network sees, a PNG as a data URL."""
        return picture_url(self.model.preprocess.picture(self.x[0]))

    @functools.cached_property
    def scores(self) -> Tensor:
        """What the network answers: one number per class."""
        return answer(self.model, self.x)[0]

    def target(self, label: object) -> int:
        """The class of that label, or the network's own answer where it is empty.

        Raises:
            BadInput: it has no such class.
        """
        if label is None or label == "":
            return int(self.scores.argmax())
        labels = self.model.labels
        if label not in labels:
            raise BadInput(
                f"{self.network.reference} has no class {str(label)[:40]!r}{suggest_name(str(label)[:40], labels)}"
            )
        return int(labels.index(label))

    def answers(self, target: int) -> list[dict[str, Any]]:
        """The five most probable labels with probability and score, and the class in question where it is not one."""
        probabilities = self.scores.double().softmax(0)
        order = probabilities.argsort(descending=True, stable=True).tolist()
        asked = order.index(target)
        return [
            {
                "label": self.model.labels[order[rank]],
                "rank": rank + 1,
                "probability": probabilities[order[rank]].item(),
                "score": self.scores[order[rank]].item(),
                "asked": rank == asked,
            }
            for rank in [*range(min(5, len(order))), *([asked] if asked >= 5 else [])]
        ]


def subject(picture: Any, network: object) -> Subject:
    """The picture as the network sees it; the last eight of all visitors are kept.

    Raises:
        BadInput: there is no picture to be had, or no network was chosen.
        ZooError: no such network, or it is damaged, cannot be fetched, or does not classify pictures.
    """
    if not isinstance(network, str) or not network:
        raise BadInput("Choose a network first.")
    known = _networks.describe(network)
    if known.task != "image-classification":
        raise zoo.ZooError(f"{known.reference} does not classify pictures: choose a classifier.")
    if isinstance(picture, bytes):
        return _kept(picture, None, known.reference, known.digest)
    try:
        state = Path(picture).stat()
    except (OSError, TypeError, ValueError):  # not a file: `read_picture` knows what to say
        return _open(picture, known.reference)
    return _kept(str(picture), (state.st_mtime_ns, state.st_size), known.reference, known.digest)


@functools.lru_cache(maxsize=8)
def _kept(picture: str | bytes, state: tuple[int, int] | None, reference: str, digest: str) -> Subject:
    return _open(picture, reference)


def _open(picture: Any, reference: str) -> Subject:
    image = read_picture(picture)
    model: Any = _networks.load(reference)
    return Subject(model, model.release, model.preprocess(image)[None])


# ---------------------------------------------------------------------------------------------------- passes


@contextmanager
def turn() -> Iterator[None]:
    """A turn at the processor; afterwards whoever waits for one goes first."""
    with _networks.TURN:
        yield
    time.sleep(0.001)  # a lock that is taken again at once would never be seen free


def answer(model: nn.Module, x: Tensor) -> Tensor:
    """N×C×H×W -> N×classes, in one turn."""
    with turn(), torch.no_grad():
        return model(x)


def _at_once(x: Tensor) -> int:
    """How many pictures of this size have their gradients taken together: 16 of 32 px, 2 of 224 px."""
    return max(1, min(16, 2 * 3 * 224**2 // x.numel()))


def baseline(x: Tensor, kind: str, preprocess: Any) -> Tensor:
    """What stands for "nothing there", as the network sees it: 1×C×H×W.

    Black is black; the mean is the colour that all training pictures have on average; blurred is the picture itself
    under a Gaussian whose deviation is an eighth of its side.
    """
    if kind == "mean":
        return torch.zeros_like(x)
    if kind == "black":
        mean, std = (torch.tensor(values).view(1, -1, 1, 1) for values in (preprocess.mean, preprocess.std))
        return (-mean / std).expand_as(x).clone()
    side = min(x.shape[2:])
    return gaussian_blur(x, [side // 2 * 2 - 1] * 2, [side / 8] * 2)


# ---------------------------------------------------------------------------------------------------- the methods


class Attributed(NamedTuple):
    """A map, H×W float64, and how it came about; `path` and `completeness` are integrated gradients' own."""

    values: np.ndarray
    detail: str
    completeness: dict[str, Any] | None = None
    path: dict[str, list[float]] | None = None


def attribute(
    model: Any,
    x: Tensor,
    target: int,
    method: str,
    steps: int = 64,
    kind: str = "black",
    progress: Progress = unseen,
) -> Attributed:
    """One method's map for one class of a picture, 1×C×H×W.

    Raises:
        BadInput: Grad-CAM on a network without feature maps.
    """
    x = x.detach().clone()  # captum marks its input
    if method == "saliency":
        with turn():
            gradient = Saliency(model).attribute(x.requires_grad_(), target, abs=True)
        return Attributed(_flat(gradient.amax(1)), "the largest |∂f/∂x| of a pixel's channels")
    if method == "grad-cam":
        return _grad_cam(model, x, target)
    start = baseline(x, kind, model.preprocess)
    if method == "occlusion":
        return _occlude(model, x, start, target, progress)
    return integrate(model, x, start, target, steps, progress)


def _flat(values: Tensor) -> np.ndarray:
    """1×H×W -> H×W."""
    return values.detach()[0].double().numpy()


def _occlude(model: nn.Module, x: Tensor, start: Tensor, target: int, progress: Progress) -> Attributed:
    """A window of a fifth of the side goes over the picture in half steps, with the baseline in its place."""
    window, stride = max(1, x.shape[3] // 5), max(1, x.shape[3] // 10)
    along = [math.ceil((side - window) / stride) + 1 for side in x.shape[2:]]
    done, whole = 0, along[0] * along[1] + 1

    def score(batch: Tensor) -> Tensor:
        nonlocal done
        done += len(batch)
        progress(done / whole)
        return answer(model, batch)

    values = Occlusion(score).attribute(
        x,
        (x.shape[1], window, window),
        (x.shape[1], stride, stride),
        start,
        target,
        perturbations_per_eval=4 * _at_once(x),
    )
    detail = (
        f"f falls by this when a window of {window} × {window} px is covered; {along[0]} × {along[1]} windows, averaged"
    )
    return Attributed(_flat(values[:, 0]), detail)


# ---- Grad-CAM


def _grad_cam(model: Any, x: Tensor, target: int) -> Attributed:
    shown, layer, name = _camera(model, x)
    with turn():
        small = LayerGradCam(shown, layer).attribute(x, target, relu_attributions=True)  # 1×1×h×w
    values = LayerAttribution.interpolate(small, tuple(x.shape[2:]), "bilinear")
    detail = f"{name}, {small.shape[2]} × {small.shape[3]} places, drawn over the whole picture"
    return Attributed(_flat(values[:, 0]), detail)


def _camera(model: Any, x: Tensor) -> tuple[nn.Module, nn.Module, str]:
    """The network, the part of it whose output is its last map with places, N×D×h×w, and what to call that."""
    if isinstance(model, Torchvisions) or hasattr(model, "patch_embed"):
        tokens = _Tokens(model)
        return tokens, tokens.map, "the patches' tokens before the last block"
    found: list[str] = []

    def see(name: str, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and output.shape[2] * output.shape[3] > 1:
            found.append(name)

    with turn(), torch.no_grad():
        hooks = [
            module.register_forward_hook(lambda module, given, output, name=name: see(name, output))
            for name, module in model.named_modules()
            if name
        ]
        try:
            model(x)
        finally:
            for hook in hooks:
                hook.remove()
    if not found:
        reference = model.release.reference
        raise BadInput(f"{reference} has no feature maps, which is what Grad-CAM weighs: choose another method.")
    return model, model.get_submodule(found[-1]), found[-1]


class _Tokens(nn.Module):
    """A vision transformer whose patches pass through `map` as N×D×h×w on their way into the last block.

    Not behind it: of what the last block puts out the classifier reads the class token alone.
    """

    def __init__(self, model: Any):
        super().__init__()
        self.model = model
        self.map = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        model = self.model
        theirs = isinstance(model, Torchvisions)
        if theirs:
            tokens = model._process_input(x)  # -> N×hw×D
            tokens = torch.cat([model.class_token.expand(len(x), -1, -1), tokens], 1) + model.encoder.pos_embedding
            side = model.image_size // model.patch_size
        else:
            tokens, side = model.embed(x), model.grid
        blocks = list(model.encoder.layers if theirs else model.blocks)
        for block in blocks[:-1]:
            tokens = block(tokens)
        seen = self.map(tokens[:, 1:].transpose(1, 2).unflatten(2, (side, side)))  # N×D×h×w
        tokens = blocks[-1](torch.cat([tokens[:, :1], seen.flatten(2).transpose(1, 2)], 1))
        return model.heads(model.encoder.ln(tokens)[:, 0]) if theirs else model.head(model.norm(tokens[:, 0]))


# ---- integrated gradients


def integrate(
    model: nn.Module, x: Tensor, start: Tensor, target: int, steps: int, progress: Progress = unseen
) -> Attributed:
    """Integrated gradients with `steps` gradients, spent where the path is rough.

    Half of them go to the middles of equal pieces of the path. What a piece should add up to is known: the score at its
    end minus the score at its beginning. The rest is spent where the two differ most: such a piece is cut in three, and
    its middle third keeps the gradient that it has. Along a ReLU network's path the slope jumps, so that no rule for
    smooth functions helps; this one comes about twice as near as as many equal pieces do.

    No weight is chosen so that the sum comes out right: each gradient counts by its piece's length.
    """
    rule = IntegratedGradients(model)
    batch = _at_once(x)
    spent = 0

    def pieces(low: list[float], high: list[float]) -> Tensor:
        """captum's integrated gradients along each piece, from its one-step rule: n×C×H×W."""
        nonlocal spent
        found = []
        for first in range(0, len(low), batch):
            ends = [_between(start, x, alphas[first : first + batch]) for alphas in (low, high)]
            with turn():
                found.append(rule.attribute(ends[1], ends[0], target, n_steps=1, method="gausslegendre").detach())
            spent += len(ends[0])
            progress(spent / steps)
        return torch.cat(found)

    scores: dict[float, float] = {}

    def score(alphas: list[float]) -> list[float]:
        new = sorted(set(alphas) - scores.keys())
        for first in range(0, len(new), 2 * batch):
            some = new[first : first + 2 * batch]
            scores.update(zip(some, answer(model, _between(start, x, some))[:, target].tolist(), strict=True))
        return [scores[alpha] for alpha in alphas]

    equal = steps - 2 * (steps // 4)
    edges = [index / equal for index in range(equal + 1)]
    low, high = edges[:-1], edges[1:]
    parts = pieces(low, high)
    while spent < steps:
        gains = np.subtract(score(high), score(low))
        errors = np.abs(parts.flatten(1).sum(1).numpy() - gains)
        worst = np.argsort(-errors, kind="stable")[: min(max(1, batch // 2), (steps - spent) // 2)].tolist()
        third = [(high[index] - low[index]) / 3 for index in worst]
        one = [low[index] + width for index, width in zip(worst, third, strict=True)]
        two = [low[index] + 2 * width for index, width in zip(worst, third, strict=True)]
        outer = pieces([*(low[index] for index in worst), *two], [*one, *(high[index] for index in worst)])
        parts[worst] /= 3
        parts = torch.cat([parts, outer])
        low, high = [*low, *(low[index] for index in worst), *two], [*high, *one, *(high[index] for index in worst)]
        for index, left, right in zip(worst, one, two, strict=True):
            low[index], high[index] = left, right

    values = parts.double().sum(0)[None]
    alphas = sorted({*low, *high})
    along = score(alphas)
    summed, difference = values.sum().item(), along[-1] - along[0]
    completeness = {
        "score": along[-1],
        "baseline_score": along[0],
        "difference": difference,
        "sum": summed,
        "error": abs(summed - difference) / abs(difference) if difference else None,
        "steps": steps,
    }
    detail = f"gradients at {steps} places between baseline and picture, times what changes in the pixel"
    return Attributed(_flat(values.sum(1)), detail, completeness, {"alphas": alphas, "scores": along})


def _between(start: Tensor, x: Tensor, alphas: Sequence[float]) -> Tensor:
    """1×C×H×W each -> the pictures that stand at `alphas` on the straight way between them, n×C×H×W."""
    return start + torch.tensor(alphas, dtype=x.dtype).view(-1, 1, 1, 1) * (x - start)


def remark(completeness: dict[str, Any]) -> str:
    """What the numbers of `completeness` say, in words."""
    error, steps = completeness["error"], completeness["steps"]
    if error is None:
        return "Baseline and picture score the same, so there is nothing to share out: choose another baseline."
    missing = "less than 0.01 %" if error < 0.0001 else f"{100 * error:.{2 if error < 0.001 else 1}f} %"
    if error <= ENOUGH:
        return f"The parts add up to the whole but for {missing}."
    if abs(completeness["difference"]) < 1:
        return (
            f"{missing} is missing, of a difference of only {completeness['difference']:.2f}".replace("-", "−")
            + ": the baseline scores almost as the picture does, so choose another."
        )
    more = "take more steps" if steps < 128 else "the score is too jagged along this path: choose another baseline"
    return f"{missing} is missing, more than {100 * ENOUGH:.0f} %: {more}."


# ---------------------------------------------------------------------------------------------------- asked and sent


def require_method(method: object) -> str:
    """Raises BadInput where it is none of `METHODS`."""
    if method not in METHODS:
        raise BadInput(f"There is no method {str(method)[:40]!r}{suggest_name(str(method)[:40], METHODS)}")
    return str(method)


def require_baseline(kind: object) -> str:
    """Raises BadInput where it is none of `BASELINES`."""
    if kind not in BASELINES:
        raise BadInput(f"There is no baseline {str(kind)[:40]!r}{suggest_name(str(kind)[:40], BASELINES)}")
    return str(kind)


def require_steps(steps: object) -> int:
    """Raises BadInput where it is no whole number from 1 to `MOST_STEPS`; 64.0 is one."""
    whole = isinstance(steps, int | float) and not isinstance(steps, bool) and math.isfinite(steps)
    if not whole or steps != int(steps) or not 1 <= steps <= MOST_STEPS:  # type: ignore[operator, call-overload]
        raise BadInput(f"Steps are a whole number from 1 to {MOST_STEPS}, not {str(steps)[:40]!r}.")
    return int(steps)  # type: ignore[call-overload]


def encode(values: np.ndarray) -> dict[str, Any]:
    """`values`: base64 of the map, float32 little-endian, row by row; `scale`: what the strongest colour is."""
    size = np.abs(values)
    scale = float(np.quantile(size, 0.99)) or float(size.max())
    return {"values": base64.b64encode(values.astype("<f4").tobytes()).decode(), "scale": scale or 1.0}
