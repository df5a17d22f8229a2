"""Which pixels an answer rests on: captum's algorithms on any classifier of the zoo.

The shared networks are read only: gradients are taken for the picture, never for a weight. Every pass is a turn of its
own at the processor, so that other visitors get in between.

What it costs beyond the network: the graph of one batch, which for two pictures of 224 px takes under 0.7 GB in VGG-16
and in ViT-B/16.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from captum.attr import LayerAttribution, LayerGradCam, Occlusion, Saliency
from scipy.ndimage import gaussian_filter
from torch import Tensor, nn

from apps._gallery.job import report_progress
from apps._inputs import BadInput
from apps._networks.answers import compute_scores, take_turn
from apps._networks.subject import Subject
from apps.attribution.integrated import integrate_gradients
from apps.attribution.maps import AttributionMap, Progress, Store, count_batch, flatten_map
from zoo import suggest_name


def find_class(subject: Subject, label: object) -> int:
    """The class of that label, or the network's own answer where it is empty.

    Raises:
        BadInput: the network has no such class.
    """
    if label is None or label == "":
        return int(subject.scores.argmax())
    labels = subject.model.labels
    if label not in labels:
        reference, name = subject.network.reference, str(label)[:40]
        raise BadInput(f"{reference} has no class {name!r}{suggest_name(name, labels)}")
    return int(labels.index(label))


def attribute_class(
    model: Any,
    x: Tensor,
    target: int,
    method: str,
    steps: int = 64,
    baseline: str = "black",
    progress: Progress = report_progress,
) -> AttributionMap:
    """One method's map for one class of a picture, 1×C×H×W.

    Raises:
        BadInput: Grad-CAM on a network without feature maps.
    """
    x = x.detach().clone()  # captum marks its input
    if method == "saliency":
        return compute_slopes(model, x, target)
    if method == "grad-cam":
        return weigh_last_maps(model, x, target)
    start = make_baseline(x, baseline, model.preprocess)
    if method == "occlusion":
        return cover_windows(model, x, start, target, progress)
    return integrate_gradients(model, x, start, target, steps, progress)


MAPS = Store[AttributionMap](64)
"""26 MB at 224 px."""


def find_map(subject: Subject, target: int, method: str, steps: int, baseline: str, *, again: bool) -> AttributionMap:
    """The map of a class, which is kept: deleting by it does not compute it a second time; `again`, it is computed.

    Raises:
        BadInput: Grad-CAM on a network without feature maps.
    """
    place = (subject.key, target, method, steps, baseline)
    found = None if again else MAPS.find(place)
    return found or MAPS.put(place, attribute_class(subject.model, subject.x, target, method, steps, baseline))


def make_baseline(x: Tensor, kind: str, preprocess: Any) -> Tensor:
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
    # torchvision takes three seconds to import, and blurs both axes at once: 40 times slower at 224 px.
    blurred = gaussian_filter(x.double().numpy(), side / 8, mode="mirror", radius=side // 2 - 1, axes=(2, 3))
    return torch.from_numpy(blurred).to(x.dtype)


def compute_slopes(model: nn.Module, x: Tensor, target: int) -> AttributionMap:
    """Saliency (https://arxiv.org/abs/1312.6034): how steep the score is in each pixel."""
    with take_turn():
        slopes = Saliency(model).attribute(x.requires_grad_(), target, abs=True)
    return AttributionMap(
        flatten_map(slopes.amax(1)), "the largest slope of the score, |∂f/∂x|, among a pixel's channels"
    )


def cover_windows(model: nn.Module, x: Tensor, start: Tensor, target: int, progress: Progress) -> AttributionMap:
    """Occlusion (https://arxiv.org/abs/1311.2901): what the score loses under a window that goes over the picture.

    The window is a fifth of the side wide, goes in half steps, and has the baseline `start` in its place.
    """
    window, stride = max(1, x.shape[3] // 5), max(1, x.shape[3] // 10)
    along = [math.ceil((side - window) / stride) + 1 for side in x.shape[2:]]
    done, whole = 0, along[0] * along[1] + 1

    def score(batch: Tensor) -> Tensor:
        nonlocal done
        done += len(batch)
        progress(done / whole)
        return compute_scores(model, batch)

    values = Occlusion(score).attribute(
        x,
        (x.shape[1], window, window),
        (x.shape[1], stride, stride),
        start,
        target,
        perturbations_per_eval=4 * count_batch(x),
    )
    detail = (
        f"how far the score falls when a window of {window} × {window} px is covered, "
        f"the mean over the windows that cover a pixel; {along[0]} × {along[1]} windows"
    )
    return AttributionMap(flatten_map(values[:, 0]), detail)


def weigh_last_maps(model: Any, x: Tensor, target: int) -> AttributionMap:
    """Grad-CAM (https://arxiv.org/abs/1610.02391): the last maps that have places, each weighed by its mean slope.

    Raises:
        BadInput: the network has no maps.
    """
    network, layer, name = find_last_maps(model, x)
    with take_turn():
        small = LayerGradCam(network, layer).attribute(x, target, relu_attributions=True)  # 1×1×h×w
    values = LayerAttribution.interpolate(small, tuple(x.shape[2:]), "bilinear")
    detail = f"{name}, {small.shape[2]} × {small.shape[3]} places, drawn over the whole picture"
    return AttributionMap(flatten_map(values[:, 0]), detail)


def find_last_maps(model: Any, x: Tensor) -> tuple[nn.Module, nn.Module, str]:
    """A network that answers as this one, the layer of it that puts out the last maps, N×D×h×w, and what to call that.

    Raises:
        BadInput: it has no maps.
    """
    if is_torchvisions(model) or hasattr(model, "patch_embed"):
        mapped = TransformerWithMaps(model)
        return mapped, mapped.map, "the patches' tokens before the last block"
    found: list[str] = []

    def note_map(name: str, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and output.shape[2] * output.shape[3] > 1:
            found.append(name)

    with take_turn(), torch.no_grad():
        hooks = [
            module.register_forward_hook(lambda module, given, output, name=name: note_map(name, output))
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


def is_torchvisions(model: Any) -> bool:
    """Whether it is torchvision's vision transformer; asking does not import torchvision."""
    return type(model).__module__ == "torchvision.models.vision_transformer"


class TransformerWithMaps(nn.Module):
    """A vision transformer whose patches pass through `map` as N×D×h×w on their way into the last block.

    Not behind it: of what the last block puts out the classifier reads the class token alone.
    """

    def __init__(self, model: Any):
        super().__init__()
        self.model = model
        self.map = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        model = self.model
        is_theirs = is_torchvisions(model)
        if is_theirs:
            tokens = model._process_input(x)  # -> N×hw×D
            tokens = torch.cat([model.class_token.expand(len(x), -1, -1), tokens], 1) + model.encoder.pos_embedding
            side = model.image_size // model.patch_size
        else:
            tokens, side = model.embed(x), model.grid
        blocks = list(model.encoder.layers if is_theirs else model.blocks)
        for block in blocks[:-1]:
            tokens = block(tokens)
        seen = self.map(tokens[:, 1:].transpose(1, 2).unflatten(2, (side, side)))  # N×D×h×w
        tokens = blocks[-1](torch.cat([tokens[:, :1], seen.flatten(2).transpose(1, 2)], 1))
        return model.heads(model.encoder.ln(tokens)[:, 0]) if is_theirs else model.head(model.norm(tokens[:, 0]))
