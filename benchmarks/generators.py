"""How good the released generators are: every figure of their quality taken anew, on the full test sets.

    python -m benchmarks.generators [RELEASE ...]

As a user gets them: `zoo.load`, `generate` of codes from N(0, 1), float32. 10,000 samples of three seeds each against
the 10,000 test pictures, in the features of the zoo's classifier. A minute a generator on two cores. The data sets are
read from `TENWEEKS_DATA`, or from the folder that README names.
"""

from __future__ import annotations

import json
import sys

import training
import zoo

TASK = "unconditional-image-generation"


def main(references: list[str]) -> None:
    for reference in references:
        release = zoo.describe(reference)
        if release.task != TASK:
            raise SystemExit(f"{release.reference} makes no pictures of codes: name a generator.")
        found = training.measure_generator(reference)
        seeds = ", ".join(f"{value:.4g}" for value in found["frechet_by_seed"])
        print(f"{release.reference}, by {found['classifier']}, {found['samples']:,} samples")
        print(f"  Fréchet distance {seeds}; its card says {release.metric.value:.4g}")
        print(f"  between halves of the test set {found['frechet_floor']:.4g}", end="; ")
        print(f"of training pictures {found['frechet_of_training']:.4g}")
        for name in ("precision", "recall"):
            print(f"  {name} {found[name]:.4f}; of training pictures {found[f'{name}_of_training']:.4f}")
        shares = "  ".join(f"{row['label']} {row['share']:.2%}" for row in found["classes"])
        print(f"  {shares}; entropy {found['entropy']:.4f}")
        kept = json.loads(zoo.read_file(release, "exhibit/quality.json"))
        same = found["classifier_digest"] == kept["classifier_digest"]
        print(f"  the classifier is {'that' if same else 'not that'} of the card", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or [name for name in zoo.names() if zoo.describe(name).task == TASK])
