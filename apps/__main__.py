"""One tab alone: `python -m apps attention`; without a name, all of them."""

import os
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # gradio reads it when it is imported

from apps._gallery.exhibit import find_exhibits
from apps._gallery.page import build_page, launch_page

if __name__ == "__main__":
    exhibits = find_exhibits()
    wanted = [name.replace("_", "-") for name in sys.argv[1:]]
    if unknown := [name for name in wanted if name not in exhibits]:
        sys.exit(f"There is no tab {unknown[0]!r}; there are {', '.join(exhibits)}.")
    launch_page(build_page({name: exhibits[name] for name in wanted or exhibits}))
