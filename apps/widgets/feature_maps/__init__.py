"""Feature maps: the picture, one map large, all maps of a layer small, and a strip of layers to drag along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apps.widgets import Widget


class FeatureMaps(Widget):
    """Draws `{"maps": what compute_feature_maps returns}`, then takes `{"unit": ..., "filters": ...}` for that picture.

    Layers and channels are chosen in the browser. A chosen pixel comes back as the event `select` with `layer`,
    `channel`, `row`, `column`, and `filters`: whether the kernels around that channel are wanted too. Other parts of
    the page hear of the chosen map as the browser's event `feature-maps:chosen`; `feature-maps:ask` repeats it.
    """

    def __init__(self, value: Any = None, **kwargs: Any):
        super().__init__(value, **kwargs)
        self.js_on_load = (Path(__file__).parent / "paint.js").read_text() + (self.js_on_load or "")
