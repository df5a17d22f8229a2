"""An autoencoder with two numbers in the middle, 784-256-128-2-128-256-784, on MNIST: what a code without a price does.

    python -m training.autoencoder

Trained like the variational one, so that the two can be compared: black-and-white pictures, drawn anew in every epoch
with each pixel's grey as its probability, Bernoulli likelihood, AdamW under a cosine learning rate, and an exponential
moving average of the weights, which is what is measured and released.
"""

from dataclasses import dataclass

import numpy as np
import torch
import tyro
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

import zoo
from from_scratch.generative import log_likelihood_of_pixels
from training import _common, _data, _generative
from zoo import examples
from zoo.preprocessing import Preprocessing


@dataclass
class Args(_common.CommonArgs):
    precision: _common.Precision = "no"
    """float32: the network is too small for bfloat16 to pay."""
    epochs: int = 60
    """Passes over the 60,000 training digits."""
    batch_size: int = 128
    """Digits per step, over all processes together."""
    peak_lr: float = 2e-3
    """Learning rate after the warm-up, the first tenth of all steps."""
    weight_decay: float = 0.0
    """Decoupled weight decay (https://arxiv.org/abs/1711.05101)."""
    ema: float = 0.999
    """Decay of the moving average per step."""
    code: int = 2
    """Numbers in the middle."""


def main(args: Args) -> None:
    if args.smoke:
        args.epochs, args.ema = 2, 0.5
    run = _common.Run("autoencoder.mnist", args)
    data = _data.load_dataset("mnist", args.data, args.smoke)
    train = run.make_loader(data.train_images, data.train_labels, args.batch_size, train=True)

    arguments = {"hidden": [256, 128], "code": args.code}
    model = zoo.create("autoencoder", **arguments)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.peak_lr, weight_decay=args.weight_decay)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(args.ema)).to(run.device)
    model, optimizer = run.accelerator.prepare(model, optimizer)
    network = run.accelerator.unwrap_model(model)
    total = args.epochs * len(train)

    for epoch in range(run.resume(model, [optimizer], average), args.epochs):
        model.train()
        for step, (images, _) in enumerate(run.iterate_epoch(epoch, train)):
            done = (epoch * len(train) + step) / total
            lr = args.peak_lr * min(1, 0.01 + done / 0.1) * (1 + np.cos(np.pi * done)) / 2
            for group in optimizer.param_groups:
                group["lr"] = float(lr)
            x = _generative.binarise(images)
            loss = -log_likelihood_of_pixels(model(x), x).mean()
            run.accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            average.update_parameters(network)
            run.count_figures(len(x), loss=loss)
        figures = _generative.summarise_nats(_generative.measure_nats(average.module, data))
        run.finish_epoch({"lr": float(lr), "test_loss": figures["test_loss"]}, model, [optimizer], average)

    if run.publishes:
        dtype, metric, nats = _generative.choose_storage(run.console.print, average.module, data, "reconstruction_nats")
        preprocessing = Preprocessing("digit", 28, (0.0,), (1.0,))
        zoo.release(
            average.module,
            "autoencoder.mnist",
            architecture="autoencoder",
            arguments=arguments,
            task="image-to-image",
            labels=data.labels,
            preprocessing=preprocessing,
            metrics=[metric],
            golden_inputs=torch.stack([preprocessing(examples.drawn_digit(digit)) for digit in range(10)]),
            history=run.history,
            recipe=_common.describe_recipe(run, data, "training.autoencoder"),
            card=CARD,
            dataset=data.about,
            exhibit=_generative.make_exhibit(nats, data, {"beta": 0}),
            dtype=dtype,
            root=args.zoo,
        )


CARD = """
An autoencoder ([Hinton and Salakhutdinov 2006](https://doi.org/10.1126/science.1127647)) that squeezes a handwritten
digit through two numbers and draws it again from them. Nothing is asked of where a code lies, so the plane has holes
that no digit's code comes near; `vae.mnist` is the same network with that asked of it.

Its figure is the mean of -ln p(picture | code) over the test set, in nats: pictures are made black and white first,
each pixel drawn with its grey as the probability of white (one draw, seed 0).

**Limits.** Two numbers are few: fours and nines overlap, reconstructions are blurred. It knows digits alone: any other
drawing comes back as a digit.
"""


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
