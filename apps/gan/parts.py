"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class SaddleGame(Widget):
    """Where four rules lead two players of f = x·y, from a start that is dragged.

    To the browser: `{"rules": what game.list_rules returns, "rule": the key of one, "size": η, "count": steps,
    "start": x and y}`.
    """


class GanLife(Widget):
    """The life of a generator, scrubbed in the browser, and the menu of networks.

    To the browser: `{"networks": reference and `name` of each, "life": what describe_life returns}`, later
    `{"life": ...}` of the network that the event `select` asked for by its `network`; `{"missing": a sentence}` where
    the zoo has none.
    """


class SampleScores(Widget):
    """Samples of the chosen network at their scores, and the visitor's own picture among them.

    To the browser: `{"samples": what sample_generator returns, "real_score", "fake_score"}` for what the event `select`
    asked for, which has `network`, `seed` and `truncation` and comes back with the answer as `asked`, with which a
    refusal comes as `problem`; `{"own": what score_picture returns, or None}`.
    """


class QualityTable(Widget):
    """How good every network is: `{"rows": what networks.compare_quality returns}`."""


class NearestPictures(Widget):
    """The chosen network's pictures above the nearest training pictures, in a fold.

    To the browser: `{"asked": the network that the event `select` named, and what compare_nearest returns}`, or its
    refusal as `problem`.
    """
