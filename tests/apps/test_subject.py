"""A picture before a network: one cache for all tabs, bounded, right, and shared by those who come at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from apps import _networks
from apps._inputs import BadInput, examples
from apps._networks import subject as room
from apps._networks.answers import compare_answers, compute_scores, rank_answers
from apps._networks.subject import find_subject, forget_subjects

DIGITS, PHOTOS = _networks.describe("lenet.mnist"), _networks.describe("resnet18.cifar10")


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    forget_subjects()
    yield
    forget_subjects()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The pictures that were decoded, one after the other."""
    seen: list[Any] = []
    open_picture = examples.open_picture

    def note_and_open(picture: Any) -> Image.Image:
        seen.append(picture)
        return open_picture(picture)

    monkeypatch.setattr(room, "open_picture", note_and_open)
    return seen


def save_picture(path: Path, colour: str) -> str:
    Image.new("RGB", (40, 30), colour).save(path)
    return str(path)


def test_a_picture_is_decoded_once_for_all_networks(opened: list[Any], tmp_path: Path) -> None:
    picture = save_picture(tmp_path / "red.png", "red")
    first = find_subject(picture, DIGITS)
    assert find_subject(picture, DIGITS) is first
    assert find_subject(picture, PHOTOS) is not first
    assert opened == [picture]


def test_a_file_that_changed_is_another_picture(tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    first = find_subject(save_picture(path, "red"), PHOTOS)
    second = find_subject(save_picture(path, "lightblue"), PHOTOS)
    assert first.key != second.key


def test_what_it_says_is_what_the_network_computes() -> None:
    seen = find_subject("7", DIGITS)
    with torch.inference_mode():
        scores = seen.model(seen.x)[0]
    assert torch.equal(seen.scores, scores)
    assert seen.trace is seen.trace
    assert torch.allclose(next(reversed(seen.trace.values.values())).detach()[0], scores)
    assert seen.picture.startswith("data:image/png;base64,")
    assert seen.key == find_subject("7", DIGITS).key != find_subject("8", DIGITS).key


def test_few_are_kept_and_by_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    for digit in examples.DIGITS[:6]:
        find_subject(digit, DIGITS)
        find_subject(digit, PHOTOS)
    assert len(room._subjects) == room.KEPT
    assert len(room._pictures) <= room.KEPT_PICTURES
    last = find_subject("5", PHOTOS)
    assert last.trace.values
    monkeypatch.setattr(room, "KEPT_BYTES", last.bytes - 1)
    assert find_subject("5", PHOTOS) is last
    assert list(room._subjects.values()) == [last]


def test_two_who_come_at_once_share_one_while_a_third_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    load, fetched, asked = _networks.load, threading.Event(), threading.Barrier(3)

    def load_slowly(reference: str) -> Any:
        if reference == PHOTOS.reference:
            asked.wait(20)
            fetched.wait(20)
        return load(reference)

    monkeypatch.setattr(_networks, "load", load_slowly)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(find_subject("cat", PHOTOS))) for _ in range(2)]
    for thread in threads:
        thread.start()
    asked.wait(20)
    assert find_subject("7", DIGITS).scores.argmax() == 7
    fetched.set()
    for thread in threads:
        thread.join(20)
    assert found[0] is found[1]


def test_what_is_no_picture_is_refused_and_not_kept(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_text("<html>")
    for nothing in ("", None, str(tmp_path / "page.png"), str(tmp_path / "absent.png"), b"", 7, ["cat"], "\0"):
        with pytest.raises(BadInput, match=r"[.]$"):
            find_subject(nothing, DIGITS)
    assert not room._subjects


@pytest.mark.parametrize("name", ["", None, 7])
def test_no_network_is_a_sentence(name: Any) -> None:
    for describe in (_networks.describe_cnn, _networks.describe_transformer, _networks.describe_classifier):
        with pytest.raises(BadInput, match="Choose a network first"):
            describe(name)


def test_leading_answers_fall_and_the_class_in_question_is_among_them() -> None:
    seen = find_subject("7", DIGITS)
    worst = int(seen.scores.argmin())
    ranked = rank_answers(seen.model.labels, seen.scores, worst)
    assert [answer["rank"] for answer in ranked] == [1, 2, 3, 4, 5, 10]
    assert ranked[0]["label"] == "7"
    assert [answer["asked"] for answer in ranked] == [False] * 5 + [True]
    assert ranked[0]["score"] == seen.scores.max().item()
    assert not any(answer["asked"] for answer in rank_answers(seen.model.labels, seen.scores))


def test_answers_are_compared_in_the_order_after() -> None:
    before, after = torch.tensor([3.0, 2, 1]), torch.tensor([0.0, 0, 9])
    compared = compare_answers(["a", "b", "c"], before, after)
    assert [answer["label"] for answer in compared] == ["c", "a", "b"]
    assert compared[0]["score_before"] == 1
    assert sum(answer["after"] for answer in compared) == pytest.approx(1)
    model: Any = find_subject("7", DIGITS).model
    assert compute_scores(model, torch.zeros(2, 1, 28, 28)).shape == (2, 10)
