"""Parameters and multiply-adds: published counts, torch's own counter, and cases worked by hand."""

from __future__ import annotations

import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import zoo
from from_scratch.complexity import (
    LayerCost,
    attention_macs,
    attention_parameters,
    conv2d_macs,
    conv2d_parameters,
    key_value_cache_bytes,
    layer_costs,
    linear_macs,
    linear_parameters,
    macs,
    norm_parameters,
    parameters,
)

PUBLISHED_PARAMETERS = {
    "alexnet": 61_100_840,
    "vgg16": 138_357_544,
    "resnet18": 11_689_512,
    "resnet50": 25_557_032,
    "densenet121": 7_978_856,
    "efficientnet_b0": 5_288_548,
    "vit_b_16": 86_567_656,
}


def build(name: str) -> nn.Module:
    with torch.device("meta"):
        return torchvision.models.get_model(name, weights=None)


def torch_macs(model: nn.Module, *input_shape: int) -> int:
    """Multiply-adds as torch's own counter finds them; with autograd on, because under no_grad it misses attention."""
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    dtype = next((p.dtype for p in model.parameters()), torch.float32)
    with FlopCounterMode(display=False) as counter:
        model.eval()(torch.zeros(1, *input_shape, device=device, dtype=dtype))
    return counter.get_total_flops() // 2


# ------------------------------------------------------------------------------------------------ known networks


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("lenet", {}, 61_706),
        ("mlp", {}, 535_818),
        ("resnet18", {"num_classes": 10, "stem": "cifar"}, 11_173_962),
        ("resnet18", {}, 11_689_512),
        ("resnet50", {}, 25_557_032),
    ],
)
def test_zoo_parameters(name, arguments, expected):
    with torch.device("meta"):
        assert parameters(zoo.create(name, **arguments)) == expected


@pytest.mark.parametrize("name", PUBLISHED_PARAMETERS)
def test_torchvision_counts(name):
    weights = torchvision.models.get_model_weights(name).IMAGENET1K_V1
    model = build(name)
    costs = layer_costs(model, (3, 224, 224))

    assert parameters(model) == sum(cost.parameters for cost in costs) == PUBLISHED_PARAMETERS[name]
    counted = sum(cost.macs for cost in costs)
    assert counted / 1e9 == pytest.approx(weights.meta["_ops"], rel=0.01)
    assert counted == torch_macs(model, 3, 224, 224)


def test_attention_written_without_attention_layers_is_counted():
    """Swin multiplies by the weights of layers that it never calls, in windows that it cuts itself."""
    model = build("swin_t")
    costs = layer_costs(model, (3, 224, 224))
    assert sum(cost.macs for cost in costs) == torch_macs(model, 3, 224, 224)
    assert sum(cost.parameters for cost in costs) == parameters(model)
    assert macs(model, (3, 224, 224)) / 1e9 == pytest.approx(4.491, rel=0.01)


# ------------------------------------------------------------------------------------------------ by hand


def test_lenet_by_hand():
    """LeNet-5 on 1×28×28, the costs of its five layers with weights:

    conv1   6 filters of 1×5×5, padded: 28×28 out   6·25 + 6     =    156    6·28·28·25   = 117,600
    conv2  16 filters of 6×5×5:         10×10 out   16·150 + 16  =  2,416    16·10·10·150 = 240,000
    fc1    400 -> 120                               400·120 + 120 = 48,120   400·120      =  48,000
    fc2    120 -> 84                                120·84 + 84   = 10,164   120·84       =  10,080
    fc3     84 -> 10                                84·10 + 10    =    850   84·10        =     840
    """
    costs = layer_costs(zoo.create("lenet"), (1, 28, 28))

    weighted = {cost.name: (cost.parameters, cost.macs) for cost in costs if cost.parameters}
    assert weighted == {
        "conv1": (156, 117_600),
        "conv2": (2_416, 240_000),
        "fc1": (48_120, 48_000),
        "fc2": (10_164, 10_080),
        "fc3": (850, 840),
    }
    assert sum(cost.parameters for cost in costs) == 61_706
    assert macs(zoo.create("lenet"), (1, 28, 28)) == 416_520

    assert [cost.name for cost in costs[:4]] == ["conv1", "relu1", "pool1", "conv2"]
    assert costs[0] == LayerCost("conv1", "Conv2d", (1, 1, 28, 28), (1, 6, 28, 28), 156, 117_600)
    assert costs[2] == LayerCost("pool1", "MaxPool2d", (1, 6, 28, 28), (1, 6, 14, 14), 0, 0)


