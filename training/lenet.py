"""LeNet-5 on MNIST or Fashion-MNIST: http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf

    python -m training.lenet                                                                       lenet.mnist
    python -m training.lenet --dataset fashionmnist --mirror --degrees 3 --zoom 0.05 --pixels 1    lenet.fashionmnist

AdamW under a cosine learning rate, pictures tilted, scaled and shifted a little, and an exponential moving average of
the weights, which is what is measured and released. On MNIST it prints how long training took to reach 99 % on the test
set; `--epochs 3 --no-publish` is the short way there.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
import tyro
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

import zoo
from training import _common, _data
from zoo import examples
from zoo.preprocessing import Preprocessing


@dataclass
class Args(_common.CommonArgs):
    precision: _common.Precision = "no"
    """float32: the network is too small for bfloat16 to pay."""
    dataset: Literal["mnist", "fashionmnist"] = "mnist"
    """Digits, or garments."""
    epochs: int = 40
    """Passes over the 60,000 training pictures."""
    batch_size: int = 128
    """Pictures per step, over all processes together."""
    peak_lr: float = 3e-3
    """Learning rate after the warm-up, the first tenth of all steps."""
    weight_decay: float = 0.05
    """Decoupled weight decay (https://arxiv.org/abs/1711.05101)."""
    ema: float = 0.99
    """Decay of the moving average per step."""
    degrees: float = 10.0
    """Pictures are turned by up to this angle to either side."""
    zoom: float = 0.1
    """Pictures are scaled by up to this fraction either way."""
    pixels: float = 2.0
    """Pictures are moved by up to this many pixels along each axis."""
    mirror: bool = False
    """Half of the pictures are mirrored left to right."""


def main(args: Args) -> None:
    if args.smoke:
        args.epochs, args.ema = 2, 0.5
    name = f"lenet.{args.dataset}"
    run = _common.Run(name, args)
    data = _data.load_dataset(args.dataset, args.data, args.smoke)
    train = run.make_loader(data.train_images, data.train_labels, args.batch_size, train=True)

    model = zoo.create("lenet")
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.peak_lr, weight_decay=args.weight_decay)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(args.ema)).to(run.device)
    model, optimizer = run.accelerator.prepare(model, optimizer)
    total = args.epochs * len(train)

    for epoch in range(run.resume(model, [optimizer], average), args.epochs):
        model.train()
        for step, (images, labels) in enumerate(run.iterate_epoch(epoch, train)):
            done = (epoch * len(train) + step) / total
            lr = args.peak_lr * min(1, 0.01 + done / 0.1) * (1 + np.cos(np.pi * done)) / 2
            for group in optimizer.param_groups:
                group["lr"] = float(lr)
            images = _data.flip(images) if args.mirror else images
            tilted = _data.tilt(images.float(), args.degrees, args.zoom, args.pixels)
            scores = model(data.normalise(tilted))
            loss = F.cross_entropy(scores, labels)
            run.accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            average.update_parameters(run.accelerator.unwrap_model(model))
            run.count_batch(loss, scores, labels)
        run.finish_epoch({"lr": float(lr), **run.evaluate(average, data)}, model, [optimizer], average)
    if args.dataset == "mnist":
        run.console.print(run.describe_time_to(0.99))

    if run.publishes:
        preprocessing = Preprocessing("digit" if args.dataset == "mnist" else "grey", 28, data.mean, data.std)
        network, dtype, accuracy = _common.choose_storage(run, average.module, data, preprocessing, "lenet", {})
        digits = [preprocessing(examples.drawn_digit(digit)) for digit in range(10)]
        zoo.release(
            network,
            name,
            architecture="lenet",
            arguments={},
            task="image-classification",
            labels=data.labels,
            preprocessing=preprocessing,
            metrics=[accuracy],
            golden_inputs=torch.stack(digits),
            history=run.history,
            recipe=_common.describe_recipe(run, data, "training.lenet"),
            card=CARDS[args.dataset],
            dataset=data.about,
            dtype=dtype,
            root=args.zoo,
        )


CARDS = {
    "mnist": """
LeNet-5 ([LeCun et al. 1998](http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf)) in its modern reading (ReLU, max
pooling, full connections between the convolutions), trained on MNIST to read handwritten digits.

A drawing or photograph is brought to MNIST's form first: grey, light ink on black, scaled to 20 pixels, centred by its
mass in 28×28. A picture that has this form already, as MNIST's own have, is left as it is.

**Limits.** One digit at a time, and it knows nothing but digits: a letter or a cat is answered with a digit, often
confidently.
""",
    "fashionmnist": """
LeNet-5 ([LeCun et al. 1998](http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf)) in its modern reading (ReLU, max
pooling, full connections between the convolutions), trained on Fashion-MNIST to tell ten kinds of garment. Its 84
numbers before the last layer are the space in which the zoo's generators of garments are measured.

A photograph is brought to the data set's form first: its middle square, grey, 28×28, light on black; a picture on light
paper is inverted. A grey picture of 28×28 is left as it is.

**Limits.** One garment at a time, laid flat and filling the picture; it knows nothing but these ten kinds, and takes
shirts, pullovers and coats for one another. Anything else is answered with a garment, often confidently.
""",
}


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
