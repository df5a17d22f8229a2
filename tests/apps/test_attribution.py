"""The Attribution tab's maps against a few plain lines, what is sent of them, and how the tab opens."""

from __future__ import annotations

import base64
import io
import re
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torchvision.transforms.functional import gaussian_blur

from apps import _networks
from apps import attribution as exhibit
from apps._gallery import job
from apps._networks.subject import Subject
from apps.attribution import layout, methods
from apps.attribution.choices import METHODS
from tests._support.attributions import assert_close, compute_gradient, decode_map, show_cat
from tests._support.small_cnn import CNN, MLP
from tests._support.transformer import LABELS
from tests._support.transformer import NAME as VIT
from zoo.examples import example_pictures

pytestmark = pytest.mark.usefixtures("small_zoo")
CAT = str(example_pictures()["cat"])


def test_saliency_is_the_largest_slope_of_a_pixels_channels(seen: Subject) -> None:
    found = methods.attribute_class(seen.model, seen.x, 3, "saliency")
    assert_close(found.values, compute_gradient(seen.model, seen.x, 3)[0].abs().amax(0))
    assert found.values.max() > 0


def test_occlusion_is_what_the_score_loses_under_a_window(seen: Subject) -> None:
    found = methods.attribute_class(seen.model, seen.x, 3, "occlusion", baseline="mean")
    covered = seen.x.clone()
    covered[:, :, :6, :6] = 0
    with torch.no_grad():
        corner = (seen.model(seen.x) - seen.model(covered))[0, 3].item()
    # Windows of 6 px go in steps of 3: only the first covers the corner, and these four the pixel at (4, 4).
    assert found.values[0, 0] == pytest.approx(corner, rel=1e-3, abs=1e-5)
    falls = []
    for top in (0, 3):
        for left in (0, 3):
            covered = seen.x.clone()
            covered[:, :, top : top + 6, left : left + 6] = 0
            with torch.no_grad():
                falls.append((seen.model(seen.x) - seen.model(covered))[0, 3].item())
    assert found.values[4, 4] == pytest.approx(np.mean(falls), rel=1e-3, abs=1e-5)


def test_grad_cam_of_a_cnn_weighs_its_last_maps() -> None:
    seen = show_cat(CNN)
    found = methods.attribute_class(seen.model, seen.x, 3, "grad-cam")
    m = seen.model
    maps = m.layer4(m.layer3(m.layer2(m.layer1(m.maxpool(m.relu(m.bn1(m.conv1(seen.x)))))))).detach().requires_grad_()
    [slope] = torch.autograd.grad(m.fc(m.avgpool(maps).flatten(1))[0, 3], maps)
    small = (slope.mean((2, 3), keepdim=True) * maps).sum(1, keepdim=True).relu()
    assert_close(found.values, F.interpolate(small, (32, 32), mode="bilinear")[0, 0])
    assert found.detail.startswith("layer4, 4 × 4 places")
    assert found.values.max() > 0


def test_grad_cam_of_a_transformer_weighs_the_tokens_that_enter_its_last_block() -> None:
    seen = show_cat(VIT)
    m = seen.model
    tokens = m.embed(seen.x)
    for block in m.blocks[:-1]:
        tokens = block(tokens)
    tokens = tokens.detach().requires_grad_()
    [slope] = torch.autograd.grad(m.head(m.norm(m.blocks[-1](tokens)[:, 0]))[0, 3], tokens)
    weighed = (slope[:, 1:].mean(1, keepdim=True) * tokens[:, 1:]).sum(-1).relu().view(1, 1, 8, 8)
    found = methods.attribute_class(m, seen.x, 3, "grad-cam")
    assert_close(found.values, F.interpolate(weighed, (32, 32), mode="bilinear")[0, 0])
    assert found.values.max() > 0


def test_tokens_on_their_way_through_a_map_change_no_answer() -> None:
    from torchvision.models import VisionTransformer

    torch.manual_seed(1)
    theirs = VisionTransformer(32, 8, num_layers=2, num_heads=3, hidden_dim=24, mlp_dim=32, num_classes=7).eval()
    with torch.no_grad():
        for parameter in theirs.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.3)
    theirs.requires_grad_(False)
    ours = show_cat(VIT)
    for model, x in ((theirs, torch.randn(2, 3, 32, 32)), (ours.model, ours.x)):
        torch.testing.assert_close(methods.TransformerWithMaps(model)(x), model(x))
    assert methods.weigh_last_maps(theirs, torch.randn(1, 3, 32, 32), 2).values.shape == (32, 32)


