"""The classic networks: built as published, and drawn with the shapes, costs and views that others count too."""

from __future__ import annotations

import json
import threading
from itertools import pairwise
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import zoo
from apps import _networks
from apps._inputs import BadInput
from apps.classic_networks import draw_network, drawing
from apps.classic_networks.catalogue import CLASSICS
from apps.classic_networks.drawing import describe_opening
from from_scratch import complexity
from from_scratch.convolution import Window, receptive_field

PUBLISHED = {
    "lenet": (61_706, 5, 16),
    "alexnet": (61_100_840, 8, 195),
    "vgg16": (138_357_544, 16, 212),
    "resnet18": (11_689_512, 18 + 3, 435),
    "resnet50": (25_557_032, 50 + 4, 427),
    "densenet121": (7_978_856, 121, 2071),
    "efficientnet_b0": (5_288_548, 82, 851),
}
"""Parameters, layers with weights (a ResNet's name leaves its projections out), and what the last map sees."""
CONVOLUTIONAL = [name for name, classic in CLASSICS.items() if classic.built is None]
USUAL = {name: CLASSICS[name].sides[0] for name in CONVOLUTIONAL}

every_classic = pytest.mark.parametrize("name", CONVOLUTIONAL)


def built(name: str) -> nn.Module:
    with torch.device("meta"):
        return zoo.create(name).eval()


def shape_of(name: str, side: int | None = None) -> tuple[int, int, int]:
    side = side or USUAL[name]
    return CLASSICS[name].channels, side, side


def drawn(name: str) -> dict[str, Any]:
    return draw_network(name, USUAL[name])


def layers(name: str) -> dict[str, dict[str, Any]]:
    return {layer["name"]: layer for layer in drawn(name)["layers"]}


# ---------------------------------------------------------------------------------------------------- architectures


@pytest.mark.parametrize(
    ("name", "arguments", "count"),
    [
        ("alexnet", {}, 61_100_840),
        ("alexnet", {"in_channels": 1}, 61_100_840 - 2 * 64 * 11 * 11),
        ("alexnet", {"head": "pooled"}, 61_100_840 - 58_631_144 + 257 * 1000),
        ("vgg11", {}, 132_863_336),
        ("vgg16", {}, 138_357_544),
        ("vgg16", {"head": "pooled"}, 15_227_688),
        ("vgg16", {"in_channels": 1}, 138_357_544 - 2 * 64 * 9),
        ("densenet121", {}, 7_978_856),
        ("densenet121", {"in_channels": 1, "num_classes": 10}, 7_978_856 - 2 * 64 * 49 - 990 * 1025),
        ("efficientnet_b0", {}, 5_288_548),
        ("efficientnet_b0", {"in_channels": 1}, 5_288_548 - 2 * 32 * 9),
    ],
)
def test_parameters_are_those_published(name, arguments, count):
    with torch.device("meta"):
        assert complexity.parameters(zoo.create(name, **arguments)) == count


@pytest.mark.parametrize("name", ["alexnet", "vgg11", "vgg16", "densenet121", "efficientnet_b0"])
def test_torchvisions_weights_fit(name):
    with torch.device("meta"):
        ours, theirs = zoo.create(name), torchvision.models.get_model(name)
    shapes = {key: value.shape for key, value in ours.state_dict().items()}
    assert shapes == {key: value.shape for key, value in theirs.state_dict().items()}


def test_pictures_of_one_channel_are_taken():
    for name, arguments, side in (
        ("vgg11", {"head": "pooled"}, 32),
        ("densenet121", {}, 32),
        ("efficientnet_b0", {}, 32),
    ):
        torch.manual_seed(0)
        model = zoo.create(name, num_classes=10, in_channels=1, **arguments)
        scores = model(torch.randn(2, 1, side, side))
        assert scores.shape == (2, 10)
        assert scores.std() > 1e-3


