"""The Transfer tab: the study read back as its table and its page have it, and what the tab opens on."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import Any

import pytest

import zoo
from apps import transfer as exhibit
from apps._inputs import BadInput
from apps.transfer import layout
from apps.transfer.backbone import BACKBONE
from apps.transfer.opening import CLASSES, CROPS
from apps.transfer.study import compare_pairs, compare_setting, parse_results
from tests._support.backbone import METHODS, SIZES

pytestmark = pytest.mark.usefixtures("transfer_zoo")


def test_a_setting_is_compared_as_the_table_says(transfer_zoo: Path) -> None:
    lines = (transfer_zoo / "studies/transfer/results.csv").read_text().splitlines()[1:]
    rows = [line.split(",") for line in lines]
    assert len(rows) == 120
    found = exhibit.compare_methods(50, True)
    values = {method: [float(row[4]) for row in rows if row[:3] == [method, "yes", "50"]] for method in METHODS}
    assert {each["method"]: each["accuracies"] for each in found["methods"]} == values
    for each in found["methods"]:
        assert each["mean"] == pytest.approx(sum(values[each["method"]]) / 5)
        assert each["deviation"] == pytest.approx(statistics.stdev(values[each["method"]]))
    differences = [a - b for a, b in zip(values["fine-tuned"], values["scratch"], strict=True)]
    reach = 2.776445 * statistics.stdev(differences) / math.sqrt(5)  # the t table's line for 4 degrees of freedom
    gain = found["gain"]
    assert gain["pairs"] == 5
    assert [gain[key] for key in ("mean", "low", "high")] == pytest.approx(
        [statistics.mean(differences), statistics.mean(differences) - reach, statistics.mean(differences) + reach]
    )


def test_seeds_are_paired_by_their_number_and_not_by_their_line() -> None:
    gain = compare_pairs({0: 0.9, 1: 0.8, 2: 0.5}, {1: 0.7, 0: 0.6, 7: 0.1})
    assert gain is not None
    assert (gain["pairs"], gain["mean"]) == (2, pytest.approx(0.2))
    assert compare_pairs({0: 0.9}, {0: 0.8}) is None


@pytest.mark.parametrize(
    ("pictures", "augmented", "sentence"),
    [
        (7, True, "The study has 10, 50, 100 and 500 pictures a class, not 7."),
        (None, True, "The study has 10, 50"),
        ("50", True, "The study has 10, 50"),
        (True, True, "The study has 10, 50"),
        (math.nan, True, "The study has 10, 50"),
        ([], True, "The study has 10, 50"),
        (50, "yes", "augmented is true or false, not 'yes'."),
        (50, None, "augmented is true or false"),
        (50, 2, "augmented is true or false"),
    ],
)
def test_a_setting_that_was_not_measured_is_refused(pictures: Any, augmented: Any, sentence: str) -> None:
    with pytest.raises(BadInput) as refusal:
        exhibit.compare_methods(pictures, augmented)
    assert str(refusal.value).startswith(sentence)
    assert str(refusal.value).endswith(".")


def test_without_the_study_the_tab_says_how_to_make_it(
    transfer_zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path))
    with pytest.raises(zoo.NotHere, match=r"python -m training\.transfer"):
        exhibit.compare_methods(50, True)
    [lab, curves] = layout.example()
    assert "training.transfer" in curves["missing"]
    assert "training.resnet_8class" in lab["missing"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "method,augmented,pictures,seed,accuracy\n",
        "method,augmented,pictures,seed\nscratch,no,10,0\n",
        "method,augmented,pictures,seed,accuracy\nscratch,maybe,10,0,0.5\n",
        "method,augmented,pictures,seed,accuracy\nscratch,no,10,0,\n",
        "method,augmented,pictures,seed,accuracy\nby heart,no,10,0,0.5\n",
    ],
)
def test_a_damaged_table_is_one_sentence(text: str) -> None:
    with pytest.raises(zoo.DamagedRelease, match=r"results\.csv.*restore it\.$"):
        parse_results(text)


def test_the_tab_opens_on_the_study_and_on_two_taught_classes() -> None:
    lab, curves = layout.example()
    assert [(each["pictures"], each["augmented"]) for each in curves["settings"]] == [
        (size, augmented) for size in SIZES for augmented in (False, True)
    ]
    opening = lab["opening"]
    assert [len(pictures) for pictures in opening["classes"]] == [CROPS] * 2
    assert opening["taught"]["head"]["names"] == opening["names"]
    assert opening["answer"] == exhibit.classify_with_head(opening["next"]["small"], opening["taught"]["head"])
    known = [picture["small"] for pictures in opening["classes"] for picture in pictures]
    assert opening["next"]["small"] not in known, "it is asked about a picture that it was not taught on"


def test_the_lead_says_what_the_worked_example_shows() -> None:
    assert 2 * CROPS == 12
    assert "twelve pictures" in exhibit.EXHIBIT.lead
    known = {*zoo.describe(BACKBONE).config["labels"]}
    names = [name for _, name in CLASSES]
    assert names == ["cat", "cup"]
    assert not known & {*names}


def test_the_repositorys_own_study_is_read_as_its_page_tells_it() -> None:
    folder = Path(zoo.__file__).parent / "studies" / "transfer"
    rows = parse_results((folder / "results.csv").read_text())
    assert len(rows) == 120
    page = (folder / "README.md").read_text()
    for augmented in (False, True):
        cells = []
        for size in SIZES:
            gain = compare_setting(rows, size, augmented)["gain"]
            assert gain["pairs"] == 5
            cells.append("{:+.1f} ({:+.1f} to {:+.1f})".format(*(100 * gain[key] for key in ("mean", "low", "high"))))
        assert f"| augmentation: {'yes' if augmented else 'no'} | {' | '.join(cells)} |" in page
    for augmented in (False, True):
        assert compare_setting(rows, 50, augmented)["gain"]["low"] > 0, "what the tab's headline says"
