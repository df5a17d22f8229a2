"""Pooling by hand: torch's values, torch's gradients, and cases worked on paper."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st

from from_scratch.convolution import (
    adaptive_avg_pool2d,
    adaptive_bins,
    adaptive_max_pool2d,
    avg_pool2d,
    global_avg_pool2d,
    lp_pool2d,
    max_pool2d,
    subsample2d,
)
from tests._support.by_hand import assert_same, few_examples, make_random


def test_pooling_by_hand():
    """2×2 windows of   1 5 2 0   have the maxima 6 and 9 and the means (1+5+3+6)/4 = 3.75 and (2+0+9+1)/4 = 3;
    3 6 9 1   the gradient of the maxima reaches 6 and 9 alone, that of the means every pixel by 1/4.
    """
    x = torch.tensor([[[[1.0, 5, 2, 0], [3, 6, 9, 1]]]], requires_grad=True)
    largest, mean = max_pool2d(x, 2), avg_pool2d(x, 2)
    assert largest.tolist() == [[[[6, 9]]]]
    assert mean.tolist() == [[[[3.75, 3]]]]
    assert torch.autograd.grad(largest.sum(), x)[0].tolist() == [[[[0, 0, 0, 0], [0, 1, 1, 0]]]]
    assert torch.autograd.grad(mean.sum(), x)[0].tolist() == [[[[0.25] * 4, [0.25] * 4]]]
    assert global_avg_pool2d(x).tolist() == [[[[27 / 8]]]]


@pytest.mark.parametrize(("ours", "theirs"), [(max_pool2d, F.max_pool2d), (avg_pool2d, F.avg_pool2d)])
@few_examples
@given(
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    kernel=st.integers(1, 4),
    stride=st.none() | st.integers(1, 4),
    padding=st.integers(0, 2),
)
def test_pooling_is_torchs(ours, theirs, height, width, kernel, stride, padding):
    assume(2 * padding <= kernel <= min(height, width) + 2 * padding)
    assert_same(
        lambda x: ours(x, kernel, stride, padding),
        lambda x: theirs(x, kernel, stride, padding),
        make_random(2, 3, height, width),
    )


def test_lp_pooling_and_a_stride_alone_by_hand():
    """The window 3 4 / 0 0 has the norm √(9 + 16) = 5; of its four pixels a stride of 2 keeps the 3."""
    x = torch.tensor([[[[3.0, 4, 1, 1], [0, 0, 1, -1]]]], requires_grad=True)
    norm = lp_pool2d(x, 2)
    assert norm.tolist() == [[[[5, 2]]]]
    assert torch.autograd.grad(norm.sum(), x)[0].tolist()[0][0][0][:2] == pytest.approx([0.6, 0.8])
    assert subsample2d(x, 2).tolist() == [[[[3, 1]]]]
    assert lp_pool2d(x.abs(), 2, p=1).tolist() == [[[[7, 4]]]]
    assert lp_pool2d(x, 2, p=torch.inf).tolist() == [[[[4, 1]]]]


@few_examples
@given(
    height=st.integers(1, 9), width=st.integers(1, 9), kernel=st.integers(1, 4), stride=st.none() | st.integers(1, 4)
)
def test_lp_pooling_and_a_stride_alone_are_torchs(height, width, kernel, stride):
    assume(kernel <= min(height, width))
    x = make_random(2, 3, height, width)
    assert_same(lambda x: lp_pool2d(x, kernel, stride), lambda x: F.lp_pool2d(x, 2.0, kernel, stride), x)
    assert_same(lambda x: lp_pool2d(x, kernel, stride, 4), lambda x: F.lp_pool2d(x, 4.0, kernel, stride), x)
    # As many as windows fit, and of each the pixel that a pool of one pixel takes.
    rows, columns = max_pool2d(x, kernel, stride).shape[2:]
    step = kernel if stride is None else stride
    assert_same(lambda x: subsample2d(x, kernel, stride), lambda x: F.max_pool2d(x, 1, step)[:, :, :rows, :columns], x)


def test_lp_pooling_lies_where_its_docstring_says():
    """Between maximum and sum, and once divided between mean and maximum; not, undivided, between those two."""
    x = torch.rand(1, 2, 9, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    largest, mean = max_pool2d(x, 3), avg_pool2d(x, 3)
    for p in (1.0, 1.5, 2.0, 4.0, 16.0):
        norm = lp_pool2d(x, 3, p=p)
        assert (norm >= largest - 1e-12).all()
        assert (norm <= 9 * mean + 1e-12).all()
        assert (mean - 1e-12 <= norm / 9 ** (1 / p)).all()
        assert (norm / 9 ** (1 / p) <= largest + 1e-12).all()
    assert lp_pool2d.__doc__ is not None
    assert "between the maximum (p → ∞) and the sum (p = 1)" in lp_pool2d.__doc__


def test_lp_pooling_of_nothing_has_no_gradient():
    x = torch.zeros(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.grad(lp_pool2d(x, 2).sum(), x)[0].abs().sum() == 0


def test_of_equal_pixels_the_first_gets_the_gradient():
    """Half of all pixels are 0 after a ReLU, so windows of equals are the rule."""
    x = make_random(2, 3, 8, 8).relu().round()
    assert_same(lambda x: max_pool2d(x, 3, 2, 1), lambda x: F.max_pool2d(x, 3, 2, 1), x)
    assert_same(lambda x: adaptive_max_pool2d(x, 3, 3), lambda x: F.adaptive_max_pool2d(x, (3, 3)), x)


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
def test_pooling_refuses(pool):
    with pytest.raises(ValueError, match="at most half its kernel of 3, not 2"):
        pool(make_random(1, 1, 8, 8), 3, padding=2)
    with pytest.raises(ValueError, match="stride must be at least 1, not 0"):
        pool(make_random(1, 1, 8, 8), 2, stride=0)
    with pytest.raises(ValueError, match="spans 3 pixels, the padded input 2"):
        pool(make_random(1, 1, 2, 2), 3)


def test_adaptive_bins_by_hand():
    """Three bins of five pixels start at 0, 5/3 and 10/3, rounded down, and stop at 5/3, 10/3 and 5, rounded up."""
    assert adaptive_bins(5, 3) == [(0, 2), (1, 4), (3, 5)]
    x = torch.tensor([[[[1.0, 2, 3, 4, 5]]]])
    assert adaptive_avg_pool2d(x, 1, 3).tolist() == [[[[1.5, 3, 4.5]]]]
    assert adaptive_max_pool2d(x, 1, 3).tolist() == [[[[2, 4, 5]]]]
    with pytest.raises(ValueError, match="at least one pixel and one bin, not 5 and 0"):
        adaptive_bins(5, 0)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(adaptive_avg_pool2d, F.adaptive_avg_pool2d), (adaptive_max_pool2d, F.adaptive_max_pool2d)],
)
@few_examples
@given(size=st.tuples(st.integers(1, 9), st.integers(1, 9)), out=st.tuples(st.integers(1, 6), st.integers(1, 6)))
def test_adaptive_pooling_is_torchs(ours, theirs, size, out):
    assert_same(lambda x: ours(x, *out), lambda x: theirs(x, out), make_random(2, 3, *size))


def test_global_pooling_is_torchs():
    assert_same(global_avg_pool2d, lambda x: F.adaptive_avg_pool2d(x, 1), make_random(2, 3, 5, 4))
