"""The Attention tab's functions: maps that are torch's own, heads that can be missed, an order that can be lost."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from torch import nn

import zoo
from apps import _networks
from apps import attention as exhibit
from apps._inputs import BadInput
from apps._inputs.examples import DIGITS
from apps._inputs.picture_menu import PictureMenu
from apps._networks.subject import find_subject, forget_subjects
from apps.attention import layout, passes, weights
from apps.attention.heads import read_worth
from apps.attention.weights import encode_weights
from from_scratch import attention as by_hand
from from_scratch.complexity import linear_macs, macs
from tests._support.transformer import BLOCKS, HEADS, LABELS, NAME, WHOLE, make_transformer
from zoo import upstream
from zoo.examples import example_pictures

CAT = str(example_pictures()["cat"])


@pytest.fixture(scope="module", autouse=True)
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A zoo that holds the small transformer alone."""
    folder = tmp_path_factory.mktemp("zoo")
    make_transformer(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TENWEEKS_ZOO", str(folder))
        yield folder
    forget_subjects()


@pytest.fixture(scope="module")
def sent() -> dict[str, Any]:
    return exhibit.compute_attention(CAT, NAME)


def numbers(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def decoded(sent: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """L×heads×T×T, as the browser has them: the weights, and q·k/√d."""
    shape = (sent["blocks"], sent["heads"], sent["tokens"], sent["tokens"])
    codes = numbers(sent["weights"], f"<u{sent['bytes']}").astype(np.float64).reshape(shape) * sent["step"]
    normalisers = numbers(sent["normalisers"], "<f4").astype(np.float64).reshape(*shape[:3], 1)
    return torch.from_numpy(np.exp(-codes)), torch.from_numpy(normalisers - codes)


def test_what_is_sent_are_the_weights_of_torchs_own_attention(sent: dict[str, Any]) -> None:
    weights, products = decoded(sent)
    model: Any = _networks.load(NAME)
    with torch.inference_mode():
        x = model.embed(find_subject(CAT, _networks.describe(NAME)).x)
        for block, mine, scores in zip(model.blocks, weights, products, strict=True):
            theirs = nn.MultiheadAttention(48, HEADS, batch_first=True).eval()
            theirs.in_proj_weight.copy_(block.attn.qkv.weight)
            theirs.in_proj_bias.copy_(block.attn.qkv.bias)
            theirs.out_proj.load_state_dict(block.attn.proj.state_dict())
            y = block.norm1(x)
            _, expected = theirs(y, y, y, need_weights=True, average_attn_weights=False)
            torch.testing.assert_close(mine, expected[0].double(), rtol=3e-4, atol=2e-14)
            queries, keys, _ = block.attn.qkv(y)[0].unflatten(-1, (3, HEADS, -1)).permute(1, 2, 0, 3)
            exact = queries @ keys.transpose(-2, -1) / math.sqrt(48 / HEADS)
            seen = mine > 1e-12  # below, the smallest code stands for all
            torch.testing.assert_close(scores[seen], exact.double()[seen], rtol=1e-5, atol=3e-4)
            x = block(x)
    assert weights.max() > 5 / 65, "the test wants maps that differ from an even share"
    torch.testing.assert_close(weights.sum(-1), torch.ones(BLOCKS, HEADS, 65).double(), rtol=0, atol=3e-4)
    rolled = by_hand.rollout(weights / weights.sum(-1, keepdim=True))
    torch.testing.assert_close(rolled.sum(-1), torch.ones(65).double())


def test_what_is_sent_besides(sent: dict[str, Any]) -> None:
    assert (sent["grid"], sent["size"], sent["bytes"], sent["dimensions"]) == ([8, 8], [32, 32], 2, 12)
    assert sent["network"] == f"{NAME}@v1"
    assert sent["worth"]["whole"] == WHOLE
    assert len(sent["worth"]["blocks"]) == BLOCKS
    assert [len(row) for row in sent["worth"]["heads"]] == [HEADS] * BLOCKS
    assert sent["worth"]["heads"][2][3] == pytest.approx(WHOLE - 0.024)
    assert sent["worth"]["blocks"][1] == pytest.approx(WHOLE - 0.031)
    plain = _networks.load(NAME)(find_subject(CAT, _networks.describe(NAME)).x)[0].softmax(0)
    assert [answer["label"] for answer in sent["answers"]] == [LABELS[i] for i in plain.topk(5).indices]
    assert sent["answers"][0]["after"] == pytest.approx(plain.max().item(), rel=1e-5)


def test_a_release_that_measured_no_heads_says_nothing_of_their_worth(tmp_path: Path) -> None:
    assert read_worth(make_transformer(tmp_path, heads_csv=False)) is None


def test_silencing_no_head_changes_nothing_and_all_of_them_leave_no_picture() -> None:
    none = exhibit.silence_heads(CAT, NAME, [])
    assert all(row["before"] == row["after"] for row in none["answers"])
    one = exhibit.silence_heads(CAT, NAME, ["2.1", "2.1"])
    assert one["heads"] == ["2.1"]
    assert any(row["before"] != row["after"] for row in one["answers"])
    every = [f"{block}.{head}" for block in range(BLOCKS) for head in range(HEADS)]
    other = str(example_pictures()["rocket"])
    answers = [
        {row["label"]: row["after"] for row in exhibit.silence_heads(p, NAME, every)["answers"]} for p in (CAT, other)
    ]
    common = answers[0].keys() & answers[1].keys()
    assert len(common) >= 5
    assert all(answers[0][label] == pytest.approx(answers[1][label], rel=1e-5) for label in common)


def test_without_positions_shuffling_changes_nothing() -> None:
    def ask(shuffle: bool, positions: bool) -> list[tuple[str, float]]:
        rows = exhibit.disturb_patches(CAT, NAME, shuffle, positions)["answers"]
        return [(row["label"], row["after"]) for row in rows]

    plain, mixed, blind, both = ask(False, True), ask(True, True), ask(False, False), ask(True, False)
    assert [label for label, _ in blind] == [label for label, _ in both]
    assert [p for _, p in blind] == pytest.approx([p for _, p in both], rel=1e-4)
    assert plain != mixed
    assert plain != blind


def test_shuffling_keeps_every_patch() -> None:
    x = torch.randn(1, 3, 32, 32)
    mixed = passes.shuffle_patches(x, 4)

    def patches(picture: torch.Tensor) -> torch.Tensor:
        rows = nn.functional.unfold(picture, 4, stride=4)[0].T
        return rows[rows[:, 0].argsort()]

    assert not torch.equal(x, mixed)
    assert torch.equal(patches(x), patches(mixed))


@pytest.mark.parametrize(
    ("heads", "sentence"),
    [
        (["3.0"], "There is no head 3.0: blocks go from 0 to 2, and heads from 0 to 3."),
        (["0.4"], "There is no head 0.4"),
        (["0"], "A head is named"),
        (["-1.0"], "A head is named"),
        (["0.1.2"], "A head is named"),
        ([None], "A head is named"),
        (["٣.١"], "A head is named"),
        ("0.1", "Name the heads as a list"),
        (None, "Name the heads as a list"),
        ({"0.1": 1}, "Name the heads as a list"),
    ],
)
def test_heads_that_do_not_exist_are_refused_in_one_sentence(heads: Any, sentence: str) -> None:
    with pytest.raises(BadInput) as refusal:
        exhibit.silence_heads(CAT, NAME, heads)
    assert str(refusal.value).startswith(sentence)
    assert str(refusal.value).endswith(".")


def test_what_is_no_picture_and_no_transformer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for picture in ("", None, "some text", b"", "data:image/png;base64,AAAA"):
        with pytest.raises(BadInput, match=r"\.$"):
            exhibit.compute_attention(picture, NAME)  # type: ignore[arg-type]
    with pytest.raises(zoo.UnknownName, match="did you mean"):
        exhibit.compute_attention(CAT, "vit.nome")
    for network in ("", None, 3):
        with pytest.raises(BadInput, match="Choose a network first"):
            exhibit.compute_attention(CAT, network)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="has no attention heads"):
        exhibit.compute_attention(CAT, "resnet18.imagenet")
    with pytest.raises(BadInput, match="shuffle is true or false, not 'yes'"):
        exhibit.disturb_patches(CAT, NAME, "yes", True)  # type: ignore[arg-type]


def test_pictures_of_any_size_are_answered(tmp_path: Path) -> None:
    for size in ((1, 1), (3, 900), (33, 31)):
        Image.new("RGB", size, "teal").save(tmp_path / "picture.png")
        assert exhibit.compute_attention(str(tmp_path / "picture.png"), NAME)["tokens"] == 65


def test_a_file_that_changes_under_its_name_is_read_again(tmp_path: Path) -> None:
    keys = []
    for colour in ("teal", "red"):
        Image.new("RGB", (40, 40 if colour == "red" else 41), colour).save(tmp_path / "picture.png")
        keys.append(exhibit.compute_attention(str(tmp_path / "picture.png"), NAME)["key"])
    assert keys[0] != keys[1]


# ---------------------------------------------------------------------------------------------------- torchvision's


@pytest.fixture(scope="module")
def theirs() -> Any:
    """A small one of torchvision's; freshly built it answers zeros only, so its head is filled."""
    from torchvision.models import VisionTransformer

    torch.manual_seed(1)
    model = VisionTransformer(32, 8, num_layers=2, num_heads=3, hidden_dim=24, mlp_dim=32, num_classes=7)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.3)
    return model.eval().requires_grad_(False)


def test_torchvisions_is_read_as_it_answers_and_left_as_it_was(theirs: Any) -> None:
    x = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    state = {name: value.clone() for name, value in theirs.state_dict().items()}
    looked = passes.run_attention(theirs, x)
    with torch.inference_mode():
        torch.testing.assert_close(looked.scores, theirs(x)[0])
        block = theirs.encoder.layers[0]
        tokens = theirs.encoder.pos_embedding + torch.cat([theirs.class_token, theirs._process_input(x)], 1)
        y = block.ln_1(tokens)
        _, expected = block.self_attention(y, y, y, need_weights=True, average_attn_weights=False)
    torch.testing.assert_close((looked.queries @ looked.keys.mT).softmax(-1)[0], expected[0])

    assert (passes.count_heads(theirs), passes.find_patch_side(theirs)) == ((2, 3), 8)
    whole = passes.run_disturbed(theirs, x, torch.ones(2, 3))
    torch.testing.assert_close(whole, looked.scores)
    one = torch.ones(2, 3)
    one[1, 2] = 0
    assert not torch.allclose(passes.run_disturbed(theirs, x, one), whole)
    blind = passes.run_disturbed(theirs, x, positions=False)
    assert not torch.allclose(blind, whole)
    torch.testing.assert_close(passes.run_disturbed(theirs, passes.shuffle_patches(x, 8), positions=False), blind)
    silent = passes.run_disturbed(theirs, x, torch.zeros(2, 3))
    torch.testing.assert_close(silent, passes.run_disturbed(theirs, -x, torch.zeros(2, 3)))

    assert all(torch.equal(value, state[name]) for name, value in theirs.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in theirs.modules())


def test_large_networks_are_sent_with_one_byte_a_weight(theirs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    looked = passes.run_attention(theirs, x)
    monkeypatch.setattr(weights, "FINE", 100)
    sent = encode_weights(looked) | {"blocks": 2, "heads": 3}
    assert sent["bytes"] == 1
    found, _ = decoded(sent)
    exact = (looked.queries @ looked.keys.mT).softmax(-1).double()
    torch.testing.assert_close(found, exact, rtol=0.026, atol=3e-6)


def test_the_figures_of_the_text_are_those_of_vit_b_16() -> None:
    with torch.device("meta"):
        model = torchvision.models.vit_b_16()
    (blocks, heads), tokens = passes.count_heads(model), 1 + (224 // passes.find_patch_side(model)) ** 2
    assert (blocks, heads, tokens, blocks * heads * tokens**2) == (12, 12, 197, 5_588_496)
    queries = torch.randn(blocks, heads, tokens, 64)
    sent = encode_weights(passes.Attention(torch.zeros(1), queries, queries))
    megabytes = (len(sent["weights"]) + len(sent["normalisers"])) / 1e6
    text = " ".join((Path(exhibit.__file__).parent / "understand.md").read_text("utf-8").split())
    assert f"{blocks * heads * tokens**2 / 1e6:.1f} million weights" in text
    assert f"off by {math.expm1(sent['step'] / 2):.1%}".replace("%", " %") in text
    assert f"{megabytes:.1f} MB in all" in text
    again = blocks * 2 * linear_macs(768, 768, tokens)  # queries and keys, beside each block
    assert round(macs(model, (3, 224, 224)) / again) == 6
    assert "a sixth more" in str(passes._run_upstream.__doc__)


# ---------------------------------------------------------------------------------------------------- the tab


def test_the_tab_offers_transformers_only_and_opens_on_one() -> None:
    assert [release.name for release in _networks.transformers()] == [NAME]
    assert _networks.attends(upstream.describe("vit_b_16.imagenet"))
    assert not _networks.attends(upstream.describe("resnet50.imagenet"))
    maps, experiments = layout.example()
    assert (experiments["picture"], maps["maps"]["network"]) == ("cat", f"{NAME}@v1")
    assert experiments["whole"].items() <= maps["maps"].items()
    with gr.Blocks() as page:
        layout.layout()
    [menu] = [block for block in page.blocks.values() if isinstance(block, PictureMenu)]
    names = {example["name"] for example in menu.offer["examples"]}
    assert names == {*example_pictures()}
    assert not names & set(DIGITS)


def test_the_opening_is_the_eye_that_looks_at_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worked example on our own network says what was found in it: another version may have another such head."""
    monkeypatch.delenv("TENWEEKS_ZOO")
    maps, experiments = layout.show_example("vit.cifar10")
    opening = maps["opening"]
    block, head, eye = (opening[name] for name in ("block", "head", "patch"))
    darkest = -nn.functional.max_pool2d(-find_subject(CAT, _networks.describe("vit.cifar10")).x.mean(1), 4).flatten()
    assert [1 + int(patch) for patch in darkest.argsort()[:2]] == [eye, layout.OTHER_EYE], "the pupils"
    found, _ = decoded(maps["maps"])
    assert int(found[block, head, eye].argmax()) == layout.OTHER_EYE
    assert found[block, head, eye, layout.OTHER_EYE] == found[:, :, eye, layout.OTHER_EYE].max()
    assert opening["walk"][0] == eye
    assert {*opening["walk"]} <= {*range(1, 65)}
    assert opening["says"] == "One eye looks at the other"

    def lead(answers: list[dict[str, Any]], time: str) -> str:
        return str(max(answers, key=lambda row: row[time])["label"])

    assert (layout.list_silent_blocks(8), maps["maps"]["blocks"]) == ([4, 5, 6], 8)
    off = experiments["silenced"]
    assert off["heads"] == [f"{block}.{head}" for block in (4, 5, 6) for head in range(6)]
    assert (lead(off["answers"], "before"), lead(off["answers"], "after")) == ("cat", "frog")
    assert experiments["hint"] == "Switch any one of the three blocks on again: the cat is back."
    for again in (4, 5, 6):
        heads = [name for name in off["heads"] if not name.startswith(f"{again}.")]
        assert lead(exhibit.silence_heads(CAT, "vit.cifar10", heads)["answers"], "after") == "cat"
    mixed = experiments["disturbed"]
    assert (mixed["shuffle"], mixed["positions"], lead(mixed["answers"], "after")) == (True, True, "cat")
    assert all(abs(row["after"] - row["before"]) > 1e-4 for row in mixed["answers"]), "grey and blue differ"


def test_without_a_transformer_the_tab_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with gr.Blocks() as page:
        assert list(layout.layout()) == list(layout.example()) == []
    assert any("training.vit" in str(block.value) for block in page.blocks.values() if isinstance(block, gr.Markdown))
