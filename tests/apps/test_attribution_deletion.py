"""Deletion and insertion curves: worked out by hand on linear models, compared with random orders, stopped midway."""

from __future__ import annotations

import base64
import itertools
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from apps import attribution as exhibit
from apps._gallery import job
from apps._inputs import BadInput
from apps.attribution import deletion, layout
from tests._support.attributions import decode_map
from tests._support.small_cnn import CNN, MLP
from zoo.examples import example_pictures

CAT = str(example_pictures()["cat"])


class ScoreOfSum(nn.Module):
    """Two classes: 0, and the weighted sum of the pixels."""

    def __init__(self, weights: Tensor):
        super().__init__()
        self.weights = weights

    def forward(self, x: Tensor) -> Tensor:
        score = (x.flatten(1) * self.weights).sum(1)
        return torch.stack([torch.zeros_like(score), score], 1)


def test_of_a_linear_model_the_curves_and_their_area_are_those_by_hand() -> None:
    # The odds are 3 to the power of the sum, so the probabilities are 27/28, 3/4 and 1/2.
    weights = torch.tensor([1.0, 2.0]) * np.log(3)
    x, start = torch.ones(1, 1, 1, 2), torch.zeros(1, 1, 1, 2)
    order = deletion.rank_pixels(weights.view(1, 2).numpy())
    assert order.tolist() == [1, 0]
    curves = deletion.compute_curves(ScoreOfSum(weights), x, start, 1, order, parts=2)
    assert curves.counts == [0, 1, 2]
    np.testing.assert_allclose(curves.deletion, [27 / 28, 3 / 4, 1 / 2], rtol=1e-6)
    np.testing.assert_allclose(curves.insertion, [1 / 2, 9 / 10, 27 / 28], rtol=1e-6)
    areas = deletion.describe_curves(curves)["areas"]
    assert areas["deletion"] == pytest.approx((27 / 28 + 2 * 3 / 4 + 1 / 2) / 4)
    assert areas["insertion"] == pytest.approx((1 / 2 + 2 * 9 / 10 + 27 / 28) / 4)
    for curve in curves.random:
        assert curve[1] == pytest.approx(3 / 4) or curve[1] == pytest.approx(9 / 10)
    assert areas["random_mean"] == pytest.approx(np.mean(areas["random"]))
    assert areas["random_std"] == pytest.approx(np.std(areas["random"]))


def test_where_the_score_is_the_sum_of_pixels_every_deletion_lowers_it_and_its_own_order_is_best() -> None:
    x, start = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(1)), torch.zeros(1, 1, 8, 8)
    model = ScoreOfSum(torch.full((64,), 0.2))
    curves = deletion.compute_curves(model, x, start, 1, deletion.rank_pixels(x[0, 0].numpy()))
    assert len(curves.counts) == deletion.PARTS + 1
    assert (np.diff(curves.deletion) < 0).all()
    assert (np.diff(curves.insertion) > 0).all()
    assert (np.diff(curves.random, axis=1) < 0).all()
    described = deletion.describe_curves(curves)
    assert all(text.startswith("Better than random") for text in described["verdicts"].values())
    worst = deletion.compute_curves(model, x, start, 1, deletion.rank_pixels(-x[0, 0].numpy()))
    assert all(text.startswith("Worse than random") for text in deletion.describe_curves(worst)["verdicts"].values())
    np.testing.assert_array_equal(worst.random, curves.random)  # the same orders for every map


def test_equal_values_go_row_by_row_and_all_channels_go_together() -> None:
    assert deletion.rank_pixels(np.array([[1.0, 3.0], [3.0, 2.0]])).tolist() == [1, 2, 3, 0]
    x, other = torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
    changed = deletion.replace_pixels(x, other, np.array([1, 2]))
    assert changed[0].flatten(1).tolist() == [[0, 1, 1, 0]] * 3
    assert not x.any()


