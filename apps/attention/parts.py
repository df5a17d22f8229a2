"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class AttentionMaps(Widget):
    """Draws `{"maps": what compute_attention returns}`; blocks, heads and patches are chosen in the browser.

    The worked example has an `opening` besides: `block`, `head` and `patch`, what it `says` of them, and a `walk`, the
    patches that are shown once.
    """


class AttentionExperiments(Widget):
    """Draws `{"whole": what compute_attention returns, weights aside, "picture": its name}`, and with it or after it
    `{"silenced": ...}` and `{"disturbed": ...}`, what `silence_heads` and `disturb_patches` return for that picture.

    A head that is switched comes back as the event `select` with `network`, `picture` and `heads`, an order that is
    disturbed as `input` with `shuffle` and `positions` instead. A `hint` stands there while what came with it is shown.
    """
