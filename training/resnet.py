"""ResNet-18 on CIFAR-10: https://arxiv.org/abs/1512.03385 with a 3×3 stem.

    python -m training.resnet

Sixteen epochs, the first half at 24 px (a convolution's cost falls with the square of the side), the rest at 32 px;
random shift and flip, a square cut out, label smoothing, Nesterov SGD under a triangular learning rate; then a short
warm restart. The weights at the ends of the two cycles are averaged (https://arxiv.org/abs/1803.05407), their
batch-norm statistics counted anew, and that is what is measured and released.
"""

from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
import torch.nn.functional as F
import tyro
from accelerate.utils import set_seed
from PIL import Image
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, update_bn

import zoo
from training import _common, _data
from zoo import examples
from zoo.preprocessing import Preprocessing


@dataclass
class Args(_common.CommonArgs):
    epochs: int = 16
    """Passes over the 50,000 training pictures."""
    small_epochs: int = 8
    """How many of them, at the beginning, see the pictures shrunk to `small_size`."""
    small_size: int = 24
    """Side of the shrunk pictures, in pixels."""
    batch_size: int = 128
    """Pictures per step, over all processes together."""
    peak_lr: float = 0.15
    """Learning rate at the top of the triangle."""
    warmup: float = 0.2
    """Fraction of these epochs' steps on the way up."""
    restart_epochs: int = 2
    """Further passes after a warm restart (https://arxiv.org/abs/1608.03983)."""
    restart_lr: float = 0.03
    """Learning rate at the restart, from where it falls to zero again."""
    norm_batches: int = 80
    """Training batches from which the averaged weights' batch-norm statistics are counted."""
    weight_decay: float = 5e-4
    """L2 penalty on weights; biases and normalisation are spared."""
    label_smoothing: float = 0.1
    """Share of the target that is spread over all ten classes (https://arxiv.org/abs/1512.00567, section 7)."""
    cutout: int = 8
    """Side of the square that is blanked in each picture, in pixels at full size."""


def main(args: Args) -> None:
    if args.smoke:
        args.epochs, args.small_epochs, args.restart_epochs, args.batch_size, args.peak_lr = 1, 1, 1, 16, 0.05
    run = _common.Run("resnet18.cifar10", args)
    data = _data.load_dataset("cifar10", args.data, args.smoke)
    train = run.make_loader(data.train_images, data.train_labels, args.batch_size, train=True)

    # With 4 channels, channels last and float32, torch 2.14 writes past its memory on a processor with AVX2 alone.
    arguments = {"num_classes": 10, "stem": "cifar"} | ({"width": 8} if args.smoke else {})
    model = zoo.create("resnet18", **arguments).to(memory_format=torch.channels_last)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    spared = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": args.weight_decay}, {"params": spared, "weight_decay": 0.0}],
        lr=args.peak_lr, momentum=0.9, nesterov=True,
    )  # fmt: skip
    average = AveragedModel(model).to(run.device)
    model, optimizer = run.accelerator.prepare(model, optimizer)
    first, second = args.epochs * len(train), args.restart_epochs * len(train)
    rise = args.warmup * first

    for epoch in range(run.resume(model, [optimizer], average), args.epochs + args.restart_epochs):
        model.train()
        size = args.small_size if epoch < args.small_epochs else 32
        for step, (images, labels) in enumerate(run.iterate_epoch(epoch, train)):
            lr = np.interp(
                epoch * len(train) + step,
                [0, rise, first - 1, first, first + second],
                [0.01 * args.peak_lr, args.peak_lr, 0, args.restart_lr, 0],
            )
            for group in optimizer.param_groups:
                group["lr"] = float(lr)
            scores = model(augment(images, data, args.cutout, size))
            loss = F.cross_entropy(scores, labels, label_smoothing=args.label_smoothing)
            run.accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            run.count_batch(loss, scores, labels)
        if epoch + 1 in (args.epochs, args.epochs + args.restart_epochs):
            average.update_parameters(run.accelerator.unwrap_model(model))
        run.finish_epoch({"lr": float(lr), **run.evaluate(model, data)}, model, [optimizer], average)

    set_seed(args.seed)
    pictures = (augment(images, data, args.cutout, 32) for images, _ in islice(train, args.norm_batches))
    with run.accelerator.autocast():
        update_bn(pictures, average)

    if run.publishes:
        preprocessing = Preprocessing("photo", 32, data.mean, data.std)
        network, dtype, accuracy = _common.choose_storage(
            run, average.module, data, preprocessing, "resnet18", arguments
        )
        photos = [preprocessing(Image.open(path)) for path in examples.example_pictures().values()]
        zoo.release(
            network,
            "resnet18.cifar10",
            architecture="resnet18",
            arguments=arguments,
            task="image-classification",
            labels=data.labels,
            preprocessing=preprocessing,
            metrics=[accuracy],
            golden_inputs=torch.stack(photos),
            history=run.history,
            recipe=_common.describe_recipe(run, data, "training.resnet"),
            card=CARD,
            dataset=data.about,
            dtype=dtype,
            root=args.zoo,
        )


def augment(images: Tensor, data: _data.Dataset, cutout: int, size: int) -> Tensor:
    """uint8 N×3×32×32 -> float N×3×size×size: normalised, shifted, flipped, a square blanked."""
    images = _data.cut_out(_data.flip(_data.shift(data.normalise(images), pixels=4)), cutout)
    if size != 32:
        images = F.interpolate(images, size=size, mode="bilinear", antialias=True)
    return images.contiguous(memory_format=torch.channels_last)


CARD = """
ResNet-18 ([He et al. 2015](https://arxiv.org/abs/1512.03385)) with a 3×3 stem for 32-pixel photographs, trained from
scratch on CIFAR-10: airplane, automobile, bird, cat, deer, dog, frog, horse, ship or truck.

It is made to be looked into: feature maps, receptive fields, skip connections. Every photograph is cropped to a square
and shrunk to 32×32 pixels, so it sees shapes and colours and no detail.

**Limits.** It knows ten words and always answers with one of them, for a portrait too; its probabilities say how it was
trained (with smoothed labels), not how likely it is to be right on a photograph unlike CIFAR-10's.
"""


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
