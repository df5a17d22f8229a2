"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Container, Widget


class MapsAndSum(Container):
    """Around the three parts that follow; in a narrow window the small maps stand below the sum, not between."""


class LayerStrip(Widget):
    """The layers in a row, as *Feature maps* lists them in its event; the visitor's choice is the event
    `feature-maps:layer` in the browser. It has no value of its own."""


class FeatureMaps(Widget):
    """Draws `{"maps": what compute_feature_maps returns}`, then takes `{"unit": ..., "filters": ...}` for that picture.

    Channels are chosen in the browser, layers in `LayerStrip`. A chosen pixel comes back as the event `select` with
    `layer`, `channel`, `row`, `column`, and `filters`: whether the kernels around that channel are wanted too. Other
    parts of the page hear of the chosen map by the event `feature-maps:chosen`; `feature-maps:ask` repeats it.
    """


class UnitSum(Widget):
    """Draws what `locate_receptive_field` returns: products, windows or terms, their total, and what is made of it."""


class ExcitingPictures(Widget):
    """Draws what `find_exciting_pictures` returns, as far as the search has come.

    Once it is in view and the choice in *Feature maps* rests, it asks with the event `select`, which has `network`,
    `layer`, `channel` and `known`, the numbers of the pictures that it holds already. It asks again as long as pictures
    are left and somebody looks.
    """
