"""Accuracy against work: the releases of each test set as points of a plot, and its dearest against its cheapest."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from apps._networks.shares import estimate_difference, estimate_share
from apps.model_zoo.words import THOUSANDS, Record, format_figure, format_scaled


def group_releases(records: Sequence[Record]) -> list[list[Record]]:
    """The releases whose accuracy was counted on the same test set, cheapest first; sets with several of them first."""

    def name_test(record: Record) -> tuple[str, str]:
        return record["metric"]["dataset"], record["metric"]["split"]

    found = sorted((each for each in records if each["metric"]["name"] == "accuracy"), key=name_test)
    groups = [sorted(group, key=lambda each: (each["macs"], each["name"])) for _, group in groupby(found, name_test)]
    return sorted(groups, key=lambda group: (len(group) == 1, group[0]["macs"]))


def describe_plot(records: Sequence[Record], opened: str | None) -> Record:
    """The value of `ReleasePlot` for what `list_releases` returns."""
    panels = [
        {
            "title": f"{group[0]['metric']['dataset']}, {group[0]['metric']['samples']:,} test pictures",
            "note": compare_ends(group),
            "spots": [describe_spot(record) for record in group],
        }
        for group in group_releases(records)
    ]
    return {"panels": panels, "names": [record["name"] for record in records], "open": opened}


def describe_spot(record: Record) -> dict[str, Any]:
    """A release as a point: multiply-adds, accuracy and its 95 % interval in per cent, and `text`."""
    right, of = count_right(record["metric"])
    low, high = (100 * end for end in estimate_share(right, of).values())
    return {
        "release": record["release"],
        "name": record["name"],
        "short": shorten_name(record),
        "macs": record["macs"],
        "accuracy": 100 * record["metric"]["value"],
        "low": low,
        "high": high,
        "text": f"{of - right:,} mistakes, {format_figure(record['metric'])} right (95 %: {low:.2f} to {high:.2f}), "
        f"{format_scaled(record['macs'], THOUSANDS)} multiply-adds",
    }


def shorten_name(record: Record) -> str:
    """What stands before the data set: "lenet" of "lenet.mnist"."""
    return record["name"].partition(".")[0]


def count_right(metric: Record) -> tuple[int, int]:
    """Test pictures that an accuracy counts as right, and how many there were."""
    return round(metric["value"] * metric["samples"]), metric["samples"]


def compare_ends(group: Sequence[Record]) -> str:
    """What the release of the most multiply-adds has over the one of the fewest, in words."""
    if len(group) < 2:
        return "the only one tested on these"
    cheap, dear = group[0], group[-1]
    (right, of), (more, more_of) = count_right(cheap["metric"]), count_right(dear["metric"])
    times = f"{shorten_name(dear)}: {dear['macs'] / cheap['macs']:.1f} × the work of {shorten_name(cheap)}"
    difference = estimate_difference(more, more_of, right, of)
    if difference["low"] <= 0 <= difference["high"]:
        return f"{times}, and these pictures cannot tell which is better"
    return f"{times}, {(more_of - more) / more_of / ((of - right) / of):.1f} × its mistakes"
