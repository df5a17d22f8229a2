"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class AttributionLab(Widget):
    """Draws `{"subjects": one or two of them, "picture": its name}`, then takes for these `{"map": ...}` and
    `{"check": ...}`, what `attribute_pixels` and `randomise_layers` return, or a `problem`, and on their way `done`,
    the share of the work; each of these with the `id` of the request. `maps` and `checks` are lists of those that
    come unasked.

    Line, strength and pixel are chosen in the browser, and a map that was seen is kept. One that is missing is asked
    for with the event `select`: `id`, `network`, `picture`, `method`, `label`, `steps`, `baseline`; a sanity check
    with `submit`. `stop` ends the one of that `id`.
    """

    paints = True
