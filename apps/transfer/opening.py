"""What the tab opens on: the study's settings, and two classes that were already taught."""

from __future__ import annotations

import functools
from typing import Any

from PIL import Image

import zoo
from apps._inputs import read_picture
from apps._inputs.pictures import MAX_FILE
from apps.transfer import classify_with_head, teach_head
from apps.transfer.backbone import describe_backbone, describe_picture
from apps.transfer.lesson import MAX_NAME, MAX_PICTURES
from apps.transfer.study import compare_setting, parse_results, read_results
from zoo.examples import example_pictures

CLASSES = (("cat", "cat"), ("coffee", "cup"))
"""Of each an example picture, and what its crops are called."""
CROPS = 6
"""That a class is taught on; the first class has one more, to be classified."""


def describe_study() -> dict[str, Any]:
    """The value of `TransferCurves`: every setting of the study compared, and its table; or why there is none."""
    try:
        text = read_results()
        rows = parse_results(text)
    except zoo.ZooError as refusal:
        return {"missing": str(refusal)}
    sizes = sorted({row.pictures for row in rows})
    kinds = sorted({row.augmented for row in rows})
    return {"settings": [compare_setting(rows, size, kind) for size in sizes for kind in kinds], "csv": text}


def describe_lab() -> dict[str, Any]:
    """The value of `TransferLab`: the worked example and the limits; or a sentence on how to make the backbone."""
    try:
        return describe_example(describe_backbone().digest)
    except zoo.ZooError:
        return {"missing": "The zoo holds no backbone yet. Make it: `python -m training.resnet_8class`."}


@functools.lru_cache(maxsize=1)
def describe_example(digest: str) -> dict[str, Any]:
    """Crops of two photographs, taught by the backbone of that digest, and its answer to one crop more."""
    crops = [
        [describe_picture(crop) | {"name": f"crop {number}"} for number, crop in enumerate(crop_photo(photo), 1)]
        for photo, _ in CLASSES
    ]
    names = [name for _, name in CLASSES]
    classes, further = [row[:CROPS] for row in crops], crops[0][CROPS]
    first, second = ([picture["small"] for picture in row] for row in classes)
    taught = teach_head(first, second, names[0], names[1], augment=False)
    return {
        "opening": {
            "names": names,
            "classes": classes,
            "taught": taught,
            "next": further,
            "answer": classify_with_head(further["small"], taught["head"]),
        },
        "limits": {"pictures": MAX_PICTURES, "file": MAX_FILE, "name": MAX_NAME},
    }


def crop_photo(name: str) -> list[Image.Image]:
    """Square pieces of a package's photograph, always the same ones: seven, each half as high as it."""
    picture = read_picture(str(example_pictures()[name]))
    side = picture.height // 2
    corners = [(x, y) for y in (0.1, 0.5) for x in (0.3, 0.5, 0.7)] + [(0.45, 0.3)]
    boxes = [(round(x * (picture.width - side)), round(y * (picture.height - side))) for x, y in corners]
    return [picture.crop((left, top, left + side, top + side)) for left, top in boxes]
