"""The part of the tab that lives in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class BirthdayWall(Widget):
    """Pictures drawn until one comes twice. To the browser: `{"sizes": of the generators, "size": of one}`."""