def test_formulas_by_hand():
    """ResNet's first convolution, 64 filters of 3×7×7 without bias, gives 112×112:
    64·3·49 = 9,408 parameters and 112·112·9,408 = 118,013,952 multiply-adds. One filter per channel (32 groups of one,
    3×3, 8×8 out): 32·9 + 32 = 320 and 32·64·9 = 18,432. One block of ViT-B/16's attention, 197 tokens of 768:
    4·768² + 4·768 = 2,362,368 and 4·197·768² + 2·197²·768 = 464,781,312 + 59,610,624 = 524,391,936.
    """
    assert conv2d_parameters(3, 64, 7, bias=False) == 9_408
    assert conv2d_macs(3, 64, 7, 112, 112) == 118_013_952
    assert conv2d_parameters(32, 32, 3, groups=32) == 320
    assert conv2d_macs(32, 32, 3, 8, 8, groups=32) == 18_432
    assert attention_parameters(768) == 2_362_368
    assert attention_macs(197, 768) == 524_391_936
    # GPT-2 small keeps keys and values of 12 blocks, 12 heads of 64 numbers, two bytes each: 36 KiB a token.
    assert key_value_cache_bytes(12, 12, 64, tokens=1) == 36 * 1024
    assert key_value_cache_bytes(12, 1, 64, tokens=1024, bytes_each=4) == 6 * 1024**2


def test_the_cache_holds_what_a_decoder_computed_for_the_past():
    tokens, width, heads, layers = 5, 8, 4, 3
    kept = [torch.zeros(heads, tokens, width, dtype=torch.float16) for _ in range(2 * layers)]
    assert key_value_cache_bytes(layers, heads, width, tokens) == sum(each.numel() * each.itemsize for each in kept)


# ------------------------------------------------------------------------------------------------ formulas = models


@settings(max_examples=40, deadline=None)
@given(
    groups=st.integers(1, 3),
    in_per_group=st.integers(1, 4),
    out_per_group=st.integers(1, 4),
    kernel=st.integers(1, 4),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    bias=st.booleans(),
)
def test_convolution_formulas(groups, in_per_group, out_per_group, kernel, stride, padding, bias):
    channels, filters = groups * in_per_group, groups * out_per_group
    layer = nn.Conv2d(channels, filters, kernel, stride, padding, groups=groups, bias=bias)
    (cost,) = layer_costs(layer, (channels, 9, 7))
    assert cost.input_shape == (1, channels, 9, 7)
    assert cost.output_shape == tuple(layer(torch.zeros(1, channels, 9, 7)).shape)
    assert cost.parameters == conv2d_parameters(channels, filters, kernel, groups, bias) == parameters(layer)
    height, width = cost.output_shape[2:]
    assert cost.macs == conv2d_macs(channels, filters, kernel, height, width, groups)
    assert cost.macs == torch_macs(layer, channels, 9, 7)


@pytest.mark.parametrize("bias", [True, False])
def test_linear_formulas(bias):
    layer = nn.Linear(12, 5, bias=bias)
    for shape, positions in [((12,), 1), ((7, 12), 7), ((3, 7, 12), 21)]:
        (cost,) = layer_costs(layer, shape)
        assert cost.parameters == linear_parameters(12, 5, bias)
        assert cost.macs == linear_macs(12, 5, positions)


@pytest.mark.parametrize("layer", [nn.BatchNorm2d(6), nn.GroupNorm(2, 6), nn.InstanceNorm2d(6, affine=True)])
def test_norm_formulas(layer):
    (cost,) = layer_costs(layer, (6, 4, 4))
    assert (cost.parameters, cost.macs) == (norm_parameters(6), 0)


class SelfAttention(nn.Module):
    def __init__(self, width: int, heads: int, need_weights: bool):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.need_weights = need_weights

    def forward(self, x: Tensor) -> Tensor:
        return self.attention(query=x, key=x, value=x, need_weights=self.need_weights)[0]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("heads", [1, 4])
def test_attention_formulas(heads, need_weights, training):
    """One row, whichever of torch's ways through attention is taken; the output projection neither missed nor twice."""
    (cost,) = layer_costs(SelfAttention(16, heads, need_weights).train(training), (10, 16))
    assert cost.name == "attention"
    assert cost.kind == "MultiheadAttention"
    assert cost.input_shape == cost.output_shape == (1, 10, 16)
    assert cost.parameters == attention_parameters(16)
    assert cost.macs == attention_macs(10, 16)


def test_vit_rows_say_where_everything_is():
    model = build("vit_b_16")
    costs = {cost.name: cost for cost in layer_costs(model, (3, 224, 224))}
    assert costs[""].parameters == 768  # the class token
    assert costs["encoder"].parameters == 197 * 768  # the position embedding
    attention = costs["encoder.layers.encoder_layer_11.self_attention"]
    assert (attention.parameters, attention.macs) == (attention_parameters(768), attention_macs(197, 768))
    assert costs["conv_proj"].macs == conv2d_macs(3, 768, 16, 14, 14)


