"""Attribution: which pixels an answer rests on, told by four methods that do not mean the same."""

from __future__ import annotations

import functools
import io
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr
from gradio.utils import is_in_or_equal

import zoo
from apps import _networks, _traces
from apps._exhibit import Exhibit, endpoint, listen
from apps._inputs import BadInput
from apps._network_menu import network_menu
from apps._picture import Picture
from apps.widgets.attribution_lab import AttributionLab
from zoo import upstream
from zoo.examples import drawn_digit, example_pictures


def attribute_pixels(
    picture: str | bytes, network: str, method: str, label: str = "", steps: int = 64, baseline: str = "black"
) -> dict[str, Any]:
    """Share a classifier's score for one class out among the pixels of a picture, by one of four methods.

    Args:
        picture: a picture's file.
        network: a classifier of pictures, like "resnet18.cifar10", or one of torchvision's, like "resnet50.imagenet",
            which is fetched first where it is not here.
        method: "saliency", "integrated gradients", "grad-cam" or "occlusion".
        label: the class in question, one of the network's labels; empty is the network's own answer.
        steps: how many gradients integrated gradients may take, 1 to 256; the others take no notice.
        baseline: what stands for "nothing there" in integrated gradients and occlusion: "black", "mean" (the colour
            that all training pictures have on average) or "blurred".

    Returns:
        `values`: base64 of the map, float32 little-endian, row by row, `size` [rows, columns]; `signed`: whether they
        speak against as well as for; `scale`: the 99 % quantile of their absolute values; `detail`: how they were made.
        `input`: what the network saw, a PNG as a data URL. `answers`: the five most probable labels, and the one in
        question, with probability and score. For integrated gradients `completeness`: the class's score (logit) f(x)
        and f(baseline), their difference, the sum of all attributions, the relative `error` left, and a `remark` in
        words; and `path`, the scores of the pictures between baseline (alpha 0) and picture (alpha 1).
    """
    from apps import _attribution

    method, baseline = _attribution.require_method(method), _attribution.require_baseline(baseline)
    steps = _attribution.require_steps(steps)
    seen = _attribution.subject(picture, network)
    target = seen.target(label)
    found = _attribution.attribute(seen.model, seen.x, target, method, steps, baseline, _attribution.TOLD.get())
    told = {"completeness": None, "path": found.path}
    if found.completeness:
        told["completeness"] = found.completeness | {"remark": _attribution.remark(found.completeness)}
    return {
        "network": seen.network.reference,
        "key": seen.key,
        "method": method,
        "label": seen.model.labels[target],
        "size": list(seen.x.shape[2:]),
        "input": seen.picture,
        "answers": seen.answers(target),
        "signed": method in _attribution.SIGNED,
        "detail": found.detail,
        **_attribution.encode(found.values),
        **told,
    }


def randomise_layers(picture: str | bytes, network: str, method: str, label: str = "") -> dict[str, Any]:
    """Make a classifier forget what it learnt, from its last layer down, and compare the maps: the sanity check.

    A copy of the network loses one stage after the other: all its weights change places at random, so that their sizes
    stay what training made them. Always the same seed.

    Args:
        picture: a picture's file.
        network: a classifier of pictures, like "resnet18.cifar10".
        method: "saliency", "integrated gradients" (with 16 steps from black), "grad-cam" or "occlusion".
        label: the class in question, one of the network's labels; empty is the network's own answer.

    Returns:
        `stages`: as trained, then one stage more each, down to the first layer, with its `name`, the map (`values` and
        `scale` as `attribute_pixels` returns them), `correlation`, Spearman's rank correlation of its absolute values
        with those of the first map (null where a map is flat), `signed_correlation`, that of the values themselves, and
        the class's `probability`. `fell_apart`: whether |correlation| is 0.5 at most when nothing learnt is left, and
        `verdict`, the same in words.
    """
    from apps import _attribution, _sanity

    method = _attribution.require_method(method)
    seen = _attribution.subject(picture, network)
    target = seen.target(label)
    randomised = _sanity.randomise(seen.model, seen.x, target, method, progress=_attribution.TOLD.get())
    stages = [stage | _attribution.encode(stage["values"]) for stage in randomised]
    last = stages[-1]["correlation"]
    return {
        "network": seen.network.reference,
        "key": seen.key,
        "method": method,
        "label": seen.model.labels[target],
        "size": list(seen.x.shape[2:]),
        "signed": method in _attribution.SIGNED,
        "stages": stages,
        "fell_apart": last is None or abs(last) <= _sanity.APART,
        "verdict": _sanity.verdict(last),
    }


