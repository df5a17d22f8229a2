"""Fixtures of the Transfer tab's tests: a small zoo, two heaps of pictures, and a head taught on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps import transfer


@pytest.fixture(scope="module")
def transfer_zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A zoo that holds the small backbone and the made-up study alone."""
    from apps.transfer import opening
    from tests._support.backbone import make_backbone, make_study

    folder = tmp_path_factory.mktemp("zoo")
    make_backbone(folder)
    make_study(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TENWEEKS_ZOO", str(folder))
        opening.describe_example.cache_clear()
        yield folder
    opening.describe_example.cache_clear()


@pytest.fixture(scope="module")
def heaps(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[str]]:
    """Five bluish and four reddish noisy pictures, as files; some are hard to tell apart."""
    import torch
    from PIL import Image

    folder = tmp_path_factory.mktemp("pictures")
    random = torch.Generator().manual_seed(3)
    heaps: tuple[list[str], list[str]] = [], []
    for index, count in enumerate((5, 4)):
        for number in range(count):
            pixels = torch.randint(0, 200, (40, 50, 3), generator=random)
            pixels[..., 2 - 2 * index] += 25
            path = folder / f"{'blue' if index == 0 else 'red'}-{number}.png"
            Image.fromarray(pixels.byte().numpy()).save(path)
            heaps[index].append(str(path))
    return heaps


@pytest.fixture(scope="module")
def taught(transfer_zoo: Path, heaps: tuple[list[str], list[str]]) -> dict[str, Any]:
    return transfer.teach_head(heaps[0], heaps[1], "blue", "red", False)
