"""The part of the tab that lives in the browser."""

from __future__ import annotations

from apps._gallery.widget import Widget


class PerfectDenoiser(Widget):
    """Samples with the exact denoiser of the visitor's dots, in the browser.

    To the browser: `{"levels": t and ᾱ of every step, "samples": how many, "near": distance of a copy, "most": dots at
    most, "sets": `name` and `dots` of data to begin with}`.
    """
