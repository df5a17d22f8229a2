"""Which files are kept outside git: what .gitattributes says, and what is too large or no text."""

from __future__ import annotations

import re

import pygit2
from pygit2.enums import AttrCheck

ATTRIBUTES_FILE = ".gitattributes"
REGULAR_BYTES = 10 * 2**20  # a regular file may not be longer
_LARGE_BYTES = 2**20  # a longer one is asked for as a large file
_RULE = "filter=lfs diff=lfs merge=lfs -text"
_PATTERNS = (
    "*.7z *.arrow *.avi *.bin *.bz2 *.ckpt *.ftz *.gguf *.gif *.gz *.h5 *.ico *.jpeg *.jpg *.joblib *.lfs.* *.mlmodel "
    "*.model *.mp3 *.mp4 *.msgpack *.npy *.npz *.onnx *.onnx_data *.ot *.parquet *.pb *.pdf *.pickle *.pkl *.png *.pt "
    "*.pth *.rar *.safetensors saved_model/**/* *.tar *.tar.* *.tflite *.tgz *.ttf *.wasm *.wav *.webm *.webp *.woff2 "
    "*.xz *.zip *.zst *tfevents*"
)


def initial_rules() -> bytes:
    """What a new repository's .gitattributes says, much as on the Hub."""
    return "".join(f"{pattern} {_RULE}\n" for pattern in _PATTERNS.split()).encode()


def is_marked_large(git: pygit2.Repository, commit: pygit2.Oid, path: str) -> bool:
    """Whether that commit's .gitattributes, at the top or further down, sends `path` out of git."""
    flags = AttrCheck.INDEX_ONLY | AttrCheck.INCLUDE_COMMIT | AttrCheck.NO_SYSTEM
    return git.get_attr(path, "filter", flags, commit) == "lfs"


def should_be_large(git: pygit2.Repository, commit: pygit2.Oid, path: str, size: int, sample: bytes) -> bool:
    """Whether a file that is about to come, of this size and with these first bytes, is to come as a large one."""
    if path.rpartition("/")[2] == ATTRIBUTES_FILE:
        return False
    return size > _LARGE_BYTES or _is_binary(sample) or is_marked_large(git, commit, path)


def format_rule(path: str) -> str:
    """The line that sends exactly this file out of git. A pattern cannot hold a space, so a class stands for it."""
    escaped = re.sub(r"([\[\]])", r"\\\1", path).replace(" ", "[[:space:]]")
    return f"/{escaped} {_RULE}"


def _is_binary(sample: bytes) -> bool:
    if b"\0" in sample:
        return True
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.start < len(sample) - 3  # a letter of several bytes may be cut at the sample's end
    return False
