"""The sum behind one number of a feature map, written out."""

from __future__ import annotations

from apps.widgets import Widget


class UnitSum(Widget):
    """Draws what `locate_receptive_field` returns: products, windows or terms, their total, and what is made of it."""
