"""The parts of the tab that live in the browser.

The lab holds all that is chosen and computed. Whenever any of it changes, it dispatches the event `attribution` at the
tab, from whose `detail` the others draw, and `attribution-step` where only more or fewer pixels are deleted; a part
that is made later asks for it with `attribution-wanted`.
"""

from __future__ import annotations

from apps._gallery.widget import Widget


class AttributionLab(Widget):
    """Draws `{"subjects": one or two of them, "picture": its name, "choices": what can be chosen}`, and for these the
    messages of a job: `turn` with `map`, `curves` or `check`, what the endpoints return, with a `problem`, or on their
    way with `done` and `ahead`. `maps` and `curves` are lists of those that come unasked.

    How far pixels are deleted, strength and pixel are chosen in the browser, and what was seen is kept. What is missing
    is asked for with the event `select`: `turn`, `kind` ("map", "curves" or "check"), `network`, `picture`, `method`,
    `label`, `steps`, `baseline`. `stop` ends the one of that `turn`.
    """


class AttributionCurves(Widget):
    """Draws the lab's curves and their verdicts, and chooses class, baseline, steps and strength for it."""


class AttributionChecks(Widget):
    """Draws the lab's answers, the sum of integrated gradients, and the sanity check, which it starts and stops."""
