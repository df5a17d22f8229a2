"""The browser's kit, put together from the files of kit/."""

from __future__ import annotations

import json
from pathlib import Path

from apps._gallery.glossary import TERMS

FOLDER = Path(__file__).parent / "kit"


def read_kit_script() -> str:
    """The one script that defines `kit`: every file of kit/, and last index.js, which says what they hand out."""
    files = sorted(FOLDER.glob("*.js"), key=lambda file: (file.name == "index.js", file.name))
    terms = f"const TERMS = {json.dumps(TERMS, ensure_ascii=False)};\n"
    return "const kit = (() => {\n" + terms + "".join(file.read_text() for file in files) + "return parts;\n})();\n"


def read_kit_styles() -> str:
    """The styles of what the kit draws."""
    return "".join(file.read_text() for file in sorted(FOLDER.glob("*.css")))