# ------------------------------------------------------------------------------------------------ any module


def test_products_outside_layers_are_counted():
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.matrix = nn.Parameter(torch.zeros(6, 4))

        def forward(self, x: Tensor) -> Tensor:
            x = x @ self.matrix  # 5×6 · 6×4
            x = nn.functional.scaled_dot_product_attention(x, x, x)  # 5×4 · 4×5, then 5×5 · 5×4
            return torch.einsum("nij,nkj->nik", x, x)  # 5×4 · 4×5

    (cost,) = layer_costs(Bare(), (5, 6))
    assert (cost.name, cost.kind, cost.parameters) == ("", "Bare", 24)
    assert cost.macs == 5 * 6 * 4 + 3 * 5 * 4 * 5


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        (lambda x: x[0] @ x[0, 0], 5 * 6),  # matrix · vector
        (lambda x: x[0, 0] @ x[0, 1], 6),  # vector · vector
        (lambda x: torch.addmv(x[0, :, 0], x[0], x[0, 0]), 5 * 6),
        (lambda x: torch.addmm(x[0, :, :5], x[0], x[0].T), 5 * 6 * 5),
        (lambda x: torch.baddbmm(x[:, :, :5], x, x.mT), 5 * 6 * 5),
        (lambda x: x.softmax(-1) + x.relu() * x, 0),  # nothing but work that is counted as 0
    ],
)
def test_each_kind_of_product(product, expected):
    class Product(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return product(x)

    assert macs(Product(), (5, 6)) == expected


def test_transposed_convolution():
    """Each of 4·5·5 input values meets a filter of 6×3×3."""
    layer = nn.ConvTranspose2d(4, 6, 3, stride=2, bias=False)
    (cost,) = layer_costs(layer, (4, 5, 5))
    assert cost.output_shape == (1, 6, 11, 11)
    assert cost.macs == 4 * 5 * 5 * 6 * 3 * 3 == torch_macs(layer, 4, 5, 5)


def test_recurrent_layer():
    """An LSTM step multiplies input and state by four gates' matrices; there are seven steps."""
    (cost,) = layer_costs(nn.LSTM(8, 16, batch_first=True), (7, 8))
    assert cost.macs == 7 * 4 * (8 * 16 + 16 * 16)
    assert cost.parameters == 4 * (8 * 16 + 16 * 16 + 2 * 16)


def test_a_layer_called_twice_works_twice_and_is_kept_once():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(6, 6)

        def forward(self, x: Tensor) -> Tensor:
            return self.layer(self.layer(x).relu())

    model = Twice()
    assert [(cost.name, cost.parameters, cost.macs) for cost in layer_costs(model, (6,))] == [
        ("layer", 42, 36),
        ("layer", 0, 36),
    ]
    assert parameters(model) == 42


def test_tied_weights_count_once():
    model = nn.Sequential(nn.Linear(5, 5, bias=False), nn.ReLU(), nn.Linear(5, 5, bias=False))
    model[2].weight = model[0].weight
    assert [cost.parameters for cost in layer_costs(model, (5,))] == [25, 0, 0]
    assert parameters(model) == 25
    assert macs(model, (5,)) == 50


def test_parameters_that_do_not_run_are_still_accounted():
    """GoogLeNet's auxiliary classifiers run only in training; inference pays for keeping them, not for running them."""
    with torch.device("meta"):
        model = torchvision.models.googlenet(weights=None, init_weights=False)
    costs = layer_costs(model, (3, 224, 224))
    auxiliary = parameters(model.aux1) + parameters(model.aux2)
    assert (costs[0].name, costs[0].parameters) == ("", auxiliary)
    assert sum(cost.parameters for cost in costs) == parameters(model)


def test_the_example_has_the_models_precision():
    assert macs(nn.Conv2d(3, 2, 1).double(), (3, 4, 4)) == 96


@pytest.mark.parametrize("training", [True, False])
def test_the_model_itself_is_neither_run_nor_changed(training):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5)).train(training)
    model[0].weight.requires_grad_(False)
    before = {name: (value, value.clone()) for name, value in model.state_dict(keep_vars=True).items()}

    layer_costs(model, (3, 8, 8))

    for name, value in model.state_dict(keep_vars=True).items():
        same, copied = before[name]
        assert value is same
        assert torch.equal(value, copied)
    assert all(module.training is training for module in model.modules())
    assert not model[0].weight.requires_grad
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("name", "shape", "says"), [("lenet", (1, 20, 20), "1×20×20"), ("vit_b_16", (3, 64, 64), "3×64×64")]
)
def test_a_shape_that_does_not_fit(name, shape, says):
    model = build(name) if name == "vit_b_16" else zoo.create(name)
    with pytest.raises(ValueError, match=f"could not run on an example of {says}"):
        layer_costs(model, shape)