def test_baselines_are_what_they_are_called() -> None:
    seen = show_cat(CNN)
    prepare = seen.model.preprocess
    black = methods.make_baseline(seen.x, "black", prepare)
    assert prepare.picture(black[0]).max() == 0
    assert methods.make_baseline(seen.x, "mean", prepare).abs().max() == 0
    for side in (28, 32, 65):
        x = torch.randn(1, 3, side, side)
        theirs = gaussian_blur(x, [side // 2 * 2 - 1] * 2, [side / 8] * 2)
        torch.testing.assert_close(methods.make_baseline(x, "blurred", prepare), theirs, rtol=1e-4, atol=1e-5)


def test_the_tab_does_not_import_torchvision_which_takes_seconds() -> None:
    folder = Path(exhibit.__file__).parent
    texts = [path.read_text("utf-8") for path in folder.glob("*.py")]
    assert texts
    assert not [text for text in texts if re.search(r"^ *(import|from) torchvision", text, re.MULTILINE)]


@pytest.mark.parametrize("method", METHODS)
def test_what_is_sent(seen: Subject, method: str) -> None:
    sent = exhibit.attribute_pixels(CAT, seen.network.reference, method, "frog", 8, "mean")
    direct = methods.attribute_class(seen.model, seen.x, LABELS.index("frog"), method, 8, "mean")
    np.testing.assert_allclose(decode_map(sent), direct.values, rtol=1e-4, atol=1e-6)
    assert (sent["label"], sent["size"], sent["key"]) == ("frog", [32, 32], seen.key)
    assert sent["signed"] == (direct.values.min() < 0)
    probabilities = seen.scores.double().softmax(0)
    assert [row["label"] for row in sent["answers"]][:5] == [LABELS[i] for i in probabilities.topk(5).indices]
    [asked] = [row for row in sent["answers"] if row["asked"]]
    assert asked["label"] == "frog"
    assert asked["probability"] == pytest.approx(probabilities[LABELS.index("frog")].item())
    assert (sent["completeness"] is not None) == (sent["path"] is not None) == (method == "integrated gradients")
    shown = Image.open(io.BytesIO(base64.b64decode(sent["input"].partition(",")[2])))
    assert shown.size == (32, 32)


def test_without_a_label_it_is_the_networks_own_answer() -> None:
    sent = exhibit.attribute_pixels(CAT, CNN, "saliency")
    assert sent["answers"][0]["asked"]
    assert sent["label"] == sent["answers"][0]["label"]


def test_pictures_of_any_size_are_answered(tmp_path: Path) -> None:
    for size in ((1, 1), (3, 900), (33, 31)):
        Image.new("RGB", size, "teal").save(tmp_path / "picture.png")
        for method in METHODS:
            sent = exhibit.attribute_pixels(str(tmp_path / "picture.png"), CNN, method, steps=4, baseline="blurred")
            assert np.isfinite(decode_map(sent)).all()


def test_five_at_once_while_a_check_runs_get_the_same_as_one_alone() -> None:
    alone = {method: exhibit.attribute_pixels(CAT, VIT, method, "cat", 8) for method in METHODS}
    failures: list[BaseException] = []

    def ask(method: str) -> None:
        try:
            sent = exhibit.attribute_pixels(CAT, VIT, method, "cat", 8)
            np.testing.assert_allclose(decode_map(sent), decode_map(alone[method]), rtol=1e-4, atol=1e-6)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=ask, args=(method,)) for method in (*METHODS, "saliency")]
    threads.append(threading.Thread(target=lambda: exhibit.randomise_layers(CAT, VIT, "integrated gradients")))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures


def test_who_waits_for_the_processor_gets_in_between() -> None:
    began, ended = threading.Event(), threading.Event()

    def tell(share: float) -> None:
        began.set()

    def work() -> None:
        seen = show_cat(CNN)
        methods.attribute_class(seen.model, seen.x, 3, "integrated gradients", 256, progress=tell)
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert began.wait(60)
    with _networks.TURN:
        assert not ended.is_set()
    thread.join(120)
    assert ended.is_set()


JOB = ("a visitor", 7)


@pytest.fixture
def told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "TELL_SECONDS", 0)


@pytest.mark.usefixtures("told_at_once")
@pytest.mark.parametrize("kind", ["map", "check"])
def test_long_work_tells_how_far_it_is_and_ends_with_what_it_found(kind: str) -> None:
    def work() -> dict[str, Any]:
        compute = exhibit.attribute_pixels if kind == "map" else exhibit.randomise_layers
        return {kind: compute(CAT, CNN, "integrated gradients")}

    *told, last = job.run_job(JOB, work, layout.WORK)
    shares = [item["done"] for item in told]
    assert len(shares) >= 2
    assert shares == sorted(shares)
    assert shares[-1] <= 1
    assert last["turn"] == 7
    assert last[kind]["method"] == "integrated gradients"


@pytest.mark.usefixtures("told_at_once")
@pytest.mark.parametrize("leaves", [False, True])
def test_long_work_ends_when_nobody_waits_any_longer(leaves: bool) -> None:
    def work() -> dict[str, Any]:
        return {"map": exhibit.attribute_pixels(CAT, CNN, "integrated gradients", steps=256)}

    messages = job.run_job(JOB, work, layout.WORK)
    assert "done" in next(messages)
    if leaves:  # then gradio closes what it was reading
        messages.close()
    else:
        job.stop_job(JOB)
        assert [message for message in messages if "done" not in message] == [{"turn": 7, "stopped": True}]
    deadline = time.monotonic() + 20
    while any(thread.name == "job" for thread in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(thread.name == "job" for thread in threading.enumerate())
    assert len(layout.WORK) == 0


def test_the_tab_opens_on_two_maps_of_a_transformer_and_their_curves() -> None:
    assert layout.choose_opening() == f"{VIT}@v1"
    [opened] = layout.example()
    assert [subject["network"] for subject in opened["subjects"]] == [f"{VIT}@v1"] * 2
    for sent in (opened["maps"], opened["curves"]):
        assert [each["method"] for each in sent] == ["grad-cam", "integrated gradients"]
        assert [each["key"] for each in sent] == [subject["key"] for subject in opened["subjects"]]
    assert len(opened["curves"][0]["counts"]) == opened["choices"]["parts"] + 1 > opened["choices"]["rest"]


def test_a_network_without_maps_opens_on_the_method_that_it_allows() -> None:
    opened = layout.compute_opening(f"{MLP}@v1")
    assert [sent["method"] for sent in (*opened["maps"], *opened["curves"])] == ["integrated gradients"] * 2


def test_without_a_network_the_tab_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gradio as gr

    monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path))
    with gr.Blocks() as page:
        assert list(layout.layout()) == list(layout.example()) == []
    assert any("training.lenet" in str(block.value) for block in page.blocks.values() if isinstance(block, gr.Markdown))
