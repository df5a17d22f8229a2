"""The linear VAE's closed form: against numpy, against a bound that is optimised step by step, and at its threshold."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from apps.autoencoders import linear, solve_linear_vae


def test_components_are_numpys() -> None:
    mean, values, vectors = linear.find_components()
    grey = linear.read_grey()
    patches = np.array(
        [
            grey[y : y + 8, x : x + 8].ravel()
            for y in range(0, grey.shape[0] - 7, 8)
            for x in range(0, grey.shape[1] - 7, 8)
        ]
    )
    assert patches.shape == (18 * 28, 64)
    assert mean == pytest.approx(patches.mean(0))
    covariance = (patches - mean).T @ (patches - mean) / len(patches)
    assert (vectors.T * values) @ vectors == pytest.approx(covariance, abs=1e-12)
    assert vectors @ vectors.T == pytest.approx(np.eye(64), abs=1e-12)
    assert (np.diff(values) <= 0).all()


def test_a_dimension_dies_exactly_at_its_eigenvalue() -> None:
    values = linear.find_components()[1]
    for at in (0, 7, 30, 63):
        below, above = solve_linear_vae(values[at] * (1 - 1e-9)), solve_linear_vae(values[at] * (1 + 1e-9))
        assert (below["living"], above["living"]) == (at + 1, at)
        assert 0 < below["kl_nats"][at] < 1e-8
        assert above["kl_nats"][at] == 0
    assert solve_linear_vae(1000)["living"] == 0
    assert solve_linear_vae(1000)["error"] == pytest.approx(values.sum())


def measure_bound(w: Tensor, v: Tensor, log_d: Tensor, covariance: Tensor, price: float) -> Tensor:
    """The linear VAE's bound, constants aside: -(squared error)/(2·price) - KL, mean over x of that covariance."""
    q, n = v.shape[0], covariance.shape[0]
    rest = torch.eye(n) - w @ v
    error = torch.trace(rest @ covariance @ rest.T) + (w.square() * log_d.exp()).sum()
    kl = (torch.trace(v @ covariance @ v.T) + (log_d.exp() - 1 - log_d).sum()) / 2
    assert (q, n) == (w.shape[1], w.shape[0])
    return -error / (2 * price) - kl


@pytest.mark.parametrize("price", [0.5, 2.0])
def test_the_closed_form_is_where_optimising_the_bound_ends(price: float) -> None:
    torch.manual_seed(0)
    values = torch.tensor([5.0, 3.0, 1.2, 0.8, 0.1])
    basis = torch.linalg.qr(torch.randn(5, 5)).Q
    covariance = basis @ torch.diag(values) @ basis.T
    w, v, log_d = (torch.randn(*shape).mul(0.3).requires_grad_() for shape in ((5, 5), (5, 5), (5,)))
    optimizer = torch.optim.LBFGS([w, v, log_d], max_iter=2000, tolerance_grad=1e-9, line_search_fn="strong_wolfe")

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = -measure_bound(w, v, log_d, covariance, price)
        loss.backward()
        return loss

    optimizer.step(step)
    with torch.no_grad():
        found = float(measure_bound(w, v, log_d, covariance, price))
        kl = (torch.diag(v @ covariance @ v.T) + log_d.exp() - 1 - log_d) / 2
    spectrum = values.double().numpy()
    exact_kl = np.log(np.maximum(spectrum / price, 1)) / 2
    exact = -np.minimum(spectrum, price).sum() / (2 * price) - exact_kl.sum()
    assert found == pytest.approx(exact, abs=1e-4)
    assert float(kl.sum()) == pytest.approx(exact_kl.sum(), abs=2e-3)
    assert int((kl > 1e-3).sum()) == int((spectrum > price).sum())


def test_what_the_page_draws_again_is_the_photograph() -> None:
    sent = linear.describe_linear()
    assert sent["picture"]["width"] % 8 == sent["picture"]["height"] % 8 == 0
    assert len(sent["eigenvalues"]) == 64
    step = 20 * math.log10(sent["price"])
    assert step == pytest.approx(round(step))
