"""What week 2 and the texts beside it once said wrongly, and what is so."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image, ImageDraw

import roadmap
import zoo
from roadmap import day

ROOT = Path(roadmap.__file__).parents[1]


def read(id: str) -> str:
    page = day(id).page
    assert page is not None
    return " ".join(page.markdown.split())


def test_a_p_norm_is_said_to_lie_between_maximum_and_sum():
    """Tests of `lp_pool2d` prove it; the texts said "between average and maximum"."""
    text = " ".join((ROOT / "apps/convolution/understand.md").read_text("utf-8").split())
    assert "lies between maximum and sum" in text
    assert "It lies between the maximum ($p \\to \\infty$) and the sum ($p = 1$)" in read("w2d2")


def test_a_digit_drawn_elsewhere_is_the_same_input_so_the_experiment_rolls_the_input():
    pictures = [Image.new("L", (140, 140)) for _ in range(2)]
    for picture, left in zip(pictures, (10, 75), strict=True):
        ImageDraw.Draw(picture).line([(left, 30), (left + 50, 30), (left + 15, 110)], fill=255, width=14)
    lenet = zoo.load("lenet.mnist")
    assert torch.equal(*[lenet.preprocess(picture) for picture in pictures])
    page = day("w2d4").page
    assert page is not None
    assert "roll the 28×28 input" in page.steps
    assert "off-centre" not in page.steps


@pytest.mark.parametrize("name", ["MobileNet V3 Large", "MobileNet V3 Small", "EfficientNet"])
def test_where_channels_are_first_weighed_by_their_means(name):
    builder = {"EfficientNet": "efficientnet_b0"}.get(name, name.lower().replace(" ", "_"))
    with torch.device("meta"):
        model = getattr(torchvision.models, builder)()
    gates = [at for at, part in model.named_modules() if type(part).__name__ == "SqueezeExcitation"]
    first = ".".join(gates[0].split(".")[:2])
    text = " ".join((ROOT / "apps/feature_maps/understand.md").read_text("utf-8").split())
    said = re.search(rf"{name}\b[^`]*`(features\.\d)`", text)
    assert said is not None
    assert said[1] == first


def test_shortcuts_are_not_said_to_keep_every_gradient():
    """The page's own table: without normalisation they explode, and agree no better than the plain ones."""
    text = read("w2d5")
    assert "neither vanish nor lose" not in text
    assert "arrives at the bottom undamped, plus corrections" not in text
    page = day("w2d5").page
    assert page is not None
    assert "normalisation" in page.short_answer
    lengths = dict(re.findall(r"(He +(?:plain|skip)) +length (\S+),", page.long_answer))
    assert float(lengths["He              skip"]) > 1000 * float(lengths["He              plain"])


def test_repvgg_is_trained_with_identities_and_folded_afterwards():
    text = read("w2d5")
    assert "or by folding trained branches" not in text
    assert "It *is trained with* them" in text


def test_grey_weights_with_mean_and_deviation_folded_in_equal_colour_ones():
    """Weights merely summed over the colours are off: each channel is normalised by its own mean and deviation."""
    preprocess = zoo.load("resnet18.cifar10").preprocess
    grey = np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8)
    x = preprocess(Image.fromarray(np.stack([grey] * 3, axis=-1)))
    means, deviations = torch.tensor(preprocess.mean)[:, None, None], torch.tensor(preprocess.std)[:, None, None]
    mean, deviation = means.mean(), deviations.mean()
    weight = torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    one = (x * deviations + means - mean).mean(0, keepdim=True) / deviation
    expected = torch.conv2d(x[None], weight)
    bias = (weight * (mean - means) / deviations).sum((1, 2, 3))
    folded = torch.conv2d(one[None], (weight * deviation / deviations).sum(1, keepdim=True), bias)
    assert torch.allclose(folded, expected, atol=1e-4)
    assert not torch.allclose(torch.conv2d(one[None], weight.sum(1, keepdim=True)), expected, atol=1e-2)
    assert r"$\sum_c w_c (\mu - \mu_c)/\sigma_c$" in read("w2d6")


def test_memory_is_what_autograd_keeps():
    """12.4 MB; the outputs of all layers added up were 16."""
    text = read("w2d7")
    assert "12.4 MB kept, 16.1 MB of outputs" in text
    assert "keeps 12.4 MB for each picture" in text
    assert "keeps all activations" not in text


def test_picture_size_is_no_reason_for_batch_norm():
    text = read("w2d7")
    assert "picture sizes fixed" not in text
    assert "The size of the picture is no reason" in text


def test_intervals_over_seeds_are_said_to_cover_seeds_only():
    text = read("w2d6")
    assert "the intervals cover the *seeds* only" in text
    assert "All rows share 2,000 test pictures" in text


def test_the_backbone_has_seen_forty_thousand_pictures_not_millions():
    text = read("w2d6")
    assert "millions of pictures" not in text
    assert "statistics come from 40,000 pictures" in text
    assert len(zoo.describe("resnet18-8class.cifar10").config["labels"]) * 5_000 == 40_000


def test_twice_the_side_is_said_where_it_is_meant():
    assert "twice the width" not in read("w2d2")
    assert "a picture of twice the side" in read("w2d2")


def test_two_releases_on_shared_pictures_are_compared_by_mcnemar():
    assert "*McNemar's test*" in read("w2d4")
    assert "def mcnemar(only_first, only_second):" in read("w2d4")
