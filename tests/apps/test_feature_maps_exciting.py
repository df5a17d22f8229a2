"""The nine pictures that excite a channel most: the strongest of all, whatever the slices, and no other visitor's."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from apps import _networks
from apps._inputs import BadInput
from apps.feature_maps import exciting, find_exciting_pictures, locate_receptive_field, stimuli
from zoo.examples import drawn_digit

DIGITS, PHOTOS = "lenet.mnist", "resnet18.cifar10"


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    exciting._TABLES.clear()
    yield
    exciting._TABLES.clear()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve pictures, because a photo network takes a second for fifty."""
    make = stimuli.make
    monkeypatch.setattr(stimuli, "make", lambda size, channels: make(size, channels)[:12])


def pixels(url: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


# ---------------------------------------------------------------------------------------------------- the pictures


@pytest.mark.parametrize(("size", "channels"), [(32, 3), (28, 1), (57, 3)])
def test_the_same_pictures_are_made_every_time(size: int, channels: int) -> None:
    first = stimuli.make(size, channels)
    again = stimuli.make.__wrapped__(size, channels)
    assert 150 <= len(first) <= 300
    for one, other in zip(first, again, strict=True):
        assert one.title == other.title
        assert one.pixels.shape == (size, size, channels)
        assert one.pixels.dtype == np.uint8
        assert np.array_equal(one.pixels, other.pixels)
    different = {picture.pixels.tobytes() for picture in first}
    assert len(different) > 0.97 * len(first)
    titles = " ".join(picture.title for picture in first)
    kinds = ["grating", "edge", "checkerboard", "rings", "dots", "disc", "noise", "a drawn 3"]
    assert all(kind in titles for kind in kinds)
    photographs = ("a cat", "part of an astronaut", "red and green")
    assert all((name in titles) == (channels == 3) for name in photographs)


def test_gratings_go_the_way_that_they_say() -> None:
    upright, tilted = stimuli._grating(48, 0, 8), stimuli._grating(48, 90, 8)
    assert np.allclose(upright[:, :-8], upright[:, 8:])  # 8 pixels to the right it repeats
    assert np.ptp(upright, axis=0).max() < 1e-9
    assert np.allclose(tilted, upright[:, ::-1].T)
    assert np.allclose(stimuli._checkers(4, 2)[0], [0, 0, 1, 1])
    assert stimuli._edge(9, 90)[0].min() == 1  # light towards the top


# ---------------------------------------------------------------------------------------------------- the nine


@pytest.mark.parametrize(("layer", "channel"), [("conv1", 2), ("pool1", 0), ("conv2", 7), ("fc3", 4)])
def test_the_nine_are_the_strongest_of_all(layer: str, channel: int) -> None:
    model: Any = _networks.load(DIGITS)
    pictures = stimuli.make(28, 1)
    x = torch.from_numpy(np.stack([picture.pixels for picture in pictures])).permute(0, 3, 1, 2).float() / 255
    x = (x - model.preprocess.mean[0]) / model.preprocess.std[0]
    seen: dict[str, torch.Tensor] = {}
    handle = model.get_submodule(layer).register_forward_hook(lambda m, a, y: seen.update(y=y))
    with torch.inference_mode():
        model(x)
    handle.remove()
    peaks = seen["y"][:, channel].reshape(len(pictures), -1).max(1)
    order = peaks.values.argsort(descending=True, stable=True)[:9]

    found = find_exciting_pictures(DIGITS, layer, channel, None)
    assert (found["done"], found["total"], found["own"]) == (len(pictures), len(pictures), 0)
    assert [one["value"] for one in found["nine"]] == pytest.approx(peaks.values[order].tolist(), rel=1e-5)
    for one, index in zip(found["nine"], order.tolist(), strict=True):
        best = peaks.values[index].item()
        # Equal pictures may stand in another order only where their values are.
        titles = [pictures[i].title for i in order.tolist() if abs(peaks.values[i].item() - best) < 1e-4]
        assert one["title"] in titles
        known = next(picture for picture in pictures if picture.title == one["title"])
        assert pixels(one["picture"]).shape == known.pixels.shape[:2]


def test_each_value_stands_where_it_says_and_sees_what_it_says() -> None:
    found = find_exciting_pictures(DIGITS, "conv2", 3, None)
    trace, _, _ = _networks.find_trace("7", DIGITS)
    layer, model = trace.layers["conv2"], _networks.load(DIGITS)
    for one in found["nine"]:
        x: Any = torch.from_numpy(pixels(one["picture"]).astype(np.float32) / 255)[None, None]
        settings: Any = model.preprocess
        x = (x - settings.mean[0]) / settings.std[0]
        with torch.inference_mode():
            y = model.conv2(model.pool1(model.relu1(model.conv1(x))))  # type: ignore[operator]
        assert y[0, 3, one["row"], one["column"]].item() == pytest.approx(one["value"], rel=1e-4)
        assert one["rows"] == list(layer.rows.seen[one["row"]])
        assert one["columns"] == list(layer.columns.seen[one["column"]])


def test_slices_and_one_go_find_the_same() -> None:
    network = _networks.describe_cnn(DIGITS)
    whole = exciting.find_pictures(network, "conv2", 5)
    exciting._TABLES.clear()
    parts = exciting.find_pictures(network, "conv2", 5, seconds=0)
    assert 0 < parts["done"] < parts["total"]
    assert len(parts["nine"]) <= 9
    while parts["done"] < parts["total"]:
        before = parts
        parts = exciting.find_pictures(network, "conv2", 5, seconds=0)
        assert parts["done"] > before["done"]
        assert parts["nine"][0]["value"] >= before["nine"][0]["value"]
    assert [(one["title"], one["row"]) for one in parts["nine"]] == [
        (one["title"], one["row"]) for one in whole["nine"]
    ]


def test_pictures_that_a_browser_holds_are_not_sent_again(few: None, tmp_path: Any) -> None:
    network = _networks.describe_cnn(DIGITS)
    whole = exciting.find_pictures(network, "conv1", 1)
    numbers = [one["number"] for one in whole["nine"]]
    assert len(set(numbers)) == 9
    again = exciting.find_pictures(network, "conv1", 1, known=numbers[1:])
    assert again["nine"] == [whole["nine"][0], *({**one, "picture": ""} for one in whole["nine"][1:])]
    # A number that once meant somebody's own picture brings nothing of theirs, and is no excuse to send none.
    drawn_digit(3).save(tmp_path / "mine.png")
    mine = exciting.find_pictures(network, "fc3", 3, [str(tmp_path / "mine.png")], known=range(99))
    assert [bool(one["picture"]) for one in mine["nine"]] == [one["own"] for one in mine["nine"]]
    assert any(one["own"] for one in mine["nine"])


def test_visitors_who_ask_at_once_get_the_same(few: None) -> None:
    network, answers = _networks.describe_cnn(PHOTOS), []
    threads = [
        threading.Thread(target=lambda: answers.append(exciting.find_pictures(network, "layer1.0", 3)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["done"] == 12


# ---------------------------------------------------------------------------------------------------- uploads


def test_an_upload_competes_and_is_kept_nowhere(few: None, tmp_path: Any) -> None:
    mine = str(tmp_path / "mine.png")
    drawn_digit(7).save(mine)
    plain = find_exciting_pictures(DIGITS, "fc3", 7, None)
    with_mine = find_exciting_pictures(DIGITS, "fc3", 7, mine)
    assert with_mine["own"] == 1
    [own] = [one for one in with_mine["nine"] if one["own"]]
    assert own["title"] == "your picture"
    assert own["value"] == pytest.approx(locate_receptive_field(mine, DIGITS, "fc3", 7, 0, 0)["value"], rel=1e-5)
    assert own["value"] == with_mine["nine"][0]["value"], "of twelve pictures none is as much of a seven"

    [table] = exciting._TABLES.values()
    assert table.done == len(table.pictures) == 12
    assert all(int(best.pictures.max()) < 12 for best in table.best.values())
    assert find_exciting_pictures(DIGITS, "fc3", 7, None) == plain
    assert not any(one["own"] for one in plain["nine"])

    # The last few of a session compete, not all that were ever uploaded.
    many = exciting.find_pictures(_networks.describe_cnn(DIGITS), "fc3", 7, [mine] * 9)
    assert many["own"] == exciting.OWN


def test_few_networks_are_kept(few: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exciting, "KEPT", 1)
    find_exciting_pictures(DIGITS, "conv1", 0, None)
    find_exciting_pictures(PHOTOS, "conv1", 0, None)
    assert list(exciting._TABLES) == [_networks.describe_cnn(PHOTOS).digest]
    [table] = exciting._TABLES.values()
    kept = sum(tensor.nbytes for best in table.best.values() for tensor in (best.values, best.pictures, best.places))
    assert kept < 1_000_000
    assert _networks.TURN.acquire(blocking=False)
    _networks.TURN.release()


# ---------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"layer": "conv9"}, "has no layer 'conv9' to excite: choose a convolution"),
        ({"layer": "relu1"}, "has no layer 'relu1' to excite"),
        ({"layer": None}, "has no layer 'None' to excite"),
        ({"channel": 99}, "conv1 has no channel 99: choose one from 0 to 5."),
        ({"channel": -1}, "conv1 has no channel -1"),
        ({"channel": "x"}, "The channel must be a whole number, not 'x'."),
        ({"network": "mlp.mnist"}, "mlp.mnist has no convolutions, so it has no feature maps"),
        ({"network": "vit.cifar10"}, "look at it in Attention."),
        ({"network": None}, "Choose a network first."),
        ({"picture": "/nowhere/at-all.png"}, "cannot be found"),
    ],
)
def test_what_cannot_be_sought_is_refused_in_one_sentence(few: None, change: dict[str, Any], sentence: str) -> None:
    asked: dict[str, Any] = {"network": DIGITS, "layer": "conv1", "channel": 0, "picture": None}
    with pytest.raises(BadInput) as refusal:
        find_exciting_pictures(**asked | change)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
