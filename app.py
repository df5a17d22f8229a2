"""Tenweeks: one page, one tab per exhibit found in `apps/`. Run it with `make run` or `python app.py`."""

import apps

demo = apps.build_gallery()

if __name__ == "__main__":
    apps.launch_gallery(demo)
