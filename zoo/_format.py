"""The format of a release: how it is named, which file proves the others, and what the catalog says of a version.

A zoo is a folder with `catalog.json` and `releases/<name>/<version>/`. A version's folder is at the same time the
content of a model repo on the Hub, where the version is a tag on one commit:

    README.md             model card with the Hub's front matter
    config.json           architecture and arguments, labels, preprocessing, metrics, recipe
    model.safetensors     weights; where `config.json` names another `weights_file`, such as diffusers'
                          unet/diffusion_pytorch_model.safetensors, those of the submodule with the folder's name
    golden.safetensors    a few inputs and the outputs that the weights give for them
    history.csv           training curve, a row per epoch
    exhibit/              what a tab shows without computing it again
    SHA256SUMS            the SHA-256 of each file above; `sha256sum -c SHA256SUMS` checks them by hand

The catalog keeps the SHA-256 of `SHA256SUMS`, and with it of every byte: that is the release's digest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\.[a-z0-9][a-z0-9_-]*")
"""`<architecture>.<dataset>`."""
VERSION = re.compile(r"v[1-9][0-9]{0,8}")
SUMS = "SHA256SUMS"
WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class Metric:
    """One figure with what it was measured on; `value` is a fraction for accuracies."""

    name: str
    value: float
    dataset: str
    split: str
    samples: int


@dataclass(frozen=True)
class Pin:
    """Where a version lives on the Hub: `repo` is `namespace/name`, `commit` 40 hexadecimal digits."""

    repo: str
    commit: str


def write_sums(contents: Mapping[str, bytes]) -> bytes:
    """The `SHA256SUMS` of these files: a line of digest, two spaces and path for each, sorted by path."""
    lines = (f"{hashlib.sha256(content).hexdigest()}  {file}\n" for file, content in sorted(contents.items()))
    return "".join(lines).encode()


def parse_sums(content: bytes) -> dict[str, str]:
    """`{file: sha256}` of a `SHA256SUMS`. Raises ValueError where a line is not digest, two spaces and path."""
    return {file: digest for digest, file in (line.split("  ", 1) for line in content.decode().splitlines())}


def name_submodule(weights_file: str) -> str:
    """`"unet"` for `"unet/diffusion_pytorch_model.safetensors"`; empty, the network itself, for a file in no folder."""
    return weights_file.rpartition("/")[0]


def version_number(version: str) -> int:
    """10 for `"v10"`: versions are ordered by number, not by letters."""
    return int(version.removeprefix("v"))
