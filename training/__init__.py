"""How each release was made, one program each: `python -m training.lenet`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from training._data import Dataset


def data_folder() -> Path:
    """The folder of the data sets: `TENWEEKS_DATA`, or `~/.cache/tenweeks/data`."""
    return Path(os.environ.get("TENWEEKS_DATA", "~/.cache/tenweeks/data")).expanduser()


def load_dataset(name: str) -> Dataset:
    """The data set of that name, such as "cifar10", from `data_folder()`; downloaded where it is not there.

    Raises:
        SystemExit: it is neither there nor can it be downloaded.
    """
    from training import _data

    return _data.load_dataset(name, data_folder())


def check_answers(reference: str) -> Tensor:
    """Which pictures of its full test set a release gets right, in their order: bool N.

    As a user gets it: `zoo.load`, its `preprocess`, float32 on the processor. The data set is `load_dataset`'s.
    """
    import zoo
    from training import _common

    model = zoo.load(reference)
    name, _, some = model.release.metric.dataset.partition("-")
    data = load_dataset(name)
    if some:
        data = data.select_classes(model.labels)
    answers = _common.answer_pictures(model, _common.prepare_pictures(model.preprocess, data.test_images))
    return answers == data.test_labels


def measure_generator(reference: str) -> dict[str, Any]:
    """The quality of a released generator on its full test set, as `training/_quality.py` lists it.

    As a user gets it: `zoo.load`, float32 on the processor. The data set is `load_dataset`'s.

    Raises:
        SystemExit: the data set, or the classifier that measures, is not here.
    """
    from safetensors.torch import load

    import zoo
    from training import _adversarial, _quality

    model = zoo.load(reference)
    data = load_dataset(model.release.metric.dataset)
    golden = load(zoo.read_file(model.release, "golden.safetensors"))["inputs"]
    draws = _adversarial.draw_samples(model, len(data.test_images), golden.shape[1])
    return _quality.measure_quality(draws, data, _quality.load_judge(data), _adversarial.paint(model, golden))
