"""Transfer: how few pictures a network needs that has learnt to look, and a head taught on your own."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr
from PIL import Image

import zoo
from apps._exhibit import Exhibit, endpoint, listen
from apps._inputs import BadInput, read_picture
from apps._picture import Picture
from apps._pictures import Pictures
from apps.widgets.paper import for_paper
from apps.widgets.transfer_curves import TransferCurves
from apps.widgets.transfer_lab import TransferLab
from zoo.examples import example_pictures


def compare_methods(pictures: int, augmented: bool) -> dict[str, Any]:
    """Compare learning from scratch, on a frozen backbone and by fine-tuning, as the transfer study measured them.

    Args:
        pictures: how many of each class there were to learn from: 10, 50, 100 or 500.
        augmented: whether they were also shifted, mirrored and partly blanked.

    Returns:
        `methods`: each one's `accuracies` on the 2,000 test pictures of cats and dogs, seed by seed, as fractions,
        their `mean` and `deviation`. `gain`: the mean of fine-tuned − scratch over the `pairs` of equal seeds, with its
        95 % confidence interval from `low` to `high` (paired t-test).
    """
    from apps import _transfer

    return _transfer.compare(_transfer.read_table(_transfer.table()), pictures, augmented)


def teach_head(
    first_pictures: list[str], second_pictures: list[str], first_name: str, second_name: str, augment: bool
) -> dict[str, Any]:
    """Teach two new classes to a network that never changes: train a linear layer on its features of a few pictures.

    Args:
        first_pictures: 1 to 50 picture files of the first class.
        second_pictures: the same of the second.
        first_name: what the first class is called.
        second_name: what the second is called.
        augment: whether each picture is shown in four versions: as it is, mirrored, and both shifted.

    Returns:
        `head`: the taught layer as plain numbers, for `classify_with_head`; nothing of it is kept here. `losses`: after
        each step. `left_out`: how many of the `pictures` were `right` when each was left out of the teaching once, and
        the 95 % interval of that share from `low` to `high`; None where a class has a single picture.
    """
    from apps import _transfer

    lesson = _transfer.lesson(first_pictures, second_pictures, first_name, second_name)
    *_, taught = _transfer.teach(lesson, augment)
    return taught


def classify_with_head(picture: str, head: dict[str, Any]) -> dict[str, Any]:
    """Classify a picture with a head that was taught before, and ask the network itself as well.

    Args:
        picture: a picture's file.
        head: what `teach_head` returned under that name.

    Returns:
        `answers`: the two names with their probabilities. `says`: the three most probable of the `words` that the
        `network` itself was trained on. `saw`: the pixels that it saw, a PNG as a data URL.
    """
    from apps import _transfer

    return _transfer.classify(read_picture(picture), head)


# ---------------------------------------------------------------------------------------------------- layout

_STEP_SECONDS = 0.1
"""Between two tellings of how far a lesson is."""
_SMALL = 20_000
"""Characters of a picture that a page was given back; 32 × 32 pixels take a quarter of it even when they are noise."""
_OPENING = (("cat", "cat"), ("coffee", "cup"))
_CROPS = 6


def layout() -> Sequence[gr.components.Component]:
    curves = TransferCurves(elem_classes="transfer-curves")
    lab = TransferLab(elem_classes="transfer-lab")

    def read_upload(event: gr.EventData) -> dict[str, Any]:
        turn = getattr(event, "turn", None)
        try:
            [picture] = _arrived([getattr(event, "file", None)])
            return {"turn": turn, "read": _shown(read_picture(picture))}
        except (BadInput, zoo.ZooError) as refusal:
            return {"turn": turn, "problem": str(refusal)}

    def teach(event: gr.EventData) -> Iterator[dict[str, Any]]:
        from apps import _transfer

        turn = getattr(event, "turn", None)
        first, second, names, augment = (getattr(event, n, None) for n in ("first", "second", "names", "augment"))
        told = 0.0
        try:
            one, other = names if isinstance(names, list) and len(names) == 2 else (None, None)
            lesson = _transfer.lesson(_arrived(first, _SMALL), _arrived(second, _SMALL), one, other)
            for step in _transfer.teach(lesson, augment):
                if step["stage"] == "taught" or time.monotonic() - told > _STEP_SECONDS:
                    told = time.monotonic()
                    yield {"turn": turn, **step}
        except (BadInput, zoo.ZooError) as refusal:
            yield {"turn": turn, "problem": str(refusal)}

    def classify_next(event: gr.EventData) -> dict[str, Any]:
        turn = getattr(event, "turn", None)
        try:
            [picture] = _arrived([getattr(event, "picture", None)], _SMALL)
            return {"turn": turn, "answer": classify_with_head(picture, getattr(event, "head", {}))}
        except (BadInput, zoo.ZooError) as refusal:
            return {"turn": turn, "problem": str(refusal)}

    # Every answer counts here, so none is dropped for a newer one as `listen` does.
    private: dict[str, Any] = {
        "api_visibility": "private",
        "concurrency_id": "processor",
        "concurrency_limit": 1,
        "trigger_mode": "multiple",
        "show_progress": "hidden",
    }
    gr.on([lab.upload], read_upload, None, [lab], **private)
    teaching = gr.on([lab.select], teach, None, [lab], **private)
    gr.on([lab.submit], classify_next, None, [lab], **private)
    gr.on([lab.stop], None, None, None, cancels=[teaching], api_visibility="private")

    size, augmented = gr.Number(50, precision=0, visible=False), gr.Checkbox(False, visible=False)
    pictures = [Pictures(visible=False, label=label) for label in ("first pictures", "second pictures")]
    names = [gr.Textbox(visible=False, label=label) for label in ("first name", "second name")]
    picture, head = Picture(visible=False, label="picture"), gr.JSON(visible=False, label="head")
    data = gr.JSON(visible=False, label="data")
    listen([gr.Button(visible=False).click], compare_methods, [size, augmented], [data])
    # Reading a hundred large files takes its time, so API clients do not wait in the visitors' queue.
    endpoint(teach_head, [*pictures, *names, augmented], [data], fetches=True)
    endpoint(classify_with_head, [picture, head], [data])
    return [curves, lab]


def _arrived(pictures: object, longest: float = math.inf) -> Any:
    """Pictures as a page sends them: data URLs, so that no file of a visitor is written here, and none of ours read.

    Raises:
        BadInput: one is no data URL, or has more characters than it should.
    """
    if isinstance(pictures, list):
        for picture in pictures:
            if not isinstance(picture, str) or not picture.startswith("data:") or len(picture) > longest:
                raise BadInput("A picture did not arrive whole: add it again.")
    return pictures


def _shown(picture: Image.Image) -> dict[str, str]:
    """What the browser keeps of a picture: all that the network sees of it, and a larger one to look at."""
    from apps import _transfer

    thumb = picture.copy()
    thumb.thumbnail((224, 224), Image.Resampling.LANCZOS)
    return {"small": _transfer.shrink(picture), "thumb": for_paper(thumb)}


def example() -> Sequence[Any]:
    return [_study(), _lesson()]


def _study() -> dict[str, Any]:
    from apps import _transfer

    try:
        text = _transfer.table()
        rows = _transfer.read_table(text)
    except zoo.ZooError as refusal:
        return {"missing": str(refusal)}
    sizes = sorted({row.pictures for row in rows})
    kinds = sorted({row.augmented for row in rows})
    return {"settings": [_transfer.compare(rows, size, kind) for size in sizes for kind in kinds], "csv": text}


def _lesson() -> dict[str, Any]:
    from apps import _transfer

    try:
        return _opening(_transfer.backbone().digest)
    except zoo.ZooError:
        return {"missing": "The zoo holds no backbone yet. Make it: `python -m training.resnet_8class`."}


@functools.lru_cache(maxsize=1)
def _opening(digest: str) -> dict[str, Any]:
    """The worked example: crops of two photographs as two classes already taught, and one crop more to classify."""
    from apps import _transfer

    crops = [[_shown(crop) | {"name": f"crop {n}"} for n, crop in enumerate(_crops(photo), 1)] for photo, _ in _OPENING]
    (_, one), (_, other) = _OPENING
    classes, further = [row[:_CROPS] for row in crops], crops[0][_CROPS]
    first, second = ([picture["small"] for picture in row] for row in classes)
    taught = teach_head(first, second, one, other, augment=False)
    return {
        "opening": {
            "names": [one, other],
            "classes": classes,
            "taught": taught,
            "next": further,
            "answer": classify_with_head(further["small"], taught["head"]),
        },
        "most": _transfer.MOST,
    }


def _crops(name: str) -> list[Image.Image]:
    """Square pieces of a package's photograph, always the same ones: seven, each half as high as it."""
    picture = read_picture(str(example_pictures()[name]))
    side = picture.height // 2
    corners = [(x, y) for y in (0.1, 0.5) for x in (0.3, 0.5, 0.7)] + [(0.45, 0.3)]
    boxes = [(round(x * (picture.width - side)), round(y * (picture.height - side))) for x, y in corners]
    return [picture.crop((left, top, left + side, top + side)) for left, top in boxes]


