"""What a visitor sees: a folder per tab, and in folders with an underscore what tabs share.

    import apps
    apps.launch_gallery(apps.build_gallery())

Importing this loads no gradio yet.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr


def build_gallery(names: Sequence[str] = ()) -> gr.Blocks:
    """One page with these tabs, named as in a link ("feature-maps"), or with every tab that is found.

    Raises:
        KeyError: there is no tab of that name; its text is a sentence.
    """
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # gradio reads it when it is imported
    from apps._gallery.exhibit import find_exhibits
    from apps._gallery.page import build_page

    exhibits = find_exhibits()
    if unknown := [name for name in names if name not in exhibits]:
        raise KeyError(f"There is no tab {unknown[0]!r}; there are {', '.join(exhibits)}.")
    return build_page({name: exhibits[name] for name in names or exhibits})


def launch_gallery(demo: gr.Blocks) -> None:
    """Serve what `build_gallery` made until the process is told to end; the environment names port and host."""
    from apps._gallery.page import launch_page

    launch_page(demo)
