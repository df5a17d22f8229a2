"""The list of torchvision's ImageNet classifiers that the zoo can use, with what torchvision says of each."""

from __future__ import annotations

from typing import Literal

from zoo.preprocessing import Preprocessing
from zoo.upstream.model import Upstream


def _resize_and_crop(resize: int, interpolation: Literal["bilinear", "bicubic"] = "bilinear") -> Preprocessing:
    """torchvision's way to 224×224 pixels: scaled to `resize`, a centre crop, ImageNet's mean and deviation."""
    return Preprocessing(
        kind="photo", size=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225),
        resize=resize, interpolation=interpolation,
    )  # fmt: skip


# A test compares every field with torchvision's own weights, and each digest with its file's name.
CATALOG = (
    Upstream(
        "mobilenet_v3_small.imagenet", "MobileNet V3 Small", "mobilenet_v3_small",
        "MobileNet_V3_Small_Weights.IMAGENET1K_V1", "mobilenet_v3_small-047dcff4.pth",
        "047dcff4addef86ea5bc2eff13c9614dc11f47ab1160d0a71a25e7db994f4e1f",
        9.829, 2_542_856, 0.057, 67.668, _resize_and_crop(256),
    ),
    Upstream(
        "mobilenet_v3_large.imagenet", "MobileNet V3 Large", "mobilenet_v3_large",
        "MobileNet_V3_Large_Weights.IMAGENET1K_V2", "mobilenet_v3_large-5c1a4163.pth",
        "5c1a416349c4cf298f2a6a5e2600ed0ee55e604713578f5e74e6bc8bcaef7997",
        21.107, 5_483_032, 0.217, 75.274, _resize_and_crop(232),
    ),
    Upstream(
        "efficientnet_b0.imagenet", "EfficientNet B0", "efficientnet_b0",
        "EfficientNet_B0_Weights.IMAGENET1K_V1", "efficientnet_b0_rwightman-7f5810bc.pth",
        "7f5810bc96def8f7552d5b7e68d53c4786f81167d28291b21c0d90e1fca14934",
        20.451, 5_288_548, 0.386, 77.692, _resize_and_crop(256, "bicubic"),
    ),
    Upstream(
        "resnet18.imagenet", "ResNet-18", "resnet18",
        "ResNet18_Weights.IMAGENET1K_V1", "resnet18-f37072fd.pth",
        "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
        44.661, 11_689_512, 1.814, 69.758, _resize_and_crop(256),
    ),
    Upstream(
        "resnet50.imagenet", "ResNet-50", "resnet50",
        "ResNet50_Weights.IMAGENET1K_V2", "resnet50-11ad3fa6.pth",
        "11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca",
        97.79, 25_557_032, 4.089, 80.858, _resize_and_crop(232),
    ),
    Upstream(
        "convnext_tiny.imagenet", "ConvNeXt Tiny", "convnext_tiny",
        "ConvNeXt_Tiny_Weights.IMAGENET1K_V1", "convnext_tiny-983f1562.pth",
        "983f1562536e84ff750a1576fb08e54de751dbf2e17c0d8a4a13704341fdcd3d",
        109.119, 28_589_128, 4.456, 82.52, _resize_and_crop(236),
    ),
    Upstream(
        "vit_b_16.imagenet", "ViT B/16", "vit_b_16",
        "ViT_B_16_Weights.IMAGENET1K_V1", "vit_b_16-c867db91.pth",
        "c867db91d3e12c6cbadabb610d73c24a546bf82d8c03a9fea34f43a712ddb0e9",
        330.285, 86_567_656, 17.564, 81.072, _resize_and_crop(256), convolutional=False,
    ),
)  # fmt: skip
"""Every upstream model, from light to heavy."""
