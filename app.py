"""Tenweeks: one page, one tab per exhibit found in `apps/`. Run it with `make run` or `python app.py`."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # gradio reads it when it is imported

from apps._gallery.exhibit import find_exhibits
from apps._gallery.page import build_page, launch_page

demo = build_page(find_exhibits())

if __name__ == "__main__":
    launch_page(demo)
