"""The parts of the tab that live in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class CycleBench(Widget):
    """There and back with the picture between disturbed, dragged in the browser.

    To the browser: `{"cycles": what cycle_picture returns, for both kinds, "picture": the name under which the page may
    ask about it again, "disturbances": key and `title` of each, "rests": the step on which the slider stands at first,
    "tested": the `smuggling` of describe_translations with its `samples`}`; then `cycles` and `picture` of another
    picture, or `{"cycles": one}` of the `kind` and `disturbance` that the event `select` asked for, with `picture`.
    `{"missing": a sentence}` where the zoo has none.
    """


class TranslatorLife(Widget):
    """A translator's training, scrubbed in the browser.

    To the browser: what describe_translator_life returns but for its `pictures`, which the event `select` asks for when
    the part is in view; then `{"pictures": ...}`.
    """


class TranslationVerdict(Widget):
    """What the classifier says of each test photograph, and drawn flowers: what describe_translations returns."""


class OwnKind(Widget):
    """What both generators make of a picture of either kind.

    To the browser: `{"rows": what translate_picture returns, each with a `name`}`, first of two drawn flowers; then
    `{"own": one more}`, of the picture that is chosen.
    """
