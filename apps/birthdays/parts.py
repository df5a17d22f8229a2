"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class BirthdayWall(Widget):
    """Pictures drawn until one comes twice. To the browser: `{"sizes": of the generators, "size": of one}`."""


class PairJudge(Widget):
    """The closest pairs of two sources beside each other, for the visitor to say which are the same picture.

    To the browser: `{"sources": what pairs.offer_sources returns, "stops": how many samples one may draw, "limit": how
    many pairs are shown, "chosen": the places of two sources}` once, and for what the event `select` asked for, which
    has `chosen`, `samples` and `draw`, the number of the drawing, `{"asked": the same, "answers": for each of both what
    find_closest_pairs returns, or its refusal as `problem`}`; `{"missing": a sentence}` where the zoo has no generator.
    """
