"""What is where in the tab, and how its parts are wired."""

from __future__ import annotations

import functools
import io
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr

import zoo
from apps import _networks
from apps._gallery.exhibit import endpoint, listen
from apps._inputs import BadInput
from apps._inputs.network_menu import network_menu
from apps._inputs.upload import Picture, check_upload
from apps._networks import traces
from apps.attribution import attribute_pixels, randomise_layers
from apps.attribution.parts import AttributionLab
from zoo import upstream
from zoo.examples import drawn_digit, example_pictures

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
                "Network on the right", networks, upstream.CATALOG, second, optional=True, explains=False, link="second"
            )
        with gr.Column(scale=2, min_width=120):
            example = gr.Dropdown(_menu(None), value=_default(first), label="Picture")
        upload = gr.UploadButton(
            "Upload a picture", file_types=["image"], type="filepath", size="md", scale=1, min_width=150
        )
    uploaded = gr.State(None)
    lab = AttributionLab(elem_classes="attribution-lab")

    def choose_network(network: str, second: str, example: str, uploaded: str | None) -> Sequence[Any]:
        if example != _UPLOADED and network and not traces.suits(example, _networks.describe(network)):
            example = _default(network)
        return example, _show(network, second, example, uploaded)

    def upload_picture(network: str, second: str, file: str) -> Sequence[Any]:
        check_upload(file)
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
    photos = [release for release in _networks.cnns() if traces.kind(release) == "photo"]
    first = [*(r for r in photos if r.name == _FIRST), *photos, *_networks.classifiers()]
    transformers = _networks.transformers()
    second = [r for r in (*(t for t in transformers if t.name == _SECOND), *transformers) if r not in first[:1]]
    return (first[0].reference if first else None), (second[0].reference if second else "")


def _default(network: str | None) -> str:
    return "7" if network and traces.kind(_networks.describe(network)) == "digit" else "cat"


def _menu(uploaded: str | None) -> list[tuple[str, str]]:
    return [*([("your picture", _UPLOADED)] if uploaded else []), *traces.examples()]


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
    from apps.attribution import methods

    if not network:
        raise BadInput("Choose a network first.")
    subjects = []
    for reference in filter(None, (network, second)):
        _networks.require(reference)
        seen = methods.subject(_source(example, uploaded), reference)
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
    from apps.attribution import methods

    news: queue.SimpleQueue[Any] = queue.SimpleQueue()
    left = _RUNNING[who] = threading.Event()

    def tell(share: float) -> None:
        if left.is_set():
            raise _StoppedError
        news.put(share)

    def run() -> None:
        methods.TOLD.set(tell)
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