# ---------------------------------------------------------------------------------------------------- layout

_UPLOADED = "upload"
_FIRST, _SECOND = "resnet18.cifar10", "vit.cifar10"
_METHOD = "grad-cam"
_TOLD_SECONDS = 0.2
"""Between two tellings of how much is done."""


def layout() -> Sequence[gr.components.Component]:
    networks, (first, second) = _networks.classifiers(), _opening()
    if first is None:
        gr.Markdown("The zoo holds no classifier yet. Make one: `python -m training.lenet`.")
    with gr.Row(elem_classes="controls"):
        # A column each, because gradio lets neighbouring fields touch.
        with gr.Column(scale=3, min_width=200):
            network = network_menu("Network on the left", networks, upstream.CATALOG, first)
        with gr.Column(scale=3, min_width=200):
            other = network_menu(
                "Network on the right", networks, upstream.CATALOG, second, optional=True, explains=False
            )
        with gr.Column(scale=2, min_width=120):
            example = gr.Dropdown(_menu(None), value=_default(first), label="Picture")
        upload = gr.UploadButton(
            "Upload a picture", file_types=["image"], type="filepath", size="md", scale=1, min_width=150
        )
    uploaded = gr.State(None)
    lab = AttributionLab(elem_classes="attribution-lab")

    def choose_network(network: str, second: str, example: str, uploaded: str | None) -> Sequence[Any]:
        if example != _UPLOADED and network and not _traces.suits(example, _networks.describe(network)):
            example = _default(network)
        return example, _show(network, second, example, uploaded)

    def upload_picture(network: str, second: str, file: str) -> Sequence[Any]:
        # As in `apps._picture`: a path counts as an upload only where uploads are.
        if not is_in_or_equal(file, upload.GRADIO_CACHE):
            raise BadInput("The uploaded file cannot be found: upload the picture again.")
        return file, gr.Dropdown(_menu(file), value=_UPLOADED), _show(network, second, _UPLOADED, file)

    def asked(event: gr.EventData, uploaded: str | None, *names: str) -> dict[str, Any]:
        # What the part shows, not what the menus say by now; it names an example or the upload, never a file.
        values: dict[str, Any] = {name: getattr(event, name, None) for name in ("network", "method", "label", *names)}
        picture = getattr(event, "picture", None)
        if picture not in [name for _, name in _menu(uploaded)]:
            raise BadInput("Choose a picture first.")
        _networks.require(values["network"])
        return values | {"picture": _source(picture, uploaded)}

    def draw_map(uploaded: str | None, event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
        def work() -> dict[str, Any]:
            return attribute_pixels(**asked(event, uploaded, "steps", "baseline"))

        yield from _beside(_who(event, request), "map", work)

    def check_map(uploaded: str | None, event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
        yield from _beside(_who(event, request), "check", lambda: randomise_layers(**asked(event, uploaded)))

    def stop_work(event: gr.EventData, request: gr.Request) -> None:
        if left := _RUNNING.get(_who(event, request)):
            left.set()

    chosen = [network, other, example, uploaded]
    listen([network.input, other.input], choose_network, chosen, [example, lab], public=False)
    listen([example.input], _show, chosen, [lab], public=False)
    listen([upload.upload], upload_picture, [network, other, upload], [uploaded, example, lab], public=False)
    # A queue of its own: these may take minutes, and take their turns at the processor one pass at a time.
    for event, work in ((lab.select, draw_map), (lab.submit, check_map)):
        gr.on(
            [event],
            work,
            [uploaded],
            [lab],
            api_visibility="private",
            concurrency_id="attribution",
            concurrency_limit=2,
            trigger_mode="multiple",
            show_progress="hidden",
        )
    # Not gradio's own `cancels`: it answers 500 where the work ends while it is being cancelled.
    gr.on([lab.stop], stop_work, None, None, api_visibility="private", queue=False, show_progress="hidden")

    picture, name = Picture(visible=False, label="picture"), gr.Textbox(visible=False, label="network")
    method, label = gr.Textbox(visible=False, label="method"), gr.Textbox("", visible=False, label="label")
    steps, baseline = (
        gr.Number(64, visible=False, label="steps"),
        gr.Textbox("black", visible=False, label="baseline"),
    )
    data = gr.JSON(visible=False, label="data")
    endpoint(attribute_pixels, [picture, name, method, label, steps, baseline], [data], fetches=True)
    endpoint(randomise_layers, [picture, name, method, label], [data], fetches=True)
    return [lab] if first else []


def _opening() -> tuple[str | None, str]:
    """The two networks of the worked example: a convolutional one and a transformer, where they are here."""
    photos = [release for release in _networks.cnns() if _traces.kind(release) == "photo"]
    first = [*(r for r in photos if r.name == _FIRST), *photos, *_networks.classifiers()]
    transformers = _networks.transformers()
    second = [r for r in (*(t for t in transformers if t.name == _SECOND), *transformers) if r not in first[:1]]
    return (first[0].reference if first else None), (second[0].reference if second else "")


def _default(network: str | None) -> str:
    return "7" if network and _traces.kind(_networks.describe(network)) == "digit" else "cat"


def _menu(uploaded: str | None) -> list[tuple[str, str]]:
    return [*([("your picture", _UPLOADED)] if uploaded else []), *_traces.examples()]


def _source(example: str, uploaded: str | None) -> str | bytes:
    if example == _UPLOADED:
        return uploaded or ""
    photo = example_pictures().get(example)
    return str(photo) if photo else _digit(example)


@functools.cache
def _digit(name: str) -> bytes:
    buffer = io.BytesIO()
    drawn_digit(int(name)).save(buffer, "PNG")
    return buffer.getvalue()


def _show(network: str, second: str, example: str, uploaded: str | None) -> dict[str, Any]:
    """What the networks see and answer; the maps are asked for by the part, which keeps those that it had."""
    from apps import _attribution

    if not network:
        raise BadInput("Choose a network first.")
    subjects = []
    for reference in filter(None, (network, second)):
        _networks.require(reference)
        seen = _attribution.subject(_source(example, uploaded), reference)
        subjects.append(
            {
                "network": seen.network.reference,
                "key": seen.key,
                "size": list(seen.x.shape[2:]),
                "input": seen.picture,
                "labels": seen.model.labels,
                "answers": seen.answers(seen.target("")),
            }
        )
    return {"subjects": subjects, "picture": example}


_RUNNING: dict[tuple[str | None, str], threading.Event] = {}
"""What is being computed, by visitor and request; set, it ends."""


class _StoppedError(Exception):
    """Nobody waits any longer."""


def _who(event: gr.EventData, request: gr.Request) -> tuple[str | None, str]:
    return request.session_hash, str(getattr(event, "id", ""))[:20]


def _beside(who: tuple[str | None, str], name: str, work: Callable[[], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Do the work in a thread, telling how much is done, and end with what it returns or the sentence that refuses."""
    from apps import _attribution

    news: queue.SimpleQueue[Any] = queue.SimpleQueue()
    left = _RUNNING[who] = threading.Event()

    def tell(share: float) -> None:
        if left.is_set():
            raise _StoppedError
        news.put(share)

    def run() -> None:
        _attribution.TOLD.set(tell)
        try:
            news.put({name: work()})
        except (BadInput, zoo.ZooError) as refusal:
            news.put({"problem": str(refusal)})
        except _StoppedError:
            news.put({"stopped": True})
        except Exception as error:  # raised again where gradio sees it
            news.put(error)

    threading.Thread(target=run, name="attribution", daemon=True).start()
    told, request = 0.0, {"id": who[1]}
    try:
        while True:
            item = news.get()
            if isinstance(item, Exception):
                raise item
            if isinstance(item, dict):
                yield item | request
                return
            if time.monotonic() - told > _TOLD_SECONDS:
                told = time.monotonic()
                yield {"done": item} | request
    finally:
        left.set()
        _RUNNING.pop(who, None)


def example() -> Sequence[Any]:
    first, second = _opening()
    return [_example(first, second)] if first else []


@functools.lru_cache(maxsize=2)
def _example(first: str, second: str) -> dict[str, Any]:
    picture = _default(first)
    maps = [attribute_pixels(_source(picture, None), network, _METHOD) for network in filter(None, (first, second))]
    check = randomise_layers(_source(picture, None), first, _METHOD)
    return _show(first, second, picture, None) | {"maps": maps, "checks": [check]}


UNDERSTAND = r"""
All four ask about $f$, one class's score before softmax (its logit), and answer with a number for each pixel. They ask
different questions, so they may disagree without one of them being wrong.

**Saliency** ([Simonyan et al., 2013](https://arxiv.org/abs/1312.6034)): how much would the score move if this pixel
moved a little? $|\partial f / \partial x|$, the largest of the pixel's channels. One pass; but it is the slope at this
one picture: where the network is already sure, the slope is nearly flat, and neighbouring pixels' slopes are noisy.

**Integrated gradients** ([Sundararajan et al., 2017](https://arxiv.org/abs/1703.01365)) go the straight way from a
baseline $b$, a picture with nothing on it, to the picture $x$, and add the slopes up:

$$a_i = (x_i - b_i) \int_0^1 \frac{\partial f}{\partial x_i}\bigl(b + \alpha (x - b)\bigr)\, d\alpha, \qquad
\sum_i a_i = f(x) - f(b)$$

The right-hand side is *completeness*: the parts are shares of one whole. A computer takes the integral at a few places
only, so the sum is a little off, and the tab shows by how much. Half of the steps are spread evenly. A piece of the way
should add up to what the score gains along it, which two forward passes tell; the other steps go where gradients and
gain differ most. The promise says nothing about the baseline: what has the baseline's colour gets nothing, whatever it
means to the network. On black, black ink has no share.

**Grad-CAM** ([Selvaraju et al., 2016](https://arxiv.org/abs/1610.02391)) asks the last maps that still have places, not
the pixels: $\mathrm{ReLU}\bigl(\sum_k w_k A^k\bigr)$, each map $A^k$ weighed by the mean slope
$w_k = \frac{1}{hw}\sum_{ij} \partial f / \partial A^k_{ij}$. Coarse, 4 × 4 places for a CIFAR ResNet, but about the
class. A vision transformer has tokens instead: here those that enter the last block, because of what leaves it only the
class token is read.

**Occlusion** ([Zeiler and Fergus, 2013](https://arxiv.org/abs/1311.2901)): cover a window with the baseline, and see
how much the score falls. No gradient, so no trust in slopes; but a covered picture is one that the network has never
seen, and two things that can stand in for each other look both unimportant.

**The sanity check** ([Adebayo et al., 2018](https://arxiv.org/abs/1810.03292)): a map that explains the network must
change when the network forgets. From the classifier down, stage by stage, all weights change places at random (the
paper draws new ones; shuffled, they keep their sizes), and each map is compared with the first by Spearman's rank
correlation $\rho$ of absolute values: 1 is the same order of pixels, 0 none. The tab says *fell apart* where
$|\rho| \le 0.5$ once nothing learnt is left. A map that fails shows the picture (its edges, its ink), however
convincing it looks. One that passes depends on the weights; that alone does not make it right.
"""

EXHIBIT = Exhibit(
    title="Attribution",
    claim="Which pixels made it say that?",
    lead="**Drag the line**: one picture, two networks, and what each of them leaned on. Change the **method**, and "
    "ask whether its map would survive a network that **forgot everything**.",
    order=35,
    days=("w2d7", "w5d7"),
    layout=layout,
    example=example,
    functions=(attribute_pixels, randomise_layers),
    understand=UNDERSTAND,
)


if __name__ == "__main__":
    from apps import _frame

    _frame.launch(_frame.build({"attribution": EXHIBIT}))
