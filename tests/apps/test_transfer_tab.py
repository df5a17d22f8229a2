"""The Transfer tab's functions: the study read back, a head that is the one solution, and uploads that go wrong."""

from __future__ import annotations

import math
import statistics
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

import zoo
from apps import _networks
from apps import transfer as exhibit
from apps._inputs import BadInput
from apps._inputs.upload import Pictures
from apps.transfer import layout, teaching
from tests._support.backbone import FEATURES, LABELS, METHODS, SIZES, make_backbone, make_study
from zoo.examples import example_pictures

CAT = str(example_pictures()["cat"])


@pytest.fixture(scope="module", autouse=True)
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A zoo that holds the small backbone and the made-up study alone."""
    folder = tmp_path_factory.mktemp("zoo")
    make_backbone(folder)
    make_study(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TENWEEKS_ZOO", str(folder))
        layout._opening.cache_clear()
        yield folder
    layout._opening.cache_clear()


@pytest.fixture(scope="module")
def heaps(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[str]]:
    """Five bluish and four reddish noisy pictures, as files; some are hard to tell apart."""
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
def taught(heaps: tuple[list[str], list[str]]) -> dict[str, Any]:
    return exhibit.teach_head(heaps[0], heaps[1], "blue", "red", False)


# ---------------------------------------------------------------------------------------------------- the study


def test_a_setting_is_compared_as_the_table_says(root: Path) -> None:
    lines = (root / "studies/transfer/results.csv").read_text().splitlines()[1:]
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
    gain = teaching.paired({0: 0.9, 1: 0.8, 2: 0.5}, {1: 0.7, 0: 0.6, 7: 0.1})
    assert gain is not None
    assert (gain["pairs"], gain["mean"]) == (2, pytest.approx(0.2))
    assert teaching.paired({0: 0.9}, {0: 0.8}) is None


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
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path))
    with pytest.raises(zoo.NotHere, match=r"python -m training\.transfer"):
        exhibit.compare_methods(50, True)
    [curves, lab] = layout.example()
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
        teaching.read_table(text)


# ---------------------------------------------------------------------------------------------------- the head


def test_features_are_what_the_networks_own_last_layer_reads() -> None:
    model = teaching.load()
    x = torch.randn(3, 3, 32, 32)
    with torch.no_grad():
        seen = teaching.features(model, x)
        torch.testing.assert_close(model.fc(seen), model(x))
    assert seen.shape == (3, FEATURES)


@pytest.mark.parametrize(("count", "width"), [(9, 30), (60, 12)])
def test_the_fit_is_the_one_solution_of_softmax_regression(count: int, width: int) -> None:
    random = torch.Generator().manual_seed(0)
    x = torch.randn(count, width, generator=random, dtype=torch.float64)
    y = (x[:, 0] + torch.randn(count, generator=random) > 0).long()
    found = list(teaching.fit(x, y))
    losses = [loss for loss, _ in found]
    assert losses[0] == pytest.approx(math.log(2))
    assert losses == sorted(losses, reverse=True)

    rows = torch.zeros(2, width, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(2, dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        theirs.zero_grad()
        value = F.cross_entropy(x @ rows.T + bias, y) + teaching.PENALTY / 2 * rows.square().sum()
        value.backward()
        return value

    theirs = torch.optim.LBFGS(
        [rows, bias], max_iter=2000, line_search_fn="strong_wolfe", tolerance_grad=1e-10, tolerance_change=1e-14
    )
    assert theirs.step(loss) is not None
    assert losses[-1] == pytest.approx(loss().item(), abs=2e-6)
    scores = teaching.score(x, found[-1][1])
    expected = x @ (rows[1] - rows[0]) + bias[1] - bias[0]
    torch.testing.assert_close(scores, expected.detach(), rtol=0.02, atol=0.02)


def test_a_head_answers_what_its_numbers_say(taught: dict[str, Any], heaps: Any) -> None:
    head = taught["head"]
    assert set(head) == {"network", "names", "weight", "bias"}
    answer = exhibit.classify_with_head(CAT, head)
    model = teaching.load()
    with torch.no_grad():
        x = model.preprocess(Image.open(CAT))[None]
        seen = teaching.features(model, x)[0].double()
        own = model(x)[0].softmax(0)
    scores = torch.tensor(head["weight"]).double() @ seen + torch.tensor(head["bias"]).double()
    assert [row["label"] for row in answer["answers"]] == ["blue", "red"]
    assert [row["probability"] for row in answer["answers"]] == pytest.approx(scores.softmax(0).tolist(), abs=1e-5)
    assert sum(row["probability"] for row in answer["answers"]) == pytest.approx(1)
    assert [row["label"] for row in answer["says"]] == [LABELS[i] for i in own.topk(3).indices]
    assert answer["words"] == len(LABELS)
    # What it was taught on, it knows by heart: there are more numbers than pictures.
    for heap, name in zip(heaps, ("blue", "red"), strict=True):
        for path in heap:
            best = max(exhibit.classify_with_head(path, head)["answers"], key=lambda row: row["probability"])
            assert best["label"] == name


def test_what_the_browser_keeps_of_a_picture_teaches_the_same(taught: dict[str, Any], heaps: Any) -> None:
    small = [[teaching.shrink(Image.open(path)) for path in heap] for heap in heaps]
    assert max(len(url) for heap in small for url in heap) < 6000
    again = exhibit.teach_head(small[0], small[1], "blue", "red", False)
    assert again == taught
    picture = teaching.shrink(Image.open(CAT))
    assert exhibit.classify_with_head(picture, taught["head"]) == exhibit.classify_with_head(CAT, taught["head"])


def test_exchanged_classes_exchange_the_answer(taught: dict[str, Any], heaps: Any) -> None:
    other = exhibit.teach_head(heaps[1], heaps[0], "red", "blue", False)
    first, second = (exhibit.classify_with_head(CAT, each["head"])["answers"] for each in (taught, other))
    assert {row["label"]: row["probability"] for row in first} == pytest.approx(
        {row["label"]: row["probability"] for row in second}, abs=1e-5
    )


@pytest.mark.parametrize("augment", [False, True])
def test_left_out_pictures_are_judged_by_heads_that_never_saw_them(heaps: Any, augment: bool) -> None:
    whole = exhibit.teach_head(heaps[0], heaps[1], "blue", "red", augment)
    right = 0
    for index, heap in enumerate(heaps):
        for path in heap:
            rest = [[other for other in each if other != path] for each in heaps]
            head = exhibit.teach_head(rest[0], rest[1], "blue", "red", augment)["head"]
            answers = exhibit.classify_with_head(path, head)["answers"]
            right += answers[index]["probability"] > 0.5
    out = whole["left_out"]
    assert (out["right"], out["pictures"]) == (right, 9)
    assert 0 < right < 9, "the test wants pictures of which some are hard"
    assert 0 <= out["low"] < right / 9 < out["high"] <= 1
    assert whole["views"] == (36 if augment else 9)


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe 1998 (https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E), table I.
    for right, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
        found = teaching.wilson(right, of)
        assert (found["low"], found["high"]) == pytest.approx((low, high), abs=5e-5)


def test_one_picture_of_a_class_teaches_and_is_not_checked(heaps: Any) -> None:
    found = exhibit.teach_head(heaps[0][:1], heaps[1][:3], "blue", "red", False)
    assert found["left_out"] is None
    assert found["pictures"] == [1, 3]


def test_pictures_that_are_all_the_same_are_answered(heaps: Any) -> None:
    found = exhibit.teach_head([CAT] * 3, [CAT] * 2, "one", "two", True)
    answers = exhibit.classify_with_head(CAT, found["head"])["answers"]
    # Nothing tells them apart but how many there were.
    assert [row["probability"] for row in answers] == pytest.approx([0.6, 0.4], abs=0.02)


def test_four_versions_of_a_picture() -> None:
    x = torch.randn(3, 3, 32, 32)
    views = teaching.vary(x)
    assert views.shape == (3, 4, 3, 32, 32)
    assert torch.equal(views[:, 0], x)
    assert torch.equal(views[:, 1], x.flip(-1))
    assert torch.equal(views[:, 3], views[:, 2].flip(-1))
    assert torch.equal(views, teaching.vary(x))
    inner = x[:, :, 4:-4, 4:-4]
    for picture, moved in zip(inner, views[:, 2], strict=True):
        windows = [moved[:, top : top + 24, left : left + 24] for top in range(9) for left in range(9)]
        assert any(torch.equal(picture, window) for window in windows), "shifted by four pixels at most"


def test_a_lesson_tells_how_far_it_is_and_can_be_left(heaps: Any) -> None:
    lesson = teaching.lesson(heaps[0], heaps[1], "blue", "red")
    stages = [(step["stage"], step["done"], step["total"]) for step in teaching.teach(lesson, True)]
    assert list(dict.fromkeys(stage for stage, _, _ in stages)) == ["looking", "learning", "checking", "taught"]
    assert all(0 <= done <= total for _, done, total in stages)
    for stop in (1, 2, len(stages) - 3):
        steps = teaching.teach(lesson, True)
        for _ in range(stop):
            next(steps)
        assert not _networks.TURN.locked(), "between two pieces of work it is another's turn"
        steps.close()  # what gradio does when the visitor stops, or leaves
        assert next(steps, None) is None


def test_the_network_stays_as_it_was(heaps: Any) -> None:
    model = teaching.load()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    exhibit.teach_head(heaps[0], heaps[1], "blue", "red", True)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not model.training
    assert not any(parameter.grad is not None for parameter in model.parameters())


# ---------------------------------------------------------------------------------------------------- what goes wrong


def test_one_bad_file_among_good_ones_is_named(heaps: Any, tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "notes.png").write_text("a text where a picture belongs")
    with zipfile.ZipFile(tmp_path / "holiday.zip", "w") as archive:
        archive.writestr("one.txt", "1")
    for name in ("empty.png", "notes.png", "holiday.zip", "gone.png"):
        heap = [*heaps[0], str(tmp_path / name), *heaps[0]]
        with pytest.raises(BadInput) as refusal:
            exhibit.teach_head(heap, heaps[1], "blue", "red", False)
        assert str(refusal.value).startswith(f"{name}: ")
        assert str(refusal.value).count(".png") <= 1
        assert str(refusal.value).endswith(".")
    with pytest.raises(BadInput, match=r"^picture 2 of “red”: "):
        exhibit.teach_head(heaps[0], [heaps[1][0], "data:image/png;base64,AAAA"], "blue", "red", False)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"first_pictures": []}, "“blue” has no pictures yet: add at least one."),
        ({"second_pictures": []}, "“red” has no pictures yet"),
        ({"second_pictures": None}, "The pictures of “red” come as a list of files."),
        ({"second_pictures": "some text"}, "The pictures of “red” come as a list of files."),
        ({"first_pictures": ["x"] * 51}, "“blue” has 51 pictures and at most 50 are taken"),
        ({"first_name": ""}, "Give both classes a name, of 30 characters at most."),
        ({"second_name": None}, "Give both classes a name, of 30 characters at most."),
        ({"second_name": 7}, "Give both classes a name, of 30 characters at most."),
        ({"second_name": " \t "}, "Give both classes a name, of 30 characters at most."),
        ({"second_name": "\u0007"}, "Give both classes a name, of 30 characters at most."),
        ({"second_name": "Blue "}, "Both classes are called “blue”: give them two names."),
        ({"second_name": "r" * 31}, "Give both classes a name, of 30 characters at most."),
        ({"augment": "yes"}, "augment is true or false, not 'yes'."),
        ({"augment": None}, "augment is true or false"),
        ({"second_pictures": [None]}, "picture 1 of “red”: "),
        ({"second_pictures": [7]}, "picture 1 of “red”: There is no picture in this value"),
    ],
)
def test_a_lesson_that_cannot_be_given_is_refused(heaps: Any, changes: dict[str, Any], sentence: str) -> None:
    arguments = {
        "first_pictures": heaps[0],
        "second_pictures": heaps[1],
        "first_name": "blue",
        "second_name": "red",
        "augment": False,
    }
    with pytest.raises(BadInput) as refusal:
        exhibit.teach_head(**arguments | changes)
    assert str(refusal.value).startswith(sentence)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda head: None, "Teach two classes first"),
        (lambda head: {}, "Teach two classes first"),
        (lambda head: [1], "Teach two classes first"),
        (lambda head: head | {"network": "lenet.mnist@v1"}, "This head was not taught on"),
        (lambda head: head | {"names": ["one"]}, "A head has two names"),
        (lambda head: head | {"names": ["one", "one"]}, "Both classes are called “one”"),
        (lambda head: head | {"names": [1, 2]}, "Give both classes a name, of 30 characters at most."),
        (lambda head: head | {"weight": head["weight"][:1]}, "A head has 2 × 64 weights"),
        (lambda head: head | {"weight": [row[:-1] for row in head["weight"]]}, "A head has 2 × 64 weights"),
        (lambda head: head | {"weight": [[math.nan] * 64] * 2}, "A head has 2 × 64 weights"),
        (lambda head: head | {"weight": [[1e300] * 64] * 2}, "A head has 2 × 64 weights"),
        (lambda head: head | {"weight": [[True] * 64] * 2}, "A head has 2 × 64 weights"),
        (lambda head: head | {"weight": [["1"] * 64] * 2}, "A head has 2 × 64 weights"),
        (lambda head: head | {"bias": [math.inf, 0]}, "A head has 2 × 64 weights"),
        (lambda head: head | {"bias": None}, "A head has 2 × 64 weights"),
    ],
)
def test_a_head_that_is_none_is_refused(taught: dict[str, Any], change: Any, sentence: str) -> None:
    with pytest.raises(BadInput) as refusal:
        exhibit.classify_with_head(CAT, change(taught["head"]))
    assert str(refusal.value).startswith(sentence)
    assert str(refusal.value).endswith(".")


def test_the_largest_head_still_gives_a_probability(taught: dict[str, Any]) -> None:
    head = taught["head"] | {"weight": [[-1e6] * FEATURES, [1e6] * FEATURES], "bias": [1e6, -1e6]}
    answers = exhibit.classify_with_head(CAT, head)["answers"]
    assert sum(row["probability"] for row in answers) == pytest.approx(1)


def test_a_page_sends_pictures_and_never_a_path() -> None:
    small = teaching.shrink(Image.effect_noise((32, 32), 200))
    assert layout._arrived([small], layout._SMALL) == [small]
    for wrong in (CAT, None, 7, {"path": CAT}, small + "A" * layout._SMALL):
        with pytest.raises(BadInput, match="did not arrive whole"):
            layout._arrived([small, wrong], layout._SMALL)


def test_a_list_of_files_names_uploads_only(tmp_path: Path) -> None:
    field = Pictures()
    inside = Path(field.GRADIO_CACHE) / "upload" / "mine.png"
    assert field.preprocess([{"path": str(inside)}, {"path": str(inside)}]) == [str(inside)] * 2
    assert field.preprocess(None) == field.preprocess([]) == []
    for payload, sentence in (
        ([{"path": str(inside)}, {"path": CAT}], "File 2 of the list is no uploaded file"),
        ([{"path": str(inside.parent / ".." / ".." / ".." / "etc")}], "File 1 of the list"),
        ([{"path": 7}], "File 1 of the list"),
        ([{"url": "http://somewhere/a.png"}], "File 1 of the list"),
        ([CAT], "File 1 of the list"),
        ("some text", "Send a list of picture files."),
        ({"path": str(inside)}, "Send a list of picture files."),
    ):
        with pytest.raises(gr.Error, match=sentence):
            field.preprocess(payload)


# ---------------------------------------------------------------------------------------------------- the tab


def test_the_tab_opens_on_the_study_and_on_two_taught_classes() -> None:
    curves, lab = layout.example()
    assert [(each["pictures"], each["augmented"]) for each in curves["settings"]] == [
        (size, augmented) for size in SIZES for augmented in (False, True)
    ]
    opening = lab["opening"]
    assert [len(pictures) for pictures in opening["classes"]] == [layout._CROPS] * 2
    assert opening["taught"]["head"]["names"] == opening["names"]
    assert opening["answer"] == exhibit.classify_with_head(opening["next"]["small"], opening["taught"]["head"])
    known = [picture["small"] for pictures in opening["classes"] for picture in pictures]
    assert opening["next"]["small"] not in known, "it is asked about a picture that it was not taught on"


def test_the_repositorys_own_study_is_read_as_its_page_tells_it() -> None:
    folder = Path(zoo.__file__).parent / "studies" / "transfer"
    rows = teaching.read_table((folder / "results.csv").read_text())
    assert len(rows) == 120
    page = (folder / "README.md").read_text()
    for augmented in (False, True):
        cells = []
        for size in SIZES:
            gain = teaching.compare(rows, size, augmented)["gain"]
            assert gain["pairs"] == 5
            cells.append("{:+.1f} ({:+.1f} to {:+.1f})".format(*(100 * gain[key] for key in ("mean", "low", "high"))))
        assert f"| augmentation: {'yes' if augmented else 'no'} | {' | '.join(cells)} |" in page
    for augmented in (False, True):
        assert teaching.compare(rows, 50, augmented)["gain"]["low"] > 0, "what the tab's headline says"
