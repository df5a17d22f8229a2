"""Theoretical receptive fields through any graph of layers, one axis at a time.

The recursion is that of `from_scratch.convolution`; where paths join, as around a residual block, the union is taken.
Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019,
https://distill.pub/2019/computing-receptive-fields/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from from_scratch.convolution import Window

Span = tuple[int, int]


@dataclass(frozen=True)
class Axis:
    """What the units of one layer see of the input along one axis.

    Attributes:
        start: first input pixel of unit 0; negative where it is padding.
        jump: input pixels from one unit to the next.
        size: input pixels that a unit sees, padding included.
        seen: for each unit the first and the last pixel that really reaches it; (0, -1) where only padding does.
    """

    start: int
    jump: int
    size: int
    seen: tuple[Span, ...]

    def span(self, index: int) -> Span:
        """First and last pixel of unit `index`, padding included."""
        first = self.start + index * self.jump
        return first, first + self.size - 1


def of_input(length: int) -> Axis:
    """Every pixel sees itself."""
    return Axis(0, 1, 1, tuple((i, i) for i in range(length)))


def slide(axis: Axis, window: Window, count: int) -> Axis:
    """After a convolution or a pool that finds `count` places."""
    length = len(axis.seen)
    seen = []
    for index in range(count):
        first = index * window.stride - window.padding
        taps = (first + tap * window.dilation for tap in range(window.kernel))
        seen.append(_hull([axis.seen[tap] for tap in taps if 0 <= tap < length]))
    return Axis(
        start=axis.start - window.padding * axis.jump,
        jump=axis.jump * window.stride,
        size=axis.size + window.dilation * (window.kernel - 1) * axis.jump,
        seen=tuple(seen),
    )


def gather(axis: Axis, bins: Sequence[Span]) -> Axis:
    """After adaptive pooling; unit i takes the units `bins[i][0]` up to but not including `bins[i][1]`."""
    seen = tuple(_hull(axis.seen[first:stop]) for first, stop in bins)
    sizes = {stop - first for first, stop in bins}
    steps = {after[0] - before[0] for before, after in pairwise(bins)} or {0}
    if len(sizes) == len(steps) == 1:
        return Axis(axis.start, axis.jump * steps.pop(), axis.size + (sizes.pop() - 1) * axis.jump, seen)
    # Bins of different sizes lie on no regular lattice: state the hull of all of them for each.
    first, last = _reach(axis)
    return Axis(first, 0, last - first + 1, seen)


def whole(axis: Axis) -> Axis:
    """One unit that sees whatever any unit saw: global pooling, flattening."""
    return gather(axis, [(0, len(axis.seen))])


def join(axes: Sequence[Axis]) -> Axis:
    """Where paths are added, multiplied or stacked; an axis of one unit is spread over the others'.

    Raises:
        ValueError: the axes have different lengths, none of them 1.
    """
    length = max(len(axis.seen) for axis in axes)
    if any(len(axis.seen) not in (1, length) for axis in axes):
        raise ValueError("Paths of different sizes meet.")
    seen = tuple(_hull([axis.seen[index if len(axis.seen) > 1 else 0] for axis in axes]) for index in range(length))
    jumps = {axis.jump for axis in axes}
    if len(jumps) == 1:
        first = min(axis.start for axis in axes)
        last = max(axis.start + axis.size for axis in axes)
        return Axis(first, jumps.pop(), last - first, seen)
    first = min(_reach(axis)[0] for axis in axes)
    last = max(_reach(axis)[1] for axis in axes)
    return Axis(first, 0, last - first + 1, seen)


def _hull(spans: Sequence[Span]) -> Span:
    spans = [span for span in spans if span[1] >= span[0]]
    if not spans:
        return 0, -1
    return min(first for first, _ in spans), max(last for _, last in spans)


def _reach(axis: Axis) -> Span:
    return axis.span(0)[0], axis.span(len(axis.seen) - 1)[1]
