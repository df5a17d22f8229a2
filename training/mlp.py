"""A multilayer perceptron, 784-512-256-10, on MNIST: the network that week 1 is about.

    python -m training.mlp

Dropout, AdamW under a cosine learning rate, digits tilted, scaled and shifted a little, and an exponential moving
average of the weights, which is what is measured and released.
"""

from dataclasses import dataclass

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
    epochs: int = 40
    """Passes over the 60,000 training digits."""
    batch_size: int = 128
    """Digits per step, over all processes together."""
    peak_lr: float = 1e-3
    """Learning rate after the warm-up, the first tenth of all steps."""
    weight_decay: float = 0.05
    """Decoupled weight decay (https://arxiv.org/abs/1711.05101)."""
    dropout: float = 0.1
    """Share of hidden units that are silenced at each training step."""
    ema: float = 0.99
    """Decay of the moving average per step."""
    degrees: float = 10.0
    """Digits are turned by up to this angle to either side."""
    zoom: float = 0.1
    """Digits are scaled by up to this fraction either way."""
    pixels: float = 2.0
    """Digits are moved by up to this many pixels along each axis."""


def main(args: Args) -> None:
    if args.smoke:
        args.epochs, args.ema = 2, 0.5
    run = _common.Run("mlp.mnist", args)
    data = _data.load_dataset("mnist", args.data, args.smoke)
    train = run.make_loader(data.train_images, data.train_labels, args.batch_size, train=True)

    arguments = {"dropout": args.dropout}
    model = zoo.create("mlp", **arguments)
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
            tilted = _data.tilt(images.float(), args.degrees, args.zoom, args.pixels)
            scores = model(data.normalise(tilted))
            loss = F.cross_entropy(scores, labels)
            run.accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            average.update_parameters(run.accelerator.unwrap_model(model))
            run.count_batch(loss, scores, labels)
        run.finish_epoch({"lr": float(lr), **run.evaluate(average, data)}, model, [optimizer], average)

    if run.publishes:
        preprocessing = Preprocessing("digit", 28, data.mean, data.std)
        network, dtype, accuracy = _common.choose_storage(run, average.module, data, preprocessing, "mlp", arguments)
        digits = [preprocessing(examples.drawn_digit(digit)) for digit in range(10)]
        zoo.release(
            network,
            "mlp.mnist",
            architecture="mlp",
            arguments=arguments,
            task="image-classification",
            labels=data.labels,
            preprocessing=preprocessing,
            metrics=[accuracy],
            golden_inputs=torch.stack(digits),
            history=run.history,
            recipe=_common.describe_recipe(run, data, "training.mlp"),
            card=CARD,
            dataset=data.about,
            dtype=dtype,
            root=args.zoo,
        )


CARD = """
Two hidden layers of 512 and 256 ReLU units on the 784 pixels of a handwritten digit
([Rumelhart et al. 1986](https://doi.org/10.1038/323533a0)). It has no idea that neighbouring pixels belong together:
more than eight times LeNet-5's parameters, and more mistakes.

A drawing or photograph is brought to MNIST's form first: grey, light ink on black, scaled to 20 pixels, centred by its
mass in 28×28. A picture that has this form already, as MNIST's own have, is left as it is.

**Limits.** One digit at a time, and it knows nothing but digits: a letter or a cat is answered with a digit, often
confidently.
"""


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
