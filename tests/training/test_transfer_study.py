"""The transfer study: its recipe in seconds, killed and on two processes, and what the carried table says."""

from __future__ import annotations

import csv
import itertools
import re
import statistics
from pathlib import Path
from typing import Any

import pytest
import torch
from scipy import stats

import zoo
from tests._support.mirror import make_entry, make_weights, serve_mirror
from tests._support.programs import launch, run_module
from training import _data, transfer
from zoo import upstream

STUDY = Path(zoo.__file__).parent / "studies" / "transfer"


def smoke_arguments(folder: Path, *more: str) -> list[str]:
    return ["--smoke", "--zoo", str(folder / "zoo"), "--runs", str(folder / "runs"), *more]


def read_table(folder: Path) -> dict[tuple[str, str, int, int], float]:
    with (folder / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    found = {(r["method"], r["augmented"], int(r["pictures"]), int(r["seed"])): float(r["accuracy"]) for r in rows}
    assert len(found) == len(rows)
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    run_module("training.transfer", *smoke_arguments(folder))
    return folder


def test_the_recipe_makes_every_row_once(whole: Path) -> None:
    rows = read_table(whole / "zoo" / "studies" / "transfer")
    assert set(rows) == set(itertools.product(transfer.METHODS, ("no", "yes"), (2, 4), (0, 1)))
    assert all(0 <= accuracy <= 1 for accuracy in rows.values())
    assert len(set(rows.values())) > 1
    assert "python -m training.transfer --smoke" in (whole / "zoo/studies/transfer/README.md").read_text()


def test_ten_classes_are_learnt_by_the_network_that_knows_eight_of_them(tmp_path: Path) -> None:
    run_module("training.transfer", *smoke_arguments(tmp_path, "--labels", "all"))
    [folder] = tmp_path.glob("runs/transfer-*/study")
    assert set(read_table(folder)) == set(itertools.product(transfer.METHODS, ("no", "yes"), (2, 4), (0, 1)))
    page = (folder / "README.md").read_text()
    assert page.startswith("# Transfer: 10 classes, airplane, automobile, bird, cat, deer, dog,")
    assert "guessing gives 10%" in page
    assert "The backbone knows 8 classes; new to it: cat, dog." in page
    assert not (tmp_path / "zoo").exists()


def test_a_killed_study_continues_and_ends_the_same(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [kept] = whole.glob("runs/transfer-*/rows.csv")
    lines = kept.read_text().splitlines(keepends=True)
    part = tmp_path / "runs" / kept.parent.name / "rows.csv"
    part.parent.mkdir(parents=True)
    part.write_text("".join(lines[:20]) + lines[20][:-4])  # cut in the middle of a line
    capsys.readouterr()
    run_module("training.transfer", *smoke_arguments(tmp_path))
    assert capsys.readouterr().err.count("seed") == len(lines) - 20
    assert read_table(tmp_path / "zoo/studies/transfer") == read_table(whole / "zoo/studies/transfer")


def test_two_processes_share_the_rows(whole: Path, tmp_path: Path) -> None:
    launched = launch("training.transfer", *smoke_arguments(tmp_path))
    assert launched.returncode == 0, launched.stderr
    assert set(read_table(tmp_path / "zoo/studies/transfer")) == set(read_table(whole / "zoo/studies/transfer"))
    [kept] = tmp_path.glob("runs/transfer-*/rows.csv")
    assert len(kept.read_text().splitlines()) == 24


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--backbone", "resnet18.cifar10"), "knows cat, dog already"),
        (("--labels", "airplane", "ship"), "knows airplane, ship already"),
        (("--labels", "cat", "unicorn"), "and not all of cat, unicorn"),
        (("--backbone", "resnet51"), "No release is called"),
        (("--backbone", "vit_b_16", "--no-pretrained"), "is no ResNet"),
        (("--seeds", "1"), "at least two --seeds"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path: Path, more: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(SystemExit, match=f"^.*{sentence}.*$"):
        run_module("training.transfer", *smoke_arguments(tmp_path, *more))
    assert not (tmp_path / "zoo").exists()


def test_without_a_network_the_larger_backbone_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("TENWEEKS_UPSTREAM", "http://127.0.0.1:9"), ("TORCH_HOME", str(tmp_path)), ("HF_HUB_OFFLINE", "0"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=r"^.*127\.0\.0\.1:9.*$"):
        run_module("training.transfer", *smoke_arguments(tmp_path, "--backbone", "resnet50", "--pretrained"))


def test_a_larger_backbone_is_fetched_checked_and_taught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real download, from a loopback mirror, of random weights in ResNet18's shapes; a foreign file is refused."""
    name = "resnet18.imagenet"
    content = make_weights(name)
    known = make_entry(name, content)
    monkeypatch.setattr(upstream, "CATALOG", tuple(known if m.name == name else m for m in upstream.CATALOG))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    args = transfer.Args(
        backbone="resnet18", size=32, precision="no", runs=tmp_path / "runs", zoo=tmp_path / "zoo", smoke=True
    )
    with serve_mirror({known.file: content[:-1] + bytes([content[-1] ^ 1])}) as served:
        monkeypatch.setenv("TENWEEKS_UPSTREAM", served.url)
        with pytest.raises(SystemExit, match="torchvision published"):
            transfer.main(args)
    assert not (tmp_path / "runs").exists()
    with serve_mirror({known.file: content}) as served:
        monkeypatch.setenv("TENWEEKS_UPSTREAM", served.url)
        transfer.main(args)
        assert len(served.gets()) == 1
    [folder] = tmp_path.glob("runs/transfer-*/study")
    assert set(read_table(folder)) == set(itertools.product(transfer.METHODS, ("no", "yes"), (2, 4), (0, 1)))
    page = (folder / "README.md").read_text()
    assert f"`{name}` (`{known.sha256}`)" in page
    assert transfer.IMAGENET in page
    assert not (tmp_path / "zoo").exists()


def test_a_larger_backbone_is_prepared_as_the_method_says() -> None:
    torch.manual_seed(0)
    pretrained: Any = zoo.create("resnet50")
    known = zoo.upstream.describe("resnet50.imagenet")
    data = _data.load_dataset("cifar10", Path("nowhere"), smoke=True).select_classes(transfer.LABELS)
    study = transfer.Study(transfer.Args(), known, pretrained, data, 64, transfer.METHODS, accelerator=None)
    for method, trained in (("scratch", 161), ("fine-tuned", 161), ("frozen", 2)):
        model: Any = transfer.build_network(method, study)
        assert sum(p.requires_grad for p in model.parameters()) == trained
        assert torch.equal(model.conv1.weight, pretrained.conv1.weight) == (method != "scratch")
        assert model(torch.randn(2, 3, 64, 64)).shape == (2, 2)


def test_a_smaller_draw_is_part_of_a_larger_one() -> None:
    data = _data.load_dataset("cifar10", Path("nowhere"), smoke=True).select_classes(transfer.LABELS)
    few, few_labels = transfer.draw_pictures(data, 3, seed=1)
    many, many_labels = transfer.draw_pictures(data, 9, seed=1)
    for label in (0, 1):
        assert torch.equal(few[few_labels == label], many[many_labels == label][:3])
    assert few_labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert not torch.equal(few, transfer.draw_pictures(data, 3, seed=2)[0])


def test_a_frozen_backbone_does_not_move_and_a_fine_tuned_one_does() -> None:
    from accelerate import Accelerator

    release = zoo.describe(transfer.BACKBONE)
    pretrained = zoo.load(transfer.BACKBONE)
    data = _data.load_dataset("cifar10", Path("nowhere"), smoke=True).select_classes(transfer.LABELS)
    args = transfer.Args(pictures=(4,), steps=(2,))
    study = transfer.Study(args, release, pretrained, data, 32, transfer.METHODS, Accelerator(mixed_precision="no"))
    before = {name: value.clone() for name, value in pretrained.state_dict().items()}
    moved = {}
    for method in transfer.METHODS:
        after = transfer.train_network(transfer.Row(method, "yes", 4, 0), study).state_dict()
        kept = [name for name in after if not name.startswith("fc.")]
        moved[method] = {name for name in kept if not torch.equal(after[name], before[name])}
    assert moved["frozen"] == set()
    assert {"conv1.weight", "bn1.running_mean"} <= moved["fine-tuned"]
    assert all(torch.equal(value, before[name]) for name, value in pretrained.state_dict().items())


def test_the_carried_table_is_whole_and_its_page_says_what_it_holds() -> None:
    rows = read_table(STUDY)
    args = transfer.Args()
    assert set(rows) == set(itertools.product(transfer.METHODS, ("no", "yes"), args.pictures, range(args.seeds)))
    page = (STUDY / "README.md").read_text()
    assert zoo.describe(transfer.BACKBONE).digest in page
    for method, augmented in itertools.product(transfer.METHODS, ("no", "yes")):
        [line] = re.findall(rf"^\| {method} \| {augmented} \| (.*) \|$", page, re.MULTILINE)
        for shown, pictures in zip(line.split(" | "), args.pictures, strict=True):
            values = [rows[method, augmented, pictures, seed] for seed in range(args.seeds)]
            mean, spread = (float(part.removesuffix("%")) / 100 for part in shown.split(" ± "))
            assert mean == pytest.approx(statistics.mean(values), abs=6e-4)
            assert spread == pytest.approx(statistics.stdev(values), abs=6e-4)


def test_at_fifty_pictures_a_class_fine_tuning_is_better_with_confidence() -> None:
    rows = read_table(STUDY)
    for augmented in ("no", "yes"):
        pair = [[rows[method, augmented, 50, seed] for seed in range(5)] for method in ("fine-tuned", "scratch")]
        assert stats.ttest_rel(*pair).confidence_interval(0.95).low > 0
