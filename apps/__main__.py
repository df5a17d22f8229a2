"""One tab alone: `python -m apps attention`; without a name, all of them."""

import sys

import apps

if __name__ == "__main__":
    try:
        demo = apps.build_gallery([name.replace("_", "-") for name in sys.argv[1:]])
    except KeyError as unknown:
        sys.exit(unknown.args[0])
    apps.launch_gallery(demo)
