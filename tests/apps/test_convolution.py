"""The calculator's function: how many places a window finds, as torch finds them, and what is no size at all."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from apps._inputs import BadInput
from apps.convolution import compute_output_size


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 5), st.integers(0, 5), st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_output_size_is_torchs(size, kernel, stride, padding, dilation):
    line, window = torch.empty(1, 1, size, device="meta"), torch.empty(1, 1, kernel, device="meta")
    try:
        expected = F.conv1d(line, window, stride=stride, padding=padding, dilation=dilation).shape[-1]
    except RuntimeError:
        with pytest.raises(BadInput, match="window spans"):
            compute_output_size(size, kernel, stride, padding, dilation)
        return
    found = compute_output_size(size, kernel, stride, padding, dilation)
    assert found["output_size"] == expected
    read = (expected - 1) * stride + found["window_spans"]
    assert found["unread_at_the_end"] == size + 2 * padding - read >= 0
    assert found["formula"].endswith(f"= {expected}")


def test_output_size_refuses_what_is_no_size():
    for wrong in ((0, 1, 1, 0, 1), (5, 3, 0, 0, 1), (5, 3, 1, -1, 1), (5, 2.5, 1, 0, 1), (5, "3", 1, 0, 1)):
        with pytest.raises(BadInput):
            compute_output_size(*wrong)
