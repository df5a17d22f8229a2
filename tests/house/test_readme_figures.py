"""What README's tables say of a release is what its card says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import zoo

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
ROWS = {match[1]: match[0] for match in re.finditer(r"^\| `([a-z0-9_.-]+@v\d+)`.*\|$", README, re.MULTILINE)}
NEWEST = sorted(f"{release.name}@{release.version}" for release in map(zoo.describe, zoo.names()))


def test_every_newest_release_has_a_row() -> None:
    assert sorted(ROWS) == NEWEST


@pytest.mark.parametrize("release", NEWEST)
def test_a_row_has_the_cards_figures(release: str) -> None:
    row, config = ROWS[release], zoo.describe(release).config
    value = config["metric"]["value"]
    assert (f"{value:.2%}".replace("%", " %") if config["metric"]["name"] == "accuracy" else f"{value:.1f}") in row
    assert f"{config['parameters']:,}" in row
    if "numbers" in row:
        costs = json.loads(zoo.read_file(zoo.describe(release), "exhibit/nats.json"))
        total = sum(each["count"] for each in costs["classes"])
        shares = [
            sum(each[part] * each["count"] for each in costs["classes"]) / total for part in ("reconstruction", "kl")
        ]
        assert " + ".join(f"{share:.1f}".removesuffix(".0") for share in shares) in row
