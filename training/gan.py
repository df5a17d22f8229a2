"""The plain adversarial network, of linear layers, on MNIST or Fashion-MNIST: https://arxiv.org/abs/1406.2661

    python -m training.gan                           gan.mnist
    python -m training.gan --dataset fashionmnist    gan.fashionmnist
    python -m training.gan --collapse --epochs 10    gan-collapsed.mnist

The discriminator learns to tell training pictures from the generator's by cross-entropy; the generator is paid
-ln D(fake), Goodfellow et al.'s non-saturating loss. Adam with a step size for each, both falling to nought over the
last half; half of the garments are mirrored, labels of real pictures are 0.9, and an exponential moving average of the generator is what is released.

`--collapse` trains the generator ten times for each step of the discriminator from half of the training on, with
undiminished steps, and keeps no average: it follows whatever picture fools the discriminator as it stands, and all
codes end at few pictures: "the Helvetica scenario" of the paper's section 3.
"""

import copy
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
import tyro

import zoo
from training import _adversarial, _common, _data, _quality
from zoo.architectures.gan import GAN

BETAS = (0.5, 0.999)


@dataclass
class Args(_common.CommonArgs):
    precision: _common.Precision = "no"
    """float32: a processor without bfloat16 arithmetic is slower with it."""
    dataset: Literal["mnist", "fashionmnist"] = "mnist"
    """Digits, or garments."""
    epochs: int = 32
    """Passes over the 60,000 training pictures."""
    batch_size: int = 128
    """Real pictures per step, over all processes together."""
    generator_lr: float = 5e-4
    """Step size of the generator, until half of all steps are done."""
    discriminator_lr: float = 2e-4
    """Step size of the discriminator, until then."""
    real_label: float = 0.9
    """What D shall say of a real picture."""
    ema: float = 0.999
    """Decay of the generator's moving average per step; 0 keeps none."""
    code: int = 64
    """Numbers that a picture is made of."""
    collapse: bool = False
    """From half of the training on, ten steps of the generator for each of the discriminator; no average."""


def main(args: Args) -> None:
    if args.smoke:
        args.epochs = 2
    name = f"gan-collapsed.{args.dataset}" if args.collapse else f"gan.{args.dataset}"
    decay = 0.0 if args.collapse else args.ema
    run = _common.Run(name, args)
    data = _data.load_dataset(args.dataset, args.data, args.smoke)
    judge = _quality.load_judge(data, args.zoo)
    scene = _adversarial.Scene(data, judge, _adversarial.draw_codes(36, args.code, 0))
    train = run.make_loader(data.train_images, data.train_labels, args.batch_size, train=True)

    arguments = {"hidden": [256, 512], "code": args.code}
    network = zoo.create("gan", **arguments).to(run.device)
    assert isinstance(network, GAN)
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
            collapses = args.collapse and life.step >= total // 2
            share = _adversarial.set_step_sizes(optimizers, 0.0 if args.collapse else life.step / total)
            real = images.float() / 255
            real = _data.flip(real) if args.dataset == "fashionmnist" else real

            with run.accelerator.autocast():
                fake = network.generate(torch.randn(len(real), args.code, device=run.device))
                real_scores, fake_scores = network.score(torch.cat([real, fake.detach()])).float().chunk(2)
                real_loss = F.binary_cross_entropy_with_logits(
                    real_scores, torch.full_like(real_scores, args.real_label)
                )
                discriminator_loss = real_loss + F.softplus(fake_scores).mean()  # softplus(s) is -ln(1 - sigmoid(s))
            of_discriminator.zero_grad()
            run.accelerator.backward(discriminator_loss)
            _adversarial.share_gradients(run, list(network.discriminator.parameters()))
            of_discriminator.step()

            network.discriminator.requires_grad_(False)
            for repeat in range(10 if collapses else 1):
                with run.accelerator.autocast():
                    if repeat:
                        fake = network.generate(torch.randn(len(real), args.code, device=run.device))
                    generator_loss = F.softplus(-network.score(fake).float()).mean()  # -ln sigmoid(score)
                of_generator.zero_grad()
                run.accelerator.backward(generator_loss)
                _adversarial.share_gradients(run, list(network.generator.parameters()))
                of_generator.step()
            network.discriminator.requires_grad_(True)

            _adversarial.update_average(average, network, decay, life.step)
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
            architecture="gan",
            arguments=arguments,
            module="training.gan",
            about={
                "round": {"discriminator": 1, "generator": 1},
                **({"overtrained": {"from": total // 2, "generator": 10}} if args.collapse else {}),
                "losses": {
                    "generator": "-ln D(fake), in nats",
                    "discriminator": f"cross-entropy, real {args.real_label:g} and fake 0, in nats, of both added up",
                },
                "scores": "logit",
                "average": decay,
            },
            card=(CARD + (COLLAPSED if args.collapse else LIMITS)).format(title=data.title, name=f"gan.{args.dataset}"),
        )


CARD = """
A generative adversarial network of linear layers ([Goodfellow et al. 2014](https://arxiv.org/abs/1406.2661)): a
generator makes a picture of 64 numbers drawn from N(0, 1), and a discriminator says whether a picture is {title}'s or
the generator's. `model.generate(codes)` gives pictures in 0..1, `model.score(pictures)` the logit of "real".
"""
COLLAPSED = """
**This one collapsed, on purpose**: from half of the training on the generator took ten steps for each of the
discriminator's, without an average. Its sister `{name}` is the cure.

**Limits.** Most codes give the same few kinds of picture.
"""
LIMITS = """
**Limits.** Outlines are ragged and dotted, some samples are of no class, and there is no way to ask for one: a code
says what it becomes.
"""


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
