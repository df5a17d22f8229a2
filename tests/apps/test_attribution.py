"""The Attribution tab's functions: maps against a few plain lines, sums that add up, copies that forget."""

from __future__ import annotations

import base64
import io
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

import zoo
from apps import _networks
from apps import attribution as exhibit
from apps._inputs import BadInput
from apps.attribution import layout, methods, sanity
from tests._support.small_cnn import CNN, MLP, make_cnn, make_mlp
from tests._support.transformer import LABELS, make_transformer
from tests._support.transformer import NAME as VIT
from zoo.examples import example_pictures

CAT = str(example_pictures()["cat"])


@pytest.fixture(scope="module", autouse=True)
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A zoo of three small networks."""
    folder = tmp_path_factory.mktemp("zoo")
    for make in (make_transformer, make_cnn, make_mlp):
        make(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TENWEEKS_ZOO", str(folder))
        yield folder
    methods._kept.cache_clear()
    layout._example.cache_clear()


@pytest.fixture(params=[CNN, VIT])
def seen(request: pytest.FixtureRequest) -> methods.Subject:
    return methods.subject(CAT, request.param)


def gradient(model: Any, x: Tensor, target: int) -> Tensor:
    x = x.detach().clone().requires_grad_()
    return torch.autograd.grad(model(x)[:, target].sum(), x)[0]


def numbers(sent: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(sent["values"]), "<f4").reshape(sent["size"])


def close(found: np.ndarray, expected: Tensor) -> None:
    torch.testing.assert_close(torch.from_numpy(found).float(), expected.detach(), rtol=2e-4, atol=2e-6)


# ---------------------------------------------------------------------------------------------------- the four methods


def test_saliency_is_the_largest_slope_of_a_pixels_channels(seen: methods.Subject) -> None:
    found = methods.attribute(seen.model, seen.x, 3, "saliency")
    close(found.values, gradient(seen.model, seen.x, 3)[0].abs().amax(0))
    assert found.values.max() > 0


def test_occlusion_is_what_the_score_loses_under_a_window(seen: methods.Subject) -> None:
    found = methods.attribute(seen.model, seen.x, 3, "occlusion", kind="mean")
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
    seen = methods.subject(CAT, CNN)
    found = methods.attribute(seen.model, seen.x, 3, "grad-cam")
    m = seen.model
    maps = m.layer4(m.layer3(m.layer2(m.layer1(m.maxpool(m.relu(m.bn1(m.conv1(seen.x)))))))).detach().requires_grad_()
    [slope] = torch.autograd.grad(m.fc(m.avgpool(maps).flatten(1))[0, 3], maps)
    small = (slope.mean((2, 3), keepdim=True) * maps).sum(1, keepdim=True).relu()
    close(found.values, F.interpolate(small, (32, 32), mode="bilinear")[0, 0])
    assert found.detail.startswith("layer4, 4 × 4 places")
    assert found.values.max() > 0


def test_grad_cam_of_a_transformer_weighs_the_tokens_that_enter_its_last_block() -> None:
    seen = methods.subject(CAT, VIT)
    m = seen.model
    tokens = m.embed(seen.x)
    for block in m.blocks[:-1]:
        tokens = block(tokens)
    tokens = tokens.detach().requires_grad_()
    [slope] = torch.autograd.grad(m.head(m.norm(m.blocks[-1](tokens)[:, 0]))[0, 3], tokens)
    weighed = (slope[:, 1:].mean(1, keepdim=True) * tokens[:, 1:]).sum(-1).relu().view(1, 1, 8, 8)
    found = methods.attribute(m, seen.x, 3, "grad-cam")
    close(found.values, F.interpolate(weighed, (32, 32), mode="bilinear")[0, 0])
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
    ours = methods.subject(CAT, VIT)
    for model, x in ((theirs, torch.randn(2, 3, 32, 32)), (ours.model, ours.x)):
        torch.testing.assert_close(methods._Tokens(model)(x), model(x))
    assert methods._grad_cam(theirs, torch.randn(1, 3, 32, 32), 2).values.shape == (32, 32)


def test_a_network_without_maps_has_no_grad_cam() -> None:
    with pytest.raises(BadInput, match=r"mlp\.none@v1 has no feature maps.*choose another method\.$"):
        exhibit.attribute_pixels(layout._digit("7"), MLP, "grad-cam")


# ---------------------------------------------------------------------------------------------------- adding up


def test_of_a_linear_network_they_are_exact_with_any_number_of_steps() -> None:
    torch.manual_seed(3)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 4, 2)).requires_grad_(False)
    x, start = torch.randn(1, 3, 4, 4), torch.randn(1, 3, 4, 4)
    linear: Any = model[1]
    weights = linear.weight[1].view(1, 3, 4, 4)
    for steps in (1, 2, 3, 4, 5, 7, 8, 64, 255):
        found = methods.integrate(model, x, start, 1, steps)
        close(found.values, ((x - start) * weights).sum(1)[0])
        assert found.completeness is not None
        assert found.completeness["error"] < 1e-4


def test_three_steps_are_the_plain_sum_over_three_middles(seen: methods.Subject) -> None:
    start = methods.baseline(seen.x, "black", seen.model.preprocess)
    slopes = [gradient(seen.model, start + alpha * (seen.x - start), 3) for alpha in (1 / 6, 3 / 6, 5 / 6)]
    found = methods.integrate(seen.model, seen.x, start, 3, 3)
    close(found.values, ((seen.x - start) * sum(slopes) / 3).sum(1)[0])


def test_refined_they_agree_with_many_steps_and_add_up(seen: methods.Subject) -> None:
    start = methods.baseline(seen.x, "blurred", seen.model.preprocess)
    alphas = (torch.arange(600) + 0.5) / 600
    slopes = torch.cat(
        [gradient(seen.model, start + part.view(-1, 1, 1, 1) * (seen.x - start), 3) for part in alphas.split(60)]
    )
    exact = ((seen.x - start) * slopes.mean(0)).sum(1)[0].numpy()
    found = methods.attribute(seen.model, seen.x, 3, "integrated gradients", 64, "blurred")
    assert np.abs(found.values - exact).sum() < 0.1 * np.abs(exact).sum()
    sums = found.completeness
    assert sums is not None
    with torch.no_grad():
        assert sums["score"] == pytest.approx(seen.model(seen.x)[0, 3].item(), rel=1e-4)
        assert sums["baseline_score"] == pytest.approx(seen.model(start)[0, 3].item(), rel=1e-4, abs=1e-5)
    assert sums["difference"] == sums["score"] - sums["baseline_score"]
    assert sums["sum"] == pytest.approx(found.values.sum())
    assert sums["error"] == pytest.approx(abs(sums["sum"] - sums["difference"]) / abs(sums["difference"]))
    assert sums["error"] <= methods.ENOUGH


@pytest.mark.parametrize("steps", [1, 2, 3, 6, 8, 13, 64])
def test_no_more_gradients_are_taken_than_steps_are_allowed(steps: int) -> None:
    class Counting(nn.Module):
        slopes = 0

        def forward(self, x: Tensor) -> Tensor:
            if x.requires_grad:
                Counting.slopes += len(x)
            return (x.flatten(1) - 0.3).relu().sum(1, keepdim=True)

    found = methods.integrate(Counting(), torch.rand(1, 3, 32, 32), torch.zeros(1, 3, 32, 32), 0, steps)
    assert Counting.slopes == steps
    assert found.path is not None
    assert len(found.path["alphas"]) == steps + 1
    assert (found.path["alphas"][0], found.path["alphas"][-1]) == (0, 1)
    # Every pixel above the bend has its own rise, so the refined sum must come near.
    assert found.completeness is not None
    assert found.completeness["error"] < 1 / steps


def test_what_the_sums_say_in_words() -> None:
    def said(error: float | None, difference: float = 5, steps: int = 64) -> str:
        return methods.remark({"error": error, "difference": difference, "steps": steps})

    assert said(0.004) == "The parts add up to the whole but for 0.4 %."
    assert said(0.031, steps=8) == "3.1 % is missing, more than 2 %: take more steps."
    assert "too jagged" in said(0.031, steps=128)
    assert "of a difference of only −0.03" in said(0.5, difference=-0.03)
    assert "choose another baseline" in said(None)


def test_baselines_are_what_they_are_called() -> None:
    seen = methods.subject(CAT, CNN)
    prepare = seen.model.preprocess
    black = methods.baseline(seen.x, "black", prepare)
    assert prepare.picture(black[0]).max() == 0
    assert methods.baseline(seen.x, "mean", prepare).abs().max() == 0
    blurred = methods.baseline(seen.x, "blurred", prepare)
    assert blurred.mean() == pytest.approx(seen.x.mean().item(), abs=0.1)
    assert blurred.std() < seen.x.std()


# ---------------------------------------------------------------------------------------------------- the sanity check


@pytest.mark.parametrize("method", methods.METHODS)
def test_a_network_forgets_and_the_released_one_does_not(seen: methods.Subject, method: str) -> None:
    state = {name: value.clone() for name, value in seen.model.state_dict().items()}
    before = methods.attribute(seen.model, seen.x, 3, method, sanity.STEPS)
    strip = list(sanity.randomise(seen.model, seen.x, 3, method))
    assert [stage["name"] for stage in strip] == ["as trained", *(name for name, _ in sanity.stages(seen.model))]
    np.testing.assert_allclose(strip[0]["values"], before.values, rtol=1e-4, atol=1e-6)
    assert strip[0]["correlation"] == pytest.approx(1)
    for one, other in pairwise(strip):
        assert not np.array_equal(one["values"], other["values"]) or not other["values"].any()
    again = list(sanity.randomise(seen.model, seen.x, 3, method))
    for one, other in zip(strip, again, strict=True):
        assert np.array_equal(one["values"], other["values"])

    assert all(torch.equal(value, state[name]) for name, value in seen.model.state_dict().items())
    assert all(p.grad is None and not p.requires_grad for p in seen.model.parameters())
    assert seen.x.grad is None
    assert not seen.x.requires_grad
    assert not any(m._forward_hooks or m._forward_pre_hooks or m._backward_hooks for m in seen.model.modules())


def test_stages_go_from_the_classifier_down_and_name_every_weight_once() -> None:
    from torchvision.models import get_model

    cnn, vit = (_networks.load(name) for name in (CNN, VIT))
    assert [n for n, _ in sanity.stages(cnn)] == ["fc", "layer4", "layer3", "layer2", "layer1", "conv1"]
    assert [n for n, _ in sanity.stages(vit)] == ["head", "blocks.2", "blocks.1", "blocks.0", "patch_embed"]
    models = [cnn, vit, _networks.load(MLP)]
    with torch.device("meta"):
        models += [get_model(n) for n in ("vgg11_bn", "densenet121", "efficientnet_b0", "convnext_tiny", "vit_b_16")]
    for model in models:
        named = [name for _, names in sanity.stages(model) for name in names]
        holders = [name for name, module in model.named_modules() if list(module.parameters(recurse=False))]
        assert sorted(named) == sorted(holders)
        assert len(sanity.stages(model)) <= 20


def test_shuffled_weights_are_the_same_numbers_elsewhere() -> None:
    norm = nn.BatchNorm2d(64)
    with torch.no_grad():
        for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
            assert tensor is not None
            tensor.uniform_(0.5, 2)
    before = {name: value.clone() for name, value in norm.state_dict().items()}
    sanity.shuffle(norm, torch.Generator().manual_seed(0))
    for name, value in norm.state_dict().items():
        assert torch.equal(value.flatten().sort().values, before[name].flatten().sort().values)
        assert name == "num_batches_tracked" or not torch.equal(value, before[name])


def test_how_alike_two_maps_are() -> None:
    ramp = np.arange(12.0).reshape(3, 4)
    assert sanity.correlation(ramp, ramp**3) == pytest.approx(1)
    assert sanity.correlation(ramp, -ramp) == pytest.approx(-1)
    assert sanity.correlation(ramp, np.zeros((3, 4))) is None
    assert sanity.correlation(ramp, ramp * np.nan) is None
    assert sanity.verdict(0.5).startswith("It fell apart")
    assert sanity.verdict(-0.2).endswith("ρ = −0.20 with the trained network's map.")
    assert sanity.verdict(0.51).startswith("It did not fall apart")
    assert "empty" in sanity.verdict(None)


# ---------------------------------------------------------------------------------------------------- the endpoints


@pytest.mark.parametrize("method", methods.METHODS)
def test_what_is_sent(seen: methods.Subject, method: str) -> None:
    sent = exhibit.attribute_pixels(CAT, seen.network.reference, method, "frog", 8, "mean")
    direct = methods.attribute(seen.model, seen.x, LABELS.index("frog"), method, 8, "mean")
    np.testing.assert_allclose(numbers(sent), direct.values, rtol=1e-4, atol=1e-6)
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


def test_the_check_that_is_sent() -> None:
    sent = exhibit.randomise_layers(CAT, CNN, "saliency", "frog")
    assert [stage["name"] for stage in sent["stages"]][:2] == ["as trained", "fc"]
    last = sent["stages"][-1]
    assert sent["fell_apart"] == (last["correlation"] is None or abs(last["correlation"]) <= 0.5)
    assert sent["verdict"] == sanity.verdict(last["correlation"])
    first = numbers(sent["stages"][0] | {"size": sent["size"]})
    np.testing.assert_allclose(
        first, numbers(exhibit.attribute_pixels(CAT, CNN, "saliency", "frog")), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"method": "salience"}, "There is no method 'salience'; did you mean 'saliency'?"),
        ({"method": None}, "There is no method 'None'"),
        ({"label": "forg"}, f"{CNN}@v1 has no class 'forg'; did you mean 'frog'?"),
        ({"label": 3}, f"{CNN}@v1 has no class '3'"),
        ({"label": ["cat"]}, f"{CNN}@v1 has no class"),
        ({"steps": 0}, "Steps are a whole number from 1 to 256, not '0'."),
        ({"steps": 257}, "Steps are a whole number from 1 to 256"),
        ({"steps": 2.5}, "Steps are a whole number from 1 to 256"),
        ({"steps": True}, "Steps are a whole number from 1 to 256"),
        ({"steps": None}, "Steps are a whole number from 1 to 256"),
        ({"steps": float("nan")}, "Steps are a whole number from 1 to 256"),
        ({"steps": "8"}, "Steps are a whole number from 1 to 256"),
        ({"baseline": "white"}, "There is no baseline 'white'"),
        ({"network": ""}, "Choose a network first."),
        ({"network": 3}, "Choose a network first."),
        ({"picture": ""}, ""),
        ({"picture": None}, ""),
        ({"picture": "some text"}, ""),
        ({"picture": b"no picture"}, ""),
    ],
)
def test_what_is_wrong_is_one_sentence(changed: dict[str, Any], sentence: str) -> None:
    asked: dict[str, Any] = {"picture": CAT, "network": CNN, "method": "integrated gradients"}
    with pytest.raises(BadInput) as refusal:
        exhibit.attribute_pixels(**asked | changed)
    assert str(refusal.value).startswith(sentence)
    assert len(str(refusal.value)) < 250
    if changed.keys() <= {"method", "label", "network"}:
        with pytest.raises(BadInput):
            exhibit.randomise_layers(**asked | changed)


def test_a_network_that_does_not_exist_is_refused() -> None:
    with pytest.raises(zoo.UnknownName, match="did you mean"):
        exhibit.attribute_pixels(CAT, "resnet18.nome", "saliency")


def test_pictures_of_any_size_are_answered(tmp_path: Path) -> None:
    for size in ((1, 1), (3, 900), (33, 31)):
        Image.new("RGB", size, "teal").save(tmp_path / "picture.png")
        for method in methods.METHODS:
            sent = exhibit.attribute_pixels(str(tmp_path / "picture.png"), CNN, method, steps=4, baseline="blurred")
            assert np.isfinite(numbers(sent)).all()


def test_five_at_once_while_a_check_runs_get_the_same_as_one_alone() -> None:
    alone = {method: exhibit.attribute_pixels(CAT, VIT, method, "cat", 8) for method in methods.METHODS}
    failures: list[BaseException] = []

    def ask(method: str) -> None:
        try:
            sent = exhibit.attribute_pixels(CAT, VIT, method, "cat", 8)
            np.testing.assert_allclose(numbers(sent), numbers(alone[method]), rtol=1e-4, atol=1e-6)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=ask, args=(method,)) for method in (*methods.METHODS, "saliency")]
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
        seen = methods.subject(CAT, CNN)
        methods.attribute(seen.model, seen.x, 3, "integrated gradients", 256, progress=tell)
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert began.wait(60)
    with _networks.TURN:
        assert not ended.is_set()
    thread.join(120)
    assert ended.is_set()


# ---------------------------------------------------------------------------------------------------- the tab


WHO = ("a visitor", "7")


def test_work_beside_tells_how_far_it_is_and_ends_with_what_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "_TOLD_SECONDS", 0)
    told = list(layout._beside(WHO, "map", lambda: exhibit.attribute_pixels(CAT, CNN, "integrated gradients")))
    shares = [item["done"] for item in told[:-1]]
    assert len(shares) >= 2
    assert shares == sorted(shares)
    assert shares[-1] <= 1
    assert told[-1]["id"] == "7"
    assert told[-1]["map"]["method"] == "integrated gradients"
    [refused] = layout._beside(WHO, "map", lambda: exhibit.attribute_pixels(CAT, CNN, "x"))
    assert refused == {
        "problem": "There is no method 'x'; there are grad-cam, integrated gradients, occlusion, saliency",
        "id": "7",
    }
    with pytest.raises(ZeroDivisionError):
        list(layout._beside(WHO, "map", lambda: {"x": 1 / 0}))


@pytest.mark.parametrize("leaves", [False, True])
def test_work_ends_when_nobody_waits_any_longer(leaves: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "_TOLD_SECONDS", 0)
    work = layout._beside(WHO, "map", lambda: exhibit.attribute_pixels(CAT, CNN, "integrated gradients", steps=256))
    assert "done" in next(work)
    if leaves:  # then gradio closes what it was reading
        work.close()  # type: ignore[attr-defined]
    else:
        layout._RUNNING[WHO].set()
        assert [item for item in work if "done" not in item] == [{"stopped": True, "id": "7"}]
    deadline = time.monotonic() + 20
    while any(thread.name == "attribution" for thread in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(thread.name == "attribution" for thread in threading.enumerate())
    assert WHO not in layout._RUNNING


def test_the_tab_opens_on_a_cnn_and_a_transformer() -> None:
    assert layout._opening() == (f"{CNN}@v1", f"{VIT}@v1")
    [opened] = layout.example()
    assert [subject["network"] for subject in opened["subjects"]] == [f"{CNN}@v1", f"{VIT}@v1"]
    assert [sent["method"] for sent in opened["maps"]] == ["grad-cam", "grad-cam"]
    assert [sent["key"] for sent in opened["maps"]] == [subject["key"] for subject in opened["subjects"]]
    assert [(sent["key"], sent["method"]) for sent in opened["checks"]] == [(opened["subjects"][0]["key"], "grad-cam")]
    assert layout._default(MLP) == "7"


def test_without_a_network_the_tab_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gradio as gr

    monkeypatch.setenv("TENWEEKS_ZOO", str(tmp_path))
    with gr.Blocks() as page:
        assert list(layout.layout()) == list(layout.example()) == []
    assert any("training.lenet" in str(block.value) for block in page.blocks.values() if isinstance(block, gr.Markdown))
