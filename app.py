"""Tenweeks: one page, one tab per exhibit found in `apps/`. Run it with `make run` or `python app.py`."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # gradio reads it when it is imported

from apps import _exhibit, _frame

demo = _frame.build(_exhibit.find())

if __name__ == "__main__":
    _frame.launch(demo)
