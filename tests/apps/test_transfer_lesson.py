"""A head that is the one solution, what comes back of it, and lessons that cannot be given."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch.nn import functional as F

from apps import _networks
from apps import transfer as exhibit
from apps._gallery import job
from apps._inputs import BadInput
from apps.transfer import layout, lesson
from apps.transfer.backbone import compute_features, load_backbone, shrink_picture
from apps.transfer.lesson import (
    PENALTY,
    find_rest_axis,
    fit_layer,
    make_versions,
    read_lesson,
    score_second_class,
    teach_lesson,
)
from tests._support.backbone import FEATURES, LABELS
from zoo.examples import example_pictures

pytestmark = pytest.mark.usefixtures("transfer_zoo")

CAT = str(example_pictures()["cat"])


def test_features_are_what_the_networks_own_last_layer_reads() -> None:
    model = load_backbone()
    x = torch.randn(3, 3, 32, 32)
    with torch.no_grad():
        seen = compute_features(model, x)
        torch.testing.assert_close(model.fc(seen), model(x))
    assert seen.shape == (3, FEATURES)


@pytest.mark.parametrize(("count", "width"), [(9, 30), (60, 12)])
def test_the_fit_is_the_one_solution_of_softmax_regression(count: int, width: int) -> None:
    random = torch.Generator().manual_seed(0)
    x = torch.randn(count, width, generator=random, dtype=torch.float64)
    y = (x[:, 0] + torch.randn(count, generator=random) > 0).long()
    found = list(fit_layer(x, y))
    losses = [loss for loss, _ in found]
    assert losses[0] == pytest.approx(math.log(2))
    assert losses == sorted(losses, reverse=True)

    rows = torch.zeros(2, width, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(2, dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        theirs.zero_grad()
        value = F.cross_entropy(x @ rows.T + bias, y) + PENALTY / 2 * rows.square().sum()
        value.backward()
        return value

    theirs = torch.optim.LBFGS(
        [rows, bias], max_iter=2000, line_search_fn="strong_wolfe", tolerance_grad=1e-10, tolerance_change=1e-14
    )
    assert theirs.step(loss) is not None
    assert losses[-1] == pytest.approx(loss().item(), abs=2e-6)
    scores = score_second_class(x, found[-1][1])
    expected = x @ (rows[1] - rows[0]) + bias[1] - bias[0]
    torch.testing.assert_close(scores, expected.detach(), rtol=0.02, atol=0.02)


def test_a_head_answers_what_its_numbers_say(taught: dict[str, Any], heaps: Any) -> None:
    head = taught["head"]
    assert set(head) == {"network", "names", "weight", "bias", "axis", "offset"}
    answer = exhibit.classify_with_head(CAT, head)
    model = load_backbone()
    with torch.no_grad():
        x = model.preprocess(Image.open(CAT))[None]
        seen = compute_features(model, x)[0].double()
        own = model(x)[0].softmax(0)
    scores = torch.tensor(head["weight"]).double() @ seen + torch.tensor(head["bias"]).double()
    assert [row["label"] for row in answer["answers"]] == ["blue", "red"]
    assert [row["probability"] for row in answer["answers"]] == pytest.approx(scores.softmax(0).tolist(), abs=1e-5)
    assert sum(row["probability"] for row in answer["answers"]) == pytest.approx(1)
    assert [row["label"] for row in answer["says"]] == [LABELS[i] for i in own.topk(3).indices]
    assert answer["words"] == len(LABELS)
    # What it was taught on, it knows by heart: there are more numbers than pictures.
    for heap, name in zip(heaps, ("blue", "red"), strict=True):
        for path in heap:
            best = max(exhibit.classify_with_head(path, head)["answers"], key=lambda row: row["probability"])
            assert best["label"] == name


def test_the_axis_of_the_rest_worked_by_hand() -> None:
    # Across the direction lie ±3 and ±1, moved by (10, 20): most differs along the second number.
    direction = torch.tensor([2.0, 0, 0], dtype=torch.float64)
    x = torch.tensor([[9, 13, 20], [-4, 7, 20], [2, 10, 21], [7, 10, 19]], dtype=torch.float64)
    axis, offset = find_rest_axis(x, direction)
    torch.testing.assert_close(axis, torch.tensor([0, 1, 0], dtype=torch.float64))
    torch.testing.assert_close(x @ axis + offset, torch.tensor([3, -3, 0, 0], dtype=torch.float64))
    # Pictures that differ along the direction alone, or not at all, leave nothing; without a direction all is left.
    for rows in (x[:, :1] * torch.tensor([1.0, 0, 0], dtype=torch.float64), x[:1], x[:1].expand(3, -1)):
        axis, offset = find_rest_axis(rows, direction)
        assert not axis.any()
        assert offset == 0
    axis, _ = find_rest_axis(x[:2], torch.zeros(3, dtype=torch.float64))
    torch.testing.assert_close(axis, torch.tensor([13, 6, 0], dtype=torch.float64) / math.hypot(13, 6))


@given(st.integers(0, 10_000), st.integers(2, 9), st.integers(2, 6))
def test_no_axis_beside_the_direction_spreads_pictures_further(seed: int, count: int, width: int) -> None:
    random = torch.Generator().manual_seed(seed)
    x = torch.randn(count, width, generator=random, dtype=torch.float64)
    direction, other = torch.randn(2, width, generator=random, dtype=torch.float64)
    axis, offset = find_rest_axis(x, direction)
    assert (axis @ direction).item() == pytest.approx(0, abs=1e-9)
    assert axis.norm().item() == pytest.approx(1)
    places = x @ axis + offset
    assert places.mean().item() == pytest.approx(0, abs=1e-9)
    other = other - (other @ direction) / (direction @ direction) * direction
    assert places.square().sum() >= ((x - x.mean(0)) @ other / other.norm()).square().sum() - 1e-9


@pytest.mark.parametrize("augment", [False, True])
def test_every_picture_lies_where_the_head_puts_it(heaps: Any, augment: bool) -> None:
    taught = exhibit.teach_head(heaps[0], heaps[1], "blue", "red", augment)
    scores = taught["scores"]
    assert len(scores) == len(taught["losses"])
    assert scores[0] == [0.0] * 9, "before the first step all lie on the boundary"
    for index, path in enumerate([*heaps[0], *heaps[1]]):
        answer = exhibit.classify_with_head(path, taught["head"])
        x, y = answer["place"]
        assert [x, y] == pytest.approx([scores[-1][index], taught["rest"][index]], rel=1e-3, abs=1e-3)
        assert answer["answers"][1]["probability"] == pytest.approx(1 / (1 + math.exp(-x)), abs=1e-6)
    weight, axis = torch.tensor(taught["head"]["weight"][1]), torch.tensor(taught["head"]["axis"])
    assert (weight @ axis).abs() < 1e-4 * weight.norm() * axis.norm()


def test_what_the_browser_keeps_of_a_picture_teaches_the_same(taught: dict[str, Any], heaps: Any) -> None:
    small = [[shrink_picture(Image.open(path)) for path in heap] for heap in heaps]
    assert max(len(url) for heap in small for url in heap) < 6000
    again = exhibit.teach_head(small[0], small[1], "blue", "red", False)
    assert again == taught
    picture = shrink_picture(Image.open(CAT))
    assert exhibit.classify_with_head(picture, taught["head"]) == exhibit.classify_with_head(CAT, taught["head"])


def test_exchanged_classes_exchange_the_answer(taught: dict[str, Any], heaps: Any) -> None:
    other = exhibit.teach_head(heaps[1], heaps[0], "red", "blue", False)
    first, second = (exhibit.classify_with_head(CAT, each["head"])["answers"] for each in (taught, other))
    assert {row["label"]: row["probability"] for row in first} == pytest.approx(
        {row["label"]: row["probability"] for row in second}, abs=1e-5
    )


@pytest.mark.parametrize("augment", [False, True])
def test_left_out_pictures_are_judged_by_heads_that_never_saw_them(heaps: Any, augment: bool) -> None:
    whole = exhibit.teach_head(heaps[0], heaps[1], "blue", "red", augment)
    right = 0
    for index, heap in enumerate(heaps):
        for path in heap:
            rest = [[other for other in each if other != path] for each in heaps]
            head = exhibit.teach_head(rest[0], rest[1], "blue", "red", augment)["head"]
            answers = exhibit.classify_with_head(path, head)["answers"]
            right += answers[index]["probability"] > 0.5
    out = whole["left_out"]
    assert (out["right"], out["pictures"]) == (right, 9)
    assert 0 < right < 9, "the test wants pictures of which some are hard"
    assert 0 <= out["low"] < right / 9 < out["high"] <= 1
    assert whole["views"] == (36 if augment else 9)


def test_one_picture_of_a_class_teaches_and_is_not_checked(heaps: Any) -> None:
    found = exhibit.teach_head(heaps[0][:1], heaps[1][:3], "blue", "red", False)
    assert found["left_out"] is None
    assert found["pictures"] == [1, 3]


def test_pictures_that_are_all_the_same_are_answered(heaps: Any) -> None:
    found = exhibit.teach_head([CAT] * 3, [CAT] * 2, "one", "two", True)
    answers = exhibit.classify_with_head(CAT, found["head"])["answers"]
    # Nothing tells them apart but how many there were.
    assert [row["probability"] for row in answers] == pytest.approx([0.6, 0.4], abs=0.02)


def test_four_versions_of_a_picture() -> None:
    x = torch.randn(3, 3, 32, 32)
    views = make_versions(x)
    assert views.shape == (3, 4, 3, 32, 32)
    assert torch.equal(views[:, 0], x)
    assert torch.equal(views[:, 1], x.flip(-1))
    assert torch.equal(views[:, 3], views[:, 2].flip(-1))
    assert torch.equal(views, make_versions(x))
    inner = x[:, :, 4:-4, 4:-4]
    for picture, moved in zip(inner, views[:, 2], strict=True):
        windows = [moved[:, top : top + 24, left : left + 24] for top in range(9) for left in range(9)]
        assert any(torch.equal(picture, window) for window in windows), "shifted by four pixels at most"


def test_a_lesson_tells_how_far_it_is_and_can_be_left(heaps: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "TELL_SECONDS", 0)
    steps: list[dict[str, Any]] = []
    turns: list[bool] = []

    def teach_and_watch() -> dict[str, Any]:
        return teach_lesson(read_lesson(heaps[0], heaps[1], "blue", "red"), True)

    report_progress = job.report_progress

    def watch(done: float | None = None, **more: Any) -> None:
        turns.append(_networks.TURN.locked())
        report_progress(done, **more)

    monkeypatch.setattr(lesson, "report_progress", watch)
    *steps, last = job.run_job(("a visitor", 1), teach_and_watch, job.Line(1))
    told = [step for step in steps if "stage" in step]
    assert list(dict.fromkeys(step["stage"] for step in told)) == ["looking", "learning", "checking"]
    assert all(0 <= step["count"] <= step["total"] for step in told)
    shares = [step["done"] for step in told]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] < 1
    assert last["head"]["names"] == ["blue", "red"]
    assert not any(turns), "between two pieces of work it is another's turn"

    for stop in (1, 2, len(told) - 3):
        turns.clear()
        messages = job.run_job(("a visitor", 2), teach_and_watch, job.Line(1))
        for _ in range(stop):
            next(messages)
        messages.close()  # what gradio does when the visitor stops, or leaves
        assert next(messages, None) is None


def test_the_network_stays_as_it_was(heaps: Any) -> None:
    model = load_backbone()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    exhibit.teach_head(heaps[0], heaps[1], "blue", "red", True)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not model.training
    assert not any(parameter.grad is not None for parameter in model.parameters())


def test_one_bad_file_among_good_ones_is_named(heaps: Any, tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "notes.png").write_text("a text where a picture belongs")
    with zipfile.ZipFile(tmp_path / "holiday.zip", "w") as archive:
        archive.writestr("one.txt", "1")
    for name in ("empty.png", "notes.png", "holiday.zip", "gone.png"):
        heap = [*heaps[0], str(tmp_path / name), *heaps[0]]
        with pytest.raises(BadInput) as refusal:
            exhibit.teach_head(heap, heaps[1], "blue", "red", False)
        assert str(refusal.value).startswith(f"{name}: ")
        assert str(refusal.value).count(".png") <= 1
        assert str(refusal.value).endswith(".")
    with pytest.raises(BadInput, match=r"^picture 2 of “red”: "):
        exhibit.teach_head(heaps[0], [heaps[1][0], "data:image/png;base64,AAAA"], "blue", "red", False)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"first_pictures": []}, "“blue” has no pictures yet: add at least one."),
        ({"second_pictures": []}, "“red” has no pictures yet"),
        ({"second_pictures": None}, "The pictures of “red” come as a list of files."),
        ({"second_pictures": "some text"}, "The pictures of “red” come as a list of files."),
        ({"first_pictures": ["x"] * 51}, "“blue” has 51 pictures and at most 50 are taken"),
        ({"first_name": ""}, "Give both classes a name, of 30 characters at most."),
        ({"second_name": None}, "Give both classes a name, of 30 characters at most."),
        ({"second_name": 7}, "Give both classes a name, of 30 characters at most."),
        ({"second_name": " \t "}, "Give both classes a name, of 30 characters at most."),
        ({"second_name": "\u0007"}, "Give both classes a name, of 30 characters at most."),
        ({"second_name": "Blue "}, "Both classes are called “blue”: give them two names."),
        ({"second_name": "r" * 31}, "Give both classes a name, of 30 characters at most."),
        ({"augment": "yes"}, "augment is true or false, not 'yes'."),
        ({"augment": None}, "augment is true or false"),
        ({"second_pictures": [None]}, "picture 1 of “red”: "),
        ({"second_pictures": [7]}, "picture 1 of “red”: There is no picture in this value"),
    ],
)
def test_a_lesson_that_cannot_be_given_is_refused(heaps: Any, changes: dict[str, Any], sentence: str) -> None:
    arguments = {
        "first_pictures": heaps[0],
        "second_pictures": heaps[1],
        "first_name": "blue",
        "second_name": "red",
        "augment": False,
    }
    with pytest.raises(BadInput) as refusal:
        exhibit.teach_head(**arguments | changes)
    assert str(refusal.value).startswith(sentence)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda head: None, "Teach two classes first"),
        (lambda head: {}, "Teach two classes first"),
        (lambda head: [1], "Teach two classes first"),
        (lambda head: head | {"network": "lenet.mnist@v2"}, "This head was not taught on"),
        (lambda head: head | {"names": ["one"]}, "A head has two names"),
        (lambda head: head | {"names": ["one", "one"]}, "Both classes are called “one”"),
        (lambda head: head | {"names": [1, 2]}, "Give both classes a name, of 30 characters at most."),
        (lambda head: head | {"weight": head["weight"][:1]}, "A head has 2 × 64 weights"),
        (lambda head: head | {"weight": [row[:-1] for row in head["weight"]]}, "A head has 2 × 64 weights"),
        (lambda head: head | {"weight": [[math.nan] * 64] * 2}, "A head has 2 × 64 weights"),
        (lambda head: head | {"weight": [[1e300] * 64] * 2}, "A head has 2 × 64 weights"),
        (lambda head: head | {"weight": [[True] * 64] * 2}, "A head has 2 × 64 weights"),
        (lambda head: head | {"weight": [["1"] * 64] * 2}, "A head has 2 × 64 weights"),
        (lambda head: head | {"bias": [math.inf, 0]}, "A head has 2 × 64 weights"),
        (lambda head: head | {"bias": None}, "A head has 2 × 64 weights"),
        (lambda head: head | {"axis": None}, "A head has an axis of 64 finite numbers"),
        (lambda head: head | {"axis": head["axis"][1:]}, "A head has an axis of 64 finite numbers"),
        (lambda head: head | {"offset": math.nan}, "A head has an axis of 64 finite numbers"),
        (lambda head: head | {"offset": [0]}, "A head has an axis of 64 finite numbers"),
    ],
)
def test_a_head_that_is_none_is_refused(taught: dict[str, Any], change: Any, sentence: str) -> None:
    with pytest.raises(BadInput) as refusal:
        exhibit.classify_with_head(CAT, change(taught["head"]))
    assert str(refusal.value).startswith(sentence)
    assert str(refusal.value).endswith(".")


def test_the_largest_head_still_gives_a_probability(taught: dict[str, Any]) -> None:
    head = taught["head"] | {"weight": [[-1e6] * FEATURES, [1e6] * FEATURES], "bias": [1e6, -1e6]}
    answers = exhibit.classify_with_head(CAT, head)["answers"]
    assert sum(row["probability"] for row in answers) == pytest.approx(1)


def test_a_page_sends_pictures_and_never_a_path() -> None:
    small = shrink_picture(Image.effect_noise((32, 32), 200))
    assert layout.check_data_urls([small], layout.MAX_SMALL) == [small]
    for wrong in (CAT, None, 7, {"path": CAT}, small + "A" * layout.MAX_SMALL):
        with pytest.raises(BadInput, match="did not arrive whole"):
            layout.check_data_urls([small, wrong], layout.MAX_SMALL)
