"""What the tab says of the trained network that the repository carries."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import torch

import zoo
from apps import stylegan as exhibit
from apps.stylegan import layout
from apps.stylegan.networks import OPENING


@pytest.fixture(scope="module")
def trained() -> dict[str, Any]:
    if OPENING not in zoo.names():
        pytest.skip(f"the repository does not carry {OPENING} yet")
    return exhibit.measure_styles()


def test_coarse_styles_decide_what_it_is(trained: dict[str, Any]) -> None:
    """The claim, in the figures of the release: what the two fine layers of another sample leave as it is, the two
    coarse ones change; the more so, the coarser a layer is."""
    assert trained["pairs"] == 1000
    first = [each["first"] for each in trained["crossings"]]
    second = [each["second"] for each in trained["crossings"]]
    print(f"first {first}, second {second}, alone {[each['first'] for each in trained['alone']]}")
    assert first == sorted(first)
    assert second == sorted(second, reverse=True)
    assert first[4] > 0.6 > 0.3 > second[2], "fine layers leave the class, coarse ones take it away"
    alone = [each["first"] for each in trained["alone"]]
    assert max(alone[:2]) < min(alone[2:])


def test_the_release_s_figures_are_those_of_its_network(trained: dict[str, Any]) -> None:
    """Measured anew on some pairs; of so few the shares may be four deviations off."""
    model: Any = zoo.load(OPENING)
    judge: Any = zoo.load(trained["classifier"])
    count, generator = 60, torch.Generator().manual_seed(9)
    with torch.inference_mode():

        def classify(styles: torch.Tensor) -> torch.Tensor:
            greys = (model.synthesise(styles) * 255).round() / 255
            return judge((greys - judge.preprocess.mean[0]) / judge.preprocess.std[0]).argmax(1)

        w, other = (model.map(torch.randn(count, 64, generator=generator)) for _ in range(2))
        first, second = classify(w), classify(other)
        differ = first != second
        for layers in (2, 4):
            mixed = torch.where((torch.arange(6) < layers)[:, None], w[:, None], other[:, None])
            classes = classify(mixed)
            for name, each in (("first", first), ("second", second)):
                share = trained["crossings"][layers][name]
                found = float((classes == each)[differ].double().mean())
                assert abs(found - share) < 4 * math.sqrt(share * (1 - share) / int(differ.sum())) + 0.02
        assert len(set(classify(model.truncate(w, 0)).tolist())) == 1
        opposite = float((classify(model.truncate(w, -1)) == first).double().mean())
        assert opposite < 0.3
    size = len(json.dumps(layout.example()))
    print(f"{size / 1e6:.2f} MB at the opening")
    assert size < 1_200_000
