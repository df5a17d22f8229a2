"""Wasserstein adversarial network with a gradient penalty, on Fashion-MNIST: https://arxiv.org/abs/1704.00028

    python -m training.wgan                    wgan.fashionmnist
    python -m training.wgan --dataset mnist    wgan.mnist

The networks are those of `training/dcgan.py`; the discriminator has no sigmoid behind it and is a critic. It learns to
score real pictures above the generator's by as much as a slope of 1 allows, which is their Wasserstein distance, and
the penalty holds the slope near 1 at random mixtures. The generator raises its pictures' scores. Half of the garments
are mirrored, Adam has β₁ = 0 and a step size for each network, which falls to nought over the last half; an exponential
moving average of the generator is what is released.
"""

import copy
from dataclasses import dataclass
from typing import Literal

import torch
import tyro

import zoo
from from_scratch.generative import gradient_penalty
from training import _adversarial, _common, _data, _quality
from zoo.architectures.dcgan import DCGAN

BETAS = (0.0, 0.9)


@dataclass
class Args(_common.CommonArgs):
    precision: _common.Precision = "no"
    """float32: a processor without bfloat16 arithmetic is ten times slower with it."""
    dataset: Literal["fashionmnist", "mnist"] = "fashionmnist"
    """Garments, or digits."""
    epochs: int = 14
    """Passes over the 60,000 training pictures."""
    batch_size: int = 64
    """Real pictures per step of the critic, over all processes together."""
    critic_steps: int = 2
    """Steps of the critic for each of the generator. The paper has 5; with a larger step size fewer do."""
    generator_lr: float = 3e-4
    """Step size of the generator, until half of all steps are done."""
    critic_lr: float = 6e-4
    """Step size of the critic, until then."""
    penalty: float = 10.0
    """Price of (slope - 1)²."""
    ema: float = 0.999
    """Decay of the generator's moving average per step."""
    code: int = 64
    """Numbers that a picture is made of."""
    width: int = 32
    """Channels of the critic's first layer and of the generator's last but one."""


def main(args: Args) -> None:
    if args.smoke:
        args.epochs, args.width, args.batch_size = 2, 8, 128
    name = f"wgan.{args.dataset}"
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
    of_critic = torch.optim.Adam(network.discriminator.parameters(), args.critic_lr, BETAS)
    optimizers = [of_generator, of_critic]
    total = args.epochs * (len(train) // args.critic_steps)
    first = run.resume(network, optimizers, average)
    life = _adversarial.Life(run, scene.look, total)
    life.begin(average)

    for epoch in range(first, args.epochs):
        network.train()
        for number, (images, _) in enumerate(run.iterate_epoch(epoch, train), start=1):
            share = _adversarial.set_step_sizes(optimizers, life.step / total)
            real = images.float() / 255
            real = _data.flip(real) if args.dataset == "fashionmnist" else real

            with run.accelerator.autocast():
                fake = network.generate(torch.randn(len(real), args.code, device=run.device))
                real_scores, fake_scores = network.score(torch.cat([real, fake.detach()])).float().chunk(2)
                distance = real_scores.mean() - fake_scores.mean()
                places = torch.rand(len(real), device=run.device)
                slope = gradient_penalty(network.score, real, fake.detach(), places)
            of_critic.zero_grad()
            run.accelerator.backward(args.penalty * slope - distance)
            _adversarial.share_gradients(run, list(network.discriminator.parameters()))
            of_critic.step()
            run.count_figures(len(real), loss=-distance, penalty=slope)
            if number % args.critic_steps:
                continue

            network.discriminator.requires_grad_(False)
            with run.accelerator.autocast():
                generator_loss = -network.score(fake).float().mean()
            of_generator.zero_grad()
            run.accelerator.backward(generator_loss)
            _adversarial.share_gradients(run, list(network.generator.parameters()))
            of_generator.step()
            network.discriminator.requires_grad_(True)

            _adversarial.update_average(average, network, args.ema, life.step)
            life.count(average, generator_loss=generator_loss, discriminator_loss=-distance)
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
            module="training.wgan",
            about={
                "round": {"discriminator": args.critic_steps, "generator": 1},
                "losses": {
                    "generator": "minus the critic's mean score of fakes",
                    "discriminator": "the critic's mean score of fakes minus that of real pictures, without the "
                    "penalty: minus an estimate of their Wasserstein distance, pixels in 0..1",
                },
                "scores": "critic",
                "average": args.ema,
            },
            card=CARD.format(title=data.title),
        )


CARD = """
A Wasserstein generative adversarial network with a gradient penalty
([Gulrajani et al. 2017](https://arxiv.org/abs/1704.00028)) for {title}: a generator makes a picture of 64 numbers drawn
from N(0, 1), and a critic scores pictures, real ones higher, with a slope near 1. `model.generate(codes)` gives
pictures in 0..1, `model.score(pictures)` the critic's score; only differences of scores mean something.

**Limits.** Fine patterns, prints and buckles are smeared, some samples lie between two kinds of picture, and there is
no way to ask for one kind.
"""


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
