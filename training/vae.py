"""Variational autoencoders on MNIST: two numbers in the middle, at three prices of the code, and one with 32.

    python -m training.vae                                          vae.mnist
    python -m training.vae --beta 0.25                              vae-beta0_25.mnist
    python -m training.vae --beta 4                                 vae-beta4.mnist
    python -m training.vae --code 32 --hidden 512 256 --epochs 100  vae-32d.mnist

Black-and-white pictures, drawn anew in every epoch with each pixel's grey as its probability, so that the bound is
that of a real likelihood; AdamW under a cosine learning rate, and an exponential moving average of the weights, which
is what is measured and released. `--beta` is the price of a nat of KL (Higgins et al., "beta-VAE", 2017).
"""

from dataclasses import dataclass, field

import numpy as np
import torch
import tyro
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

import zoo
from from_scratch.generative import kl_to_standard_normal, log_likelihood_of_pixels, reparameterise
from training import _common, _data, _generative
from zoo import examples
from zoo.architectures.vae import VAE
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
    hidden: list[int] = field(default_factory=lambda: [256, 128])
    """Widths of the encoder's layers; the decoder has them in reverse."""
    beta: float = 1.0
    """Price of a nat of KL; at 1 the loss is the bound on -ln p(picture)."""


class Objective(nn.Module):
    """The network with both terms of its loss, so that each process makes all of it in one forward pass."""

    def __init__(self, network: VAE):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """N×1×28×28 -> -ln p(x|z) at one sample of the code, and the code's KL, N each."""
        mean, log_variance = self.network.encode(x)
        code = reparameterise(mean, log_variance, torch.randn_like(mean))
        logits = self.network.decode(code)
        return -log_likelihood_of_pixels(logits, x), kl_to_standard_normal(mean, log_variance).sum(1)


def name_release(args: Args) -> str:
    """`vae.mnist`, and what is not as usual: `vae-beta4.mnist`, `vae-32d.mnist`."""
    beta = "" if args.beta == 1 else f"-beta{args.beta:g}".replace(".", "_")
    return f"vae{f'-{args.code}d' if args.code != 2 else ''}{beta}.mnist"


def main(args: Args) -> None:
    if args.smoke:
        args.epochs, args.ema = 2, 0.5
    name = name_release(args)
    run = _common.Run(name, args)
    data = _data.load_dataset("mnist", args.data, args.smoke)
    train = run.make_loader(data.train_images, data.train_labels, args.batch_size, train=True)

    arguments = {"hidden": args.hidden, "code": args.code}
    network = zoo.create("vae", **arguments)
    assert isinstance(network, VAE)
    model = Objective(network)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.peak_lr, weight_decay=args.weight_decay)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(args.ema)).to(run.device)
    model, optimizer = run.accelerator.prepare(model, optimizer)
    total = args.epochs * len(train)

    for epoch in range(run.resume(model, [optimizer], average), args.epochs):
        model.train()
        for step, (images, _) in enumerate(run.iterate_epoch(epoch, train)):
            done = (epoch * len(train) + step) / total
            lr = args.peak_lr * min(1, 0.01 + done / 0.1) * (1 + np.cos(np.pi * done)) / 2
            for group in optimizer.param_groups:
                group["lr"] = float(lr)
            x = _generative.binarise(images)
            reconstruction, kl = (values.mean() for values in model(x))
            loss = reconstruction + args.beta * kl
            run.accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            average.update_parameters(network)
            run.count_figures(len(x), loss=reconstruction + kl, reconstruction=reconstruction, kl=kl)
        figures = _generative.summarise_nats(_generative.measure_nats(average.module, data))
        run.finish_epoch({"lr": float(lr), **figures}, model, [optimizer], average)

    if run.publishes:
        dtype, metric, nats = _generative.choose_storage(run.console.print, average.module, data, "negative_elbo_nats")
        preprocessing = Preprocessing("digit", 28, (0.0,), (1.0,))
        zoo.release(
            average.module,
            name,
            architecture="vae",
            arguments=arguments,
            task="image-to-image",
            labels=data.labels,
            preprocessing=preprocessing,
            metrics=[metric],
            golden_inputs=torch.stack([preprocessing(examples.drawn_digit(digit)) for digit in range(10)]),
            history=run.history,
            recipe=_common.describe_recipe(run, data, "training.vae"),
            card=CARD.format(beta=args.beta),
            dataset=data.about,
            exhibit=_generative.make_exhibit(nats, data, {"beta": args.beta}),
            dtype=dtype,
            root=args.zoo,
        )


CARD = """
A variational autoencoder ([Kingma and Welling 2013](https://arxiv.org/abs/1312.6114)): a handwritten digit becomes a
Gaussian over codes, a code drawn from it becomes a digit again, and each nat by which the Gaussian differs from
N(0, 1) has a price, β = {beta:g} here ([Higgins et al. 2017](https://openreview.net/forum?id=Sy2fzU9gl)). So a code
drawn from N(0, 1) is a digit too.

Its figure is the negative evidence lower bound at β = 1, mean over the test set, in nats: pictures are made black and
white first, each pixel drawn with its grey as the probability of white (one draw, seed 0), and one code is drawn for
each (seed 1).

**Limits.** Reconstructions are means over what a code may stand for, and so blurred. It knows digits alone: any other
drawing comes back as a digit.
"""


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
