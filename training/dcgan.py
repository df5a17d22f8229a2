"""Convolutional adversarial network on Fashion-MNIST: https://arxiv.org/abs/1511.06434

    python -m training.dcgan                    dcgan.fashionmnist
    python -m training.dcgan --dataset mnist    dcgan.mnist

As in `training/gan.py`, the discriminator learns by cross-entropy, real pictures labelled 0.9, and the generator is
paid -ln D(fake). Half of the garments are mirrored, Adam has β₁ = 0.5 and a step size for each network, which falls to
nought over the last half; an exponential moving average of the generator is what is released.
"""

import copy
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
import tyro

import zoo
from training import _adversarial, _common, _data, _quality
from zoo.architectures.dcgan import DCGAN

BETAS = (0.5, 0.999)


@dataclass
class Args(_common.CommonArgs):
    precision: _common.Precision = "no"
    """float32: a processor without bfloat16 arithmetic is ten times slower with it."""
    dataset: Literal["fashionmnist", "mnist"] = "fashionmnist"
    """Garments, or digits."""
    epochs: int = 14
    """Passes over the 60,000 training pictures."""
    batch_size: int = 64
    """Real pictures per step, over all processes together."""
    generator_lr: float = 4e-4
    """Step size of the generator, until half of all steps are done."""
    discriminator_lr: float = 4e-4
    """Step size of the discriminator, until then."""
    real_label: float = 0.9
    """What D shall say of a real picture."""
    ema: float = 0.999
    """Decay of the generator's moving average per step."""
    code: int = 64
    """Numbers that a picture is made of."""
    width: int = 32
    """Channels of the discriminator's first layer and of the generator's last but one."""


def main(args: Args) -> None:
    if args.smoke:
        args.epochs, args.width, args.batch_size = 2, 8, 128
    name = f"dcgan.{args.dataset}"
    run = _common.Run(name, args)
    data = _data.load_dataset(args.dataset, args.data, args.smoke)
    judge = _quality.load_judge(data, args.zoo)
    scene = _adversarial.Scene(data, judge, _adversarial.draw_codes(36, args.code, 0))
    train = run.make_loader(data.train_images, data.train_labels, args.batch_size, train=True)

    arguments = {"width": args.width, "code": args.code}
    network = zoo.create("dcgan", **arguments).to(run.device)
    assert isinstance(network, DCGAN)
    average = copy.deepcopy(network)
    of_generator = torch.optim.Adam(network.generator.parameters(), args.generator_lr, BETAS)
    of_discriminator = torch.optim.Adam(network.discriminator.parameters(), args.discriminator_lr, BETAS)
    optimizers = [of_generator, of_discriminator]
    total = args.epochs * len(train)
    first = run.resume(network, optimizers, average)
    life = _adversarial.Life(run, scene.look, total)
    life.begin(average)

    for epoch in range(first, args.epochs):
        network.train()
        for images, _ in run.iterate_epoch(epoch, train):
            share = _adversarial.set_step_sizes(optimizers, life.step / total)
            real = images.float() / 255
            real = _data.flip(real) if args.dataset == "fashionmnist" else real

            with run.accelerator.autocast():
                fake = network.generate(torch.randn(len(real), args.code, device=run.device))
                real_scores, fake_scores = network.score(torch.cat([real, fake.detach()])).float().chunk(2)
                wanted = torch.full_like(real_scores, args.real_label)
                real_loss = F.binary_cross_entropy_with_logits(real_scores, wanted)
                discriminator_loss = real_loss + F.softplus(fake_scores).mean()  # softplus(s) is -ln(1 - sigmoid(s))
            of_discriminator.zero_grad()
            run.accelerator.backward(discriminator_loss)
            _adversarial.share_gradients(run, list(network.discriminator.parameters()))
            of_discriminator.step()

            network.discriminator.requires_grad_(False)
            with run.accelerator.autocast():
                generator_loss = F.softplus(-network.score(fake).float()).mean()  # -ln sigmoid(score)
            of_generator.zero_grad()
            run.accelerator.backward(generator_loss)
            _adversarial.share_gradients(run, list(network.generator.parameters()))
            of_generator.step()
            network.discriminator.requires_grad_(True)

            _adversarial.update_average(average, network, args.ema, life.step)
            life.count(average, generator_loss=generator_loss, discriminator_loss=discriminator_loss)
            run.count_figures(len(real), loss=generator_loss, discriminator_loss=discriminator_loss)
        run.finish_epoch({"lr": args.generator_lr * share}, network, optimizers, average)

    if run.publishes:
        _adversarial.release_generator(
            run,
            data,
            life,
            scene,
            average,
            name=name,
            architecture="dcgan",
            arguments=arguments,
            module="training.dcgan",
            about={
                "round": {"discriminator": 1, "generator": 1},
                "losses": {
                    "generator": "-ln D(fake), in nats",
                    "discriminator": f"cross-entropy, real {args.real_label:g} and fake 0, in nats, of both added up",
                },
                "scores": "logit",
                "average": args.ema,
            },
            card=CARD.format(title=data.title),
        )


CARD = """
A convolutional generative adversarial network ([Radford et al. 2015](https://arxiv.org/abs/1511.06434)) for {title}: a
generator makes a picture of 64 numbers drawn from N(0, 1) by strided convolutions and batch norm, and a discriminator
without batch norm says whether a picture is real. `model.generate(codes)` gives pictures in 0..1,
`model.score(pictures)` the logit of "real".

**Limits.** Fine patterns, prints and buckles are smeared, some samples lie between two kinds of picture, and there is
no way to ask for one kind.
"""


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
