"""What the tests of the Attribution tab share: a zoo of small networks, slopes by hand, maps that were sent."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from apps import _networks
from apps._networks.subject import Subject, find_subject, forget_subjects
from apps.attribution.layout import compute_opening
from tests._support.small_cnn import CNN, make_cnn, make_mlp
from tests._support.transformer import NAME as VIT
from tests._support.transformer import make_transformer


@pytest.fixture(scope="module")
def small_zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A zoo of three small networks: a CNN, a vision transformer and a multilayer perceptron."""
    folder = tmp_path_factory.mktemp("zoo")
    for make in (make_transformer, make_cnn, make_mlp):
        make(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TENWEEKS_ZOO", str(folder))
        yield folder
    forget_subjects()
    compute_opening.cache_clear()


@pytest.fixture(params=[CNN, VIT])
def seen(request: pytest.FixtureRequest, small_zoo: Path) -> Subject:
    """The cat before each of the two networks of photographs."""
    return show_cat(request.param)


def show_cat(network: str) -> Subject:
    return find_subject("cat", _networks.describe(network))


def compute_gradient(model: Any, x: Tensor, target: int) -> Tensor:
    x = x.detach().clone().requires_grad_()
    return torch.autograd.grad(model(x)[:, target].sum(), x)[0]


def decode_map(sent: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(sent["values"]), "<f4").reshape(sent["size"])


def assert_close(found: np.ndarray, expected: Tensor) -> None:
    torch.testing.assert_close(torch.from_numpy(found).float(), expected.detach(), rtol=2e-4, atol=2e-6)