@pytest.mark.parametrize("name", ["alexnet", "vgg11"])
def test_an_unknown_head_is_refused(name):
    with pytest.raises(ValueError, match="head is 'flatten' or 'pooled', not 'mean'"):
        zoo.create(name, head="mean")


# ---------------------------------------------------------------------------------------------------- costs and shapes


@every_classic
def test_the_totals_are_those_that_others_count(name):
    figures = drawn(name)
    assert (figures["parameters"], figures["weighted"], figures["field"]) == PUBLISHED[name]
    model = built(name)
    assert figures["parameters"] == sum(layer["parameters"] for layer in figures["layers"])
    assert figures["parameters"] == sum(p.numel() for p in model.parameters())
    with FlopCounterMode(display=False) as counter:
        model(torch.empty(1, *shape_of(name), device="meta"))
    assert figures["macs"] == sum(layer["macs"] for layer in figures["layers"]) == counter.get_total_flops() // 2
    if name != "lenet":
        weights = torchvision.models.get_model_weights(name).IMAGENET1K_V1
        assert figures["parameters"] == weights.meta["num_params"]
        assert figures["macs"] / 1e9 == pytest.approx(weights.meta["_ops"], rel=0.01)


@every_classic
def test_every_layer_costs_and_gives_what_it_does_when_it_runs(name):
    found = layers(name)
    assert len(found) == len(drawn(name)["layers"]), "no name stands twice"
    compared = 0
    for cost in complexity.layer_costs(built(name), shape_of(name)):
        layer = found.get(cost.name)
        if layer is None or cost.kind not in ("Conv2d", "Linear", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d"):
            continue
        assert layer["macs"] == cost.macs
        assert layer["parameters"] - layer["norm_parameters"] == cost.parameters
        assert layer["shape"] == list((*cost.output_shape[1:], 1, 1)[:3])
        compared += 1
    assert compared >= PUBLISHED[name][1]


@pytest.mark.parametrize("side", [64, 225, 512])
def test_the_side_changes_the_work_and_never_the_parameters(side):
    for name in ("vgg16", "resnet50", "efficientnet_b0"):
        figures = draw_network(name, side)
        assert figures["parameters"] == PUBLISHED[name][0]
        assert figures["field"] == PUBLISHED[name][2]
        assert figures["macs"] == complexity.macs(built(name), shape_of(name, side))
        assert figures["layers"][0]["shape"] == [3, side, side]


def test_what_our_releases_are_is_drawn_too():
    for release in _networks.cnns():
        figures = draw_network(release.name, release.config["input_shape"][1])
        assert (figures["parameters"], figures["macs"]) == (release.parameters, release.macs)
    names = [each["name"] for each in describe_opening()["networks"]]
    assert names[: len(CLASSICS)] == list(CLASSICS)
    assert "resnet18.cifar10" in names
    assert "lenet.mnist" not in names, "it is LeNet-5 itself"


# ---------------------------------------------------------------------------------------------------- paths


def test_a_resnet_adds_a_dense_net_stacks_and_an_efficient_net_weighs():
    kinds = {name: [layer["kind"] for layer in drawn(name)["layers"]] for name in CONVOLUTIONAL}
    assert kinds["resnet50"].count("sum") == 16
    assert kinds["resnet18"].count("sum") == 8
    assert (kinds["efficientnet_b0"].count("gate"), kinds["efficientnet_b0"].count("sum")) == (16, 9)
    for plain in ("lenet", "alexnet", "vgg16"):
        assert all(layer["reads"] == [i] for i, layer in enumerate(drawn(plain)["layers"][1:]))
    for name in CONVOLUTIONAL:
        for index, layer in enumerate(drawn(name)["layers"]):
            assert all(0 <= before < index for before in layer["reads"])
            assert bool(layer["reads"]) == (index > 0)


def test_each_dense_layer_reads_all_before_it():
    every = drawn("densenet121")["layers"]
    for block, depth in enumerate((6, 12, 24, 16), start=1):
        stacks = [every.index(layer) for layer in every if layer["kind"] == "concatenation"]
        stacks = [i for i in stacks if every[i]["name"].startswith(f"features.denseblock{block}")]
        assert [len(every[i]["reads"]) for i in stacks] == list(range(2, depth + 2))
        for i in stacks:
            parts = [every[before]["shape"][0] for before in every[i]["reads"]]
            assert sum(parts) == every[i]["shape"][0]
            assert parts[1:] == [32] * (len(parts) - 1)


def test_batch_norm_is_booked_where_it_stands():
    """In front of a DenseNet's convolution where others read the same maps without it, else behind what made them."""
    found = layers("densenet121")
    first = found["features.denseblock1.denselayer1.conv1"]
    assert (first["first"], first["then"]) == (["batch norm", "ReLU"], ["batch norm", "ReLU"])
    assert first["norm_parameters"] == 2 * 64 + 2 * 128
    assert found["features.pool0"]["parameters"] == 0
    block = layers("resnet18")["layer1.0.conv1"]
    assert (block["first"], block["then"], block["norm_parameters"]) == ([], ["batch norm", "ReLU"], 128)
    assert layers("resnet18")["layer1.0"]["then"] == ["ReLU"]


# ---------------------------------------------------------------------------------------------------- receptive fields


def test_fields_of_plain_stacks_follow_the_recursion():
    for name in ("lenet", "alexnet", "vgg16"):
        windows: list[Window] = []
        for layer in drawn(name)["layers"][1:]:
            module = built(name).get_submodule(layer["name"])
            if isinstance(module, nn.Linear | nn.AdaptiveAvgPool2d):
                break
            kernel, stride, padding = (v[0] if isinstance(v, tuple) else v for v in sizes(module))
            windows.append(Window(kernel, stride, padding))
            assert layer["field"] == layer["sees"] == receptive_field(windows)


def sizes(module: Any) -> tuple[Any, Any, Any]:
    return module.kernel_size, module.stride, module.padding


def seen(model: nn.Module, path: str, side: int, channels: int) -> int:
    """Pixels of a side that move the middle unit of a layer's map, when every weight is positive and no ReLU shuts."""
    maps: list[Tensor] = []
    model = model.double().eval()
    for parameter in model.parameters():
        parameter.data.abs_().add_(1e-3).div_(parameter[0].numel() if parameter.ndim > 1 else 1)
    with_hook = model.get_submodule(path).register_forward_hook(lambda _, __, value: maps.append(value))
    x = torch.rand(1, channels, side, side, dtype=torch.float64, requires_grad=True)
    model(x)
    with_hook.remove()
    middle = maps[0].shape[2] // 2
    [gradient] = torch.autograd.grad(maps[0][0, 0, middle, middle], x)
    rows = gradient[0].abs().amax((0, 2)).nonzero().flatten()
    assert rows[0] > 0, "the field must lie in the picture"
    assert rows[-1] < side - 1
    return int(rows[-1] - rows[0] + 1)


def test_fields_are_what_gradients_see():
    torch.manual_seed(0)
    assert seen(zoo.create("lenet"), "conv2", 28, 1) == layers("lenet")["conv2"]["field"] == 14
    figures = {layer["name"]: layer["field"] for layer in draw_network("resnet18.cifar10", 128)["layers"]}
    narrow = zoo.create("resnet18", num_classes=10, stem="cifar", width=8)
    for path in ("layer1.1.conv2", "layer2.1.conv1", "layer3.0.conv2"):
        assert seen(narrow, path, 128, 3) == figures[path]
    dense = torchvision.models.DenseNet(8, (6, 12, 2, 2), 8, num_classes=10)  # DenseNet-121's first blocks, narrow
    for path in ("features.denseblock1.denselayer6.conv2", "features.denseblock2.denselayer3.conv2"):
        assert seen(dense, path, 256, 3) == layers("densenet121")[path]["field"]


def test_behind_a_gate_the_windows_are_what_gradients_see_without_it(monkeypatch: pytest.MonkeyPatch):
    from torchvision.ops import SqueezeExcitation

    torch.manual_seed(0)
    path = "features.4.1.block.1.0"
    layer = layers("efficientnet_b0")[path]
    assert layer["field"] < 224 <= layer["sees"]
    monkeypatch.setattr(SqueezeExcitation, "forward", lambda self, x: x)
    assert seen(zoo.create("efficientnet_b0", num_classes=10), path, 224, 3) == layer["field"]


@every_classic
def test_a_value_never_sees_less_than_those_it_is_made_of(name):
    every = drawn(name)["layers"]
    for layer in every[1:]:
        assert layer["sees"] >= max(every[before]["sees"] for before in layer["reads"])
        assert layer["aside"] == ("block" in layer["name"] and layer["shape"][1] == 1 and name == "efficientnet_b0")


# ---------------------------------------------------------------------------------------------------- in words


def test_the_sentences_say_what_the_numbers_say():
    vgg = complexity.layer_costs(built("vgg16"), (3, 224, 224))
    linear = [cost for cost in vgg if cost.kind == "Linear"]
    kept = sum(cost.parameters for cost in linear) / PUBLISHED["vgg16"][0]
    done = sum(cost.macs for cost in linear) / sum(cost.macs for cost in vgg)
    assert drawn("vgg16")["facts"][0] == (
        f"{100 * kept:.0f} % of the parameters sit in 3 linear layers, which do {100 * done:.1f} % of the work."
    )
    middle = sum(c.macs for c in vgg if c.output_shape[-1] == 56 and c.kind == "Conv2d") / sum(c.macs for c in vgg)
    assert f"56 × 56: {100 * middle:.0f} % of the work" in drawn("vgg16")["facts"][1]

    projections = sum(p.numel() for n, p in built("resnet50").named_parameters() if "downsample" in n)
    assert drawn("resnet50")["facts"][0] == (
        "16 shortcuts end in a sum, which has no parameters; the 4 convolutions that stand on one, where the shape "
        f"changes, hold {100 * projections / PUBLISHED['resnet50'][0]:.0f} % of all."
    )
    assert drawn("efficientnet_b0")["facts"][1] == "9 shortcuts end in a sum, which has no parameters."
    assert "up to 25 paths and 1,024 channels" in drawn("densenet121")["facts"][0]
    for name in CONVOLUTIONAL:
        assert len(drawn(name)["facts"]) == 3


# ---------------------------------------------------------------------------------------------------- bad input


@every_classic
def test_the_bounds_are_the_networks_own(name):
    _, least, most = CLASSICS[name].sides
    model = built(name)
    for side, right in ((least - 1, False), (least, True), (most, True)):
        if right:
            assert draw_network(name, side)["size"] == side
            assert model(torch.empty(1, *shape_of(name, side), device="meta")).shape[1] in (10, 1000)
        else:
            with pytest.raises(BadInput, match=rf"a side of {least} to {most} px, not {side}\."):
                draw_network(name, side)
            if side:
                with pytest.raises(RuntimeError):
                    model(torch.empty(1, *shape_of(name, side), device="meta"))


@pytest.mark.parametrize(
    ("name", "side", "sentence"),
    [
        ("resnet5", 224, "There is no drawing of 'resnet5'; did you mean 'resnet50'?"),
        ("", 224, "There is no drawing of ''; did you mean"),
        (None, 224, "There is no drawing of None; did you mean"),
        ("mlp", 28, "There is no drawing of 'mlp'; did you mean"),
        ("vit_b_16", 256, "ViT-B/16 is drawn for pictures with a side of 224 px, not 256."),
        ("alexnet", 62, "AlexNet is drawn for pictures with a side of 63 to 1024 px, not 62."),
        ("lenet", 32, "LeNet-5 is drawn for pictures with a side of 28 to 31 px, not 32."),
        ("vgg16", 1025, "VGG-16 is drawn for pictures with a side of 32 to 1024 px, not 1025."),
        ("vgg16", -224, "VGG-16 is drawn for pictures with a side of 32 to 1024 px, not -224."),
        ("vgg16", 224.5, "The side must be a whole number of pixels, not 224.5."),
        ("vgg16", "224", "The side must be a whole number of pixels, not '224'."),
        ("vgg16", True, "The side must be a whole number of pixels, not True."),
        ("vgg16", None, "The side must be a whole number of pixels, not None."),
        ("vgg16", float("nan"), "The side must be a whole number of pixels, not nan."),
        ("vgg16", float("inf"), "The side must be a whole number of pixels, not inf."),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(name, side, sentence):
    with pytest.raises(BadInput) as refusal:
        draw_network(name, side)
    assert str(refusal.value).startswith(sentence)
    assert str(refusal.value).count(".") - str(refusal.value).count(".cifar10") - str(refusal.value).count("4.5") <= 1


def test_a_whole_number_may_come_as_a_float_and_a_release_with_its_version():
    assert draw_network("vgg16", 224.0) is draw_network("vgg16", 224)  # type: ignore[arg-type]
    assert draw_network("resnet18.cifar10@v1", 32)["architecture"] == "resnet18.cifar10"


class Rivals(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.maximum(self.left(x), self.right(x))


def test_a_network_with_an_unknown_join_is_refused_and_left_out(monkeypatch: pytest.MonkeyPatch):
    listed = describe_opening()["networks"]
    create = zoo.create
    monkeypatch.setattr(zoo, "create", lambda name, **given: Rivals() if "stem" in given else create(name, **given))
    drawing.draw.cache_clear()
    with pytest.raises(
        BadInput, match=r"^resnet18\.cifar10 cannot be drawn layer by layer: .* maximum is, where 2 paths"
    ):
        draw_network("resnet18.cifar10", 32)
    left = [each["name"] for each in describe_opening()["networks"]]
    assert "resnet18.cifar10" not in left
    assert left[: len(CLASSICS)] == [each["name"] for each in listed[: len(CLASSICS)]]
    drawing.draw.cache_clear()


# ---------------------------------------------------------------------------------------------------- machinery


def test_no_weight_is_allocated(monkeypatch: pytest.MonkeyPatch):
    made: list[nn.Module] = []
    create = zoo.create

    def note(name: str, **arguments: object) -> nn.Module:
        made.append(create(name, **arguments))
        return made[-1]

    monkeypatch.setattr(zoo, "create", note)
    drawing.draw.cache_clear()
    drawn("vgg16")
    assert [p.device.type for model in made for p in model.parameters()] == ["meta"] * 32


def test_it_is_sent_as_json_and_small():
    sent = json.dumps(describe_opening())
    assert len(sent) < 60_000
    value = json.loads(sent)
    assert [drawing["architecture"] for drawing in value["drawings"]] == value["chosen"]
    summary = {each["name"]: each for each in value["networks"]}
    assert [name for name, each in summary.items() if each["gated"]] == ["efficientnet_b0"]
    assert all(a["year"] <= b["year"] for a, b in pairwise(list(summary.values())))


def test_visitors_may_draw_at_once():
    names = ["resnet18", "densenet121", "efficientnet_b0", "vgg16"]
    alone = {name: json.dumps(draw_network(name, 96)) for name in names}
    drawing.draw.cache_clear()
    together: dict[str, str] = {}
    model, stop, wrong = zoo.create("lenet").eval(), threading.Event(), []
    x = torch.randn(1, 1, 28, 28)
    with torch.inference_mode():
        right = model(x)

    def classify() -> None:
        with torch.inference_mode():
            while not stop.is_set():
                if not torch.equal(model(x), right):
                    wrong.append(1)

    def draw(name: str) -> None:
        together[name] = json.dumps(draw_network(name, 96))

    visitor = threading.Thread(target=classify)
    threads = [threading.Thread(target=draw, args=(name,)) for name in names]
    visitor.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    visitor.join()
    assert together == alone
    assert not wrong
