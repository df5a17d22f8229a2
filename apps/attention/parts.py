"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class AttentionLab(Widget):
    """Draws `{"maps": what compute_attention returns, "picture": its name}`, then takes `{"silenced": ...}` and
    `{"disturbed": ...}`, what `silence_heads` and `disturb_patches` return, for that picture.

    Blocks, heads and patches are chosen in the browser. A head that is switched comes back as the event `select` with
    `network`, `picture` and `heads`, an order that is disturbed as `input` with `shuffle` and `positions` instead.
    """