def test_what_an_area_says_in_words() -> None:
    random = [0.3, 0.4, 0.5]
    for way, area, start in (
        ("deletion", 0.2, "Better than random: as its first pixels go, the probability falls sooner"),
        ("deletion", 0.4, "No better than random: as its first pixels go, the probability falls no sooner"),
        ("deletion", 0.6, "Worse than random: as its first pixels go, the probability falls later"),
        ("insertion", 0.6, "Better than random: as its first pixels come, the probability rises sooner"),
        ("insertion", 0.3, "No better than random: as its first pixels come, the probability rises no sooner"),
        ("insertion", 0.2, "Worse than random: as its first pixels come, the probability rises later"),
    ):
        said = deletion.write_verdict(way, area, random, 0.9)
        assert said.startswith(start)
        assert said.endswith(f"(area {area:.2f}, random 0.30 to 0.50).")
        none = "No verdict: in the whole picture the class has 0.6 %, so there is nothing to lose."
        assert deletion.write_verdict(way, area, random, 0.006) == none


@pytest.mark.usefixtures("small_zoo")
def test_what_is_sent() -> None:
    sent = exhibit.delete_pixels(CAT, CNN, "saliency", "frog", baseline="mean")
    shown = exhibit.attribute_pixels(CAT, CNN, "saliency", "frog", baseline="mean")
    [asked] = [row for row in shown["answers"] if row["asked"]]
    assert sent["deletion"][0] == pytest.approx(asked["probability"], rel=1e-4)
    assert sent["insertion"][-1] == pytest.approx(sent["deletion"][0], rel=1e-4)
    assert sent["deletion"][-1] == pytest.approx(sent["insertion"][0], rel=1e-4)
    assert (sent["key"], sent["label"], sent["counts"][-1]) == (shown["key"], "frog", 32 * 32)
    assert [len(curve) for curve in sent["random"]] == [21] * 5
    order = np.frombuffer(base64.b64decode(sent["order"]), "<u4")
    assert sorted(order.tolist()) == list(range(32 * 32))
    assert sent["baseline"].startswith("data:image/png;base64,")
    # The browser ranks what it was sent.
    numbers = decode_map(shown)
    assert deletion.rank_pixels(numbers).tolist() == np.argsort(-numbers.ravel(), kind="stable").tolist()


@pytest.mark.usefixtures("small_zoo")
def test_a_second_map_of_a_class_pays_for_no_random_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    compute = deletion.compute_probabilities

    def count_pictures(model: Any, pictures: Any, count: int, *more: Any) -> list[float]:
        asked.append(count)
        return compute(model, pictures, count, *more)

    monkeypatch.setattr(deletion, "compute_probabilities", count_pictures)
    one, other = (exhibit.delete_pixels(CAT, CNN, method, "truck") for method in ("saliency", "occlusion"))
    assert one["random"] == other["random"]
    assert one["order"] == other["order"]
    exhibit.delete_pixels(CAT, CNN, "saliency", "truck", baseline="mean")
    assert asked == [7 * 21, 2 * 21, 7 * 21]


@pytest.mark.usefixtures("small_zoo")
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"method": "salience"}, "There is no method 'salience'; did you mean 'saliency'?"),
        ({"label": "forg"}, f"{CNN}@v1 has no class 'forg'; did you mean 'frog'?"),
        ({"steps": 0}, "Steps are a whole number from 1 to 256, not '0'."),
        ({"baseline": "white"}, "There is no baseline 'white'"),
        ({"network": ""}, "Choose a network first."),
        ({"picture": "7", "network": MLP, "method": "grad-cam"}, f"{MLP}@v1 has no feature maps"),
    ],
)
def test_what_is_wrong_is_one_sentence(changed: dict[str, Any], sentence: str) -> None:
    asked: dict[str, Any] = {"picture": CAT, "network": CNN, "method": "saliency"}
    with pytest.raises(BadInput) as refusal:
        exhibit.delete_pixels(**asked | changed)
    assert str(refusal.value).startswith(sentence)


@pytest.mark.usefixtures("small_zoo")
def test_curves_tell_how_far_they_are_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "TELL_SECONDS", 0)

    def work(label: str) -> dict[str, Any]:
        return {"found": exhibit.delete_pixels(CAT, CNN, "saliency", label)}

    *told, last = job.run_job(("a visitor", 1), lambda: work("deer"), layout.WORK)
    shares = [each["done"] for each in told]
    assert len(shares) >= 2
    assert all(one <= other for one, other in itertools.pairwise(shares))
    assert last["found"]["method"] == "saliency"
    messages = job.run_job(("a visitor", 2), lambda: work("horse"), layout.WORK)
    assert "done" in next(messages)
    job.stop_job(("a visitor", 2))
    assert [message for message in messages if "done" not in message] == [{"turn": 2, "stopped": True}]
