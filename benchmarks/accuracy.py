"""What a user gets: every release's accuracy on its full test set, through `zoo.load` and `preprocess`, in float32.

    python -m benchmarks.accuracy [RELEASE ...]

Beside it stands what the release's card says. Of two releases with one test set is also printed how many pictures
exactly one of them gets right, for McNemar's test. The data sets are read from `TENWEEKS_DATA`, or from the folder that
README names. On two cores the digits' networks take seconds, the photographs' some minutes.
"""

from __future__ import annotations

import itertools
import sys

import torch

import training
import zoo


def main(references: list[str]) -> None:
    found: list[tuple[zoo.Release, torch.Tensor]] = []
    for reference in references:
        release, right = zoo.describe(reference), training.check_answers(reference)
        found.append((release, right))
        share = float(right.double().mean())
        said = "as its card says" if share == release.metric.value else f"its card says {release.metric.value:.2%}"
        print(f"{release.reference:28}{int(right.sum()):6,} of {len(right):,}  {share:.2%}  {said}", flush=True)
    for (first, one), (second, two) in itertools.combinations(found, 2):
        if first.metric.dataset == second.metric.dataset:
            counts = int((one & ~two).sum()), int((two & ~one).sum()), int((~one & ~two).sum())
            print(f"right: only {first.name} {counts[0]}, only {second.name} {counts[1]}, neither {counts[2]}")


if __name__ == "__main__":
    main(sys.argv[1:] or zoo.names())
