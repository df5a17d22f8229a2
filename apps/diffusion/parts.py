"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class DiffusionLab(Widget):
    """Sixteen pictures on their way, and three strips of one of them.

    To the browser: the worked example `{"run": what networks.read_opening returns, "networks": reference and `labels`
    of each, "samplers", "steps" and "guidance": what can be chosen, "schedule": levels, first and last beta}`;
    `{"drawing": {"picture": a data URL}}` or `{"drawing": None}` from the sheet; while a run goes on `{"turn", "done",
    "t", "now": the sixteen pictures so far}`, and last what `sampling.run` returns as `{"turn", "run": ...}`.
    `{"missing": a sentence}` where the zoo has no network. The event `select` has `kind`, "sample", "branch" or
    "drawing", the wish, and for a branch `at`, `picture`, `branch_sampler` and `branch_seed`, for a drawing `picture`
    and `level`; `stop` ends the run.
    """


class StepsPlot(Widget):
    """Draws `{"tables": what networks.read_steps returns, by the name of the network}`; nothing where there is none."""