UNDERSTAND = r"""
**Three ways.** *From scratch*, every weight is learnt from the few pictures. *Frozen*, the network stays as eight other
classes of CIFAR-10 made it, and only a new last layer learns: 514 numbers instead of 2,795,554. *Fine-tuned*,
everything learns again, from where it was, in small steps. With very few pictures, freeze; with more of them, or with
pictures unlike the old ones, fine-tune; and where the frozen layer is enough, it is the cheapest by far.

**Why it works.** Early layers look for edges, colours and textures, whatever the classes; only the last ones are about
their own classes. [Yosinski et al., 2014](https://arxiv.org/abs/1411.1792) cut networks at every depth: early layers
moved to other classes without loss, later ones lost more, and weights from elsewhere, fine-tuned, were a better start
than fresh ones even where data was plenty.

**What the button does.** The frozen network makes 256 numbers $f$ of each picture. Taught are a direction $w$ and an
offset $b$, so that

$$p(\text{second class}) = \frac{1}{1 + e^{-(w \cdot f + b)}}$$

fits the names. The loss is the mean cross-entropy and a penalty on the length of $w$. It has a single lowest point,
which Newton's method finds in a few steps, from $\ln 2 \approx 0.69$, the loss of guessing. This is how
[Kornblith et al., 2018](https://arxiv.org/abs/1805.08974) ask what features are worth. Then each picture is left out
once, with all of its versions, and judged by a layer that never saw it: an honest estimate, and from a handful of
pictures a wide one.

**Batch norm.** A frozen network must stay in evaluation mode. Otherwise its batch norms move their means and variances
with every batch, and what was frozen drifts, without one weight having been trained.

**Learning rates.** Fine-tuning wants small steps for old weights and large ones for the new layer (0.01 and 0.05 in the
study). A random new layer sends random gradients down and spoils what was good, so many train it alone first
([Kumar et al., 2022](https://arxiv.org/abs/2202.10054)).

**Larger.** Where there is a network, `python -m training.transfer --backbone resnet50 --pretrained` does the same with
ResNet50: it fetches torchvision's ImageNet weights, whose digest is pinned.

**What stays here.** Nothing. A picture is read once, and what the network sees of it, 32 × 32 pixels, goes back to your
browser. The browser keeps it, and the taught layer too, and sends both with each request.

**Saturday's question**, *How to fine-tune small dataset?*, is answered on [its page](?day=w2d6).
"""

EXHIBIT = Exhibit(
    title="Transfer",
    claim="A network that has learnt to look needs few pictures",
    lead="**Move over the chart** and compare the three lines where pictures are few. Then **teach it two things of "
    "your own** with a handful of pictures, and show it the next.",
    order=37,
    days=("w2d6",),
    layout=layout,
    example=example,
    functions=(compare_methods, teach_head, classify_with_head),
    understand=UNDERSTAND,
)


if __name__ == "__main__":
    from apps import _frame

    _frame.launch(_frame.build({"transfer": EXHIBIT}))
