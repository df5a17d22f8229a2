"""A narrow ResNet-18 on eight of CIFAR-10's classes: the transfer study's backbone, to which cats and dogs are new.

    python -m training.resnet_8class

Half the channels of ResNet-18 (https://arxiv.org/abs/1512.03385), a 3×3 stem. Sixteen epochs, the first half at 24 px,
the rest at 32 px; random shift and flip, a square cut out, label smoothing, Nesterov SGD under a triangular learning
rate.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
import tyro
from PIL import Image
from torch import Tensor

import zoo
from training import _common, _data
from zoo import examples
from zoo.preprocessing import Preprocessing

LABELS = ("airplane", "automobile", "bird", "deer", "frog", "horse", "ship", "truck")


@dataclass
class Args(_common.CommonArgs):
    epochs: int = 16
    """Passes over the 40,000 training pictures."""
    small_epochs: int = 8
    """How many of them, at the beginning, see the pictures shrunk to `small_size`."""
    small_size: int = 24
    """Side of the shrunk pictures, in pixels."""
    width: int = 32
    """Channels of the first stage; the paper's ResNet-18 has 64."""
    batch_size: int = 128
    """Pictures per step, over all processes together."""
    peak_lr: float = 0.15
    """Learning rate at the top of the triangle."""
    warmup: float = 0.2
    """Fraction of the steps on the way up."""
    weight_decay: float = 5e-4
    """L2 penalty on weights; biases and normalisation are spared."""
    label_smoothing: float = 0.1
    """Share of the target that is spread over all eight classes."""
    cutout: int = 8
    """Side of the square that is blanked in each picture, in pixels at full size."""


def main(args: Args) -> None:
    if args.smoke:
        args.epochs, args.small_epochs, args.width, args.batch_size, args.peak_lr = 2, 1, 8, 16, 0.05
    run = _common.Run("resnet18-8class.cifar10", args)
    data = _data.load_dataset("cifar10", args.data, args.smoke).select_classes(LABELS)
    train = run.make_loader(data.train_images, data.train_labels, args.batch_size, train=True)

    arguments = {"num_classes": len(LABELS), "stem": "cifar", "width": args.width}
    model = zoo.create("resnet18", **arguments).to(memory_format=torch.channels_last)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    spared = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": args.weight_decay}, {"params": spared, "weight_decay": 0.0}],
        lr=args.peak_lr, momentum=0.9, nesterov=True,
    )  # fmt: skip
    model, optimizer = run.accelerator.prepare(model, optimizer)
    steps = args.epochs * len(train)

    for epoch in range(run.resume(model, [optimizer]), args.epochs):
        model.train()
        size = args.small_size if epoch < args.small_epochs else 32
        for step, (images, labels) in enumerate(run.iterate_epoch(epoch, train), start=epoch * len(train)):
            lr = float(np.interp(step, [0, args.warmup * steps, steps - 1], [0.01 * args.peak_lr, args.peak_lr, 0]))
            for group in optimizer.param_groups:
                group["lr"] = lr
            scores = model(augment(images, data, args.cutout, size))
            loss = F.cross_entropy(scores, labels, label_smoothing=args.label_smoothing)
            run.accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            run.count_batch(loss, scores, labels)
        run.finish_epoch({"lr": lr, **run.evaluate(model, data)}, model, [optimizer])

    if run.publishes:
        preprocessing = Preprocessing("photo", 32, data.mean, data.std)
        network, dtype, accuracy = _common.choose_storage(run, model, data, preprocessing, "resnet18", arguments)
        photos = [preprocessing(Image.open(path)) for path in examples.example_pictures().values()]
        zoo.release(
            network,
            "resnet18-8class.cifar10",
            architecture="resnet18",
            arguments=arguments,
            task="image-classification",
            labels=data.labels,
            preprocessing=preprocessing,
            metrics=[accuracy],
            golden_inputs=torch.stack(photos),
            history=run.history,
            recipe=_common.describe_recipe(run, data, "training.resnet_8class"),
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
ResNet-18 ([He et al. 2015](https://arxiv.org/abs/1512.03385)) at half its width, with a 3×3 stem for 32-pixel
photographs, trained from scratch on eight of CIFAR-10's ten classes: airplane, automobile, bird, deer, frog, horse,
ship or truck. It never saw a cat or a dog.

It is made to be taught: the transfer study meets it with a few cats and dogs, and the Transfer tab with a visitor's own
two classes.

**Limits.** It knows eight words and always answers with one of them, for a cat too. Its accuracy is over the 8,000 test
pictures of its classes and says nothing of the other 2,000.
"""


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
