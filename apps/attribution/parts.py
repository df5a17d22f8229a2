"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class AttributionLab(Widget):
    """Draws `{"subjects": one or two of them, "picture": its name, "choices": what can be chosen}`, and for these the
    messages of a job: `turn` with `map` or `check`, what `attribute_pixels` and `randomise_layers` return, with a
    `problem`, or on their way with `done` and `ahead`. `maps` and `checks` are lists of those that come unasked.

    Line, strength and pixel are chosen in the browser, and a map that was seen is kept. One that is missing is asked
    for with the event `select`: `turn`, `kind` ("map" or "check"), `network`, `picture`, `method`, `label`, `steps`,
    `baseline`. `stop` ends the one of that `turn`.
    """
