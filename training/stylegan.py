"""Style-based adversarial network on Fashion-MNIST: https://arxiv.org/abs/1812.04948

    python -m training.stylegan                    stylegan.fashionmnist
    python -m training.stylegan --dataset mnist    stylegan.mnist

The losses are -ln D(real) - ln(1 - D(fake)) and -ln D(fake), with R1, the squared slope of the score at real pictures
(https://arxiv.org/abs/1801.04406), charged every eighth step. Half of the generator's pictures are mixed: the styles
before a random layer come from one code, those from it on from another. Half of the garments are mirrored; Adam has
β₁ = 0 and a step size for each network, a tenth for the mapping, which fall to nought over the last half; an
exponential moving average of the generator is what is released, with the mean w of 10,000 codes, for truncation.

`exhibit/mixing.json` says what mixed styles show, in the eyes of a classifier of the zoo. A pair is two samples that it
gives different classes; `first` and `second` are the shares of pairs whose mix it gives the class of either:

    {"classifier": "lenet.fashionmnist@v1", "labels": ["T-shirt/top", ...], "pairs": 1000,
     "crossings": [{"layers": 0, "first": 0.0, "second": 1.0}, ...],  so many layers, coarse ones first, take the style
                                                                      of the first sample, the others of the second
     "alone": [{"layer": 1, "first": 0.3, "second": 0.2}, ...],       this one takes that of the second, all others that
                                                                      of the first
     "truncation": [{"psi": -1.0, "same": 0.02}, ...],                share of the first that keeps its class at that ψ
     "noise": {"same": 0.98, "grey_levels": 0.5}}                     share that keeps it without noise, and how far a
                                                                      pixel moves on the average, of 255 grey levels
"""

import copy
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
import tyro
from torch import Tensor

import zoo
from training import _adversarial, _common, _data, _quality
from zoo.architectures.stylegan import StyleGAN

BETAS = (0.0, 0.99)
PAIRS = 1000
"""Pairs of samples whose styles are mixed to measure what each layer decides."""


@dataclass
class Args(_common.CommonArgs):
    precision: _common.Precision = "no"
    """float32: a processor without bfloat16 arithmetic is ten times slower with it."""
    dataset: Literal["fashionmnist", "mnist"] = "fashionmnist"
    """Garments, or digits."""
    epochs: int = 9
    """Passes over the 60,000 training pictures."""
    batch_size: int = 64
    """Real pictures per step, over all processes together."""
    generator_lr: float = 4e-4
    """Step size of the generator, until half of all steps are done."""
    discriminator_lr: float = 4e-4
    """Step size of the discriminator, until then."""
    r1: float = 0.1
    """Half of it is the price of the squared slope at real pictures, pixels in 0..1."""
    r1_every: int = 8
    """Steps from one charge to the next, each so many times as high."""
    mixing: float = 0.5
    """How often two codes make one picture."""
    ema: float = 0.999
    """Decay of the generator's moving average per step."""
    code: int = 64
    """Numbers that a picture is made of."""
    width: int = 16
    """Channels of the generator at 28 pixels; half of those of the discriminator's first layer."""


def draw_styles(network: StyleGAN, count: int, mixing: float) -> Tensor:
    """w of every layer, N×6×code, of fresh codes; mixed from two of them as often as `mixing` says."""
    device = network.generator.constant.device
    w, other = (network.map(torch.randn(count, network.code, device=device)) for _ in range(2))  # N×code
    crossing = torch.randint(1, network.LAYERS, (count, 1), device=device)
    crossing[torch.rand(count, device=device) >= mixing] = network.LAYERS
    before = torch.arange(network.LAYERS, device=device) < crossing  # N×6
    return torch.where(before[..., None], w[:, None], other[:, None])


def measure_squared_slope(network: StyleGAN, real: Tensor) -> Tensor:
    """Mean squared norm of the score's gradient at real pictures, which gradients pass through."""
    real = real.detach().requires_grad_()
    [gradient] = torch.autograd.grad(network.score(real).float().sum(), real, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean()


@torch.inference_mode()
def measure_mixing(network: StyleGAN, judge: _quality.Judge, pairs: int) -> dict[str, Any]:
    """What mixed and truncated styles show, as `mixing.json` has it; fewer pairs where too few differ in class."""
    w, other = (network.map(_adversarial.draw_codes(2 * pairs, network.code, seed)) for seed in (4, 5))

    def paint(styles: Tensor, network: StyleGAN = network) -> Tensor:
        return torch.cat([_adversarial.to_pixels(network.synthesise(part)) for part in styles.split(250)])

    def classify(styles: Tensor) -> Tensor:
        return judge.look_at(paint(styles))[1]

    first, second = classify(w), classify(other)
    chosen = (first != second).nonzero()[:pairs, 0]
    w, other, first, second = w[chosen], other[chosen], first[chosen], second[chosen]
    layers = torch.arange(network.LAYERS)

    def compare(from_first: Tensor) -> dict[str, float]:
        classes = classify(torch.where(from_first[:, None], w[:, None], other[:, None]))
        return {name: share_same(classes, each) for name, each in (("first", first), ("second", second))}

    def share_same(classes: Tensor, others: Tensor) -> float:
        return float((classes == others).double().mean())

    found = {
        "classifier": judge.release.reference,
        "labels": judge.labels,
        "pairs": len(chosen),
        "crossings": [{"layers": k, **compare(layers < k)} for k in range(network.LAYERS + 1)],
        "alone": [{"layer": k + 1, **compare(layers != k)} for k in range(network.LAYERS)],
        "truncation": [
            {"psi": quarter / 4, "same": share_same(classify(network.truncate(w, quarter / 4)), first)}
            for quarter in range(-4, 5)
        ],
    }
    silent: Any = copy.deepcopy(network)
    for style in silent.generator.styles:
        style.noise.zero_()
    without = paint(w, silent)
    moved = (paint(w).float() - without.float()).abs().mean()
    return found | {"noise": {"same": share_same(judge.look_at(without)[1], first), "grey_levels": float(moved)}}


def main(args: Args) -> None:
    if args.smoke:
        args.epochs, args.width, args.batch_size = 2, 4, 128
    name = f"stylegan.{args.dataset}"
    run = _common.Run(name, args)
    data = _data.load_dataset(args.dataset, args.data, args.smoke)
    judge = _quality.load_judge(data, args.zoo)
    scene = _adversarial.Scene(data, judge, _adversarial.draw_codes(36, args.code, 0))
    train = run.make_loader(data.train_images, data.train_labels, args.batch_size, train=True)

    arguments = {"width": args.width, "code": args.code}
    network = zoo.create("stylegan", **arguments).to(run.device)
    assert isinstance(network, StyleGAN)
    average = copy.deepcopy(network)
    mapping = list(network.generator.mapping.parameters())
    others = [each for name, each in network.generator.named_parameters() if not name.startswith("mapping")]
    groups: list[dict[str, Any]] = [{"params": others}, {"params": mapping, "lr": 0.1 * args.generator_lr}]
    of_generator = torch.optim.Adam(groups, args.generator_lr, BETAS)
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
                fake = network.synthesise(draw_styles(network, len(real), args.mixing))
                real_scores, fake_scores = network.score(torch.cat([real, fake.detach()])).float().chunk(2)
                # softplus(-s) is -ln sigmoid(s), softplus(s) is -ln(1 - sigmoid(s)).
                discriminator_loss = F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()
                charge = torch.zeros((), device=run.device)
                if life.step % args.r1_every == 0:
                    charge = args.r1_every * args.r1 / 2 * measure_squared_slope(network, real)
            of_discriminator.zero_grad()
            run.accelerator.backward(discriminator_loss + charge)
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

    with torch.inference_mode():
        many = _adversarial.draw_codes(10_000, args.code, 3).to(run.device)
        average.generator.mean_w.copy_(average.map(many).mean(0))
    if run.publishes:
        _adversarial.release_generator(
            run,
            data,
            life,
            scene,
            average,
            name=name,
            architecture="stylegan",
            arguments=arguments,
            module="training.stylegan",
            about={
                "round": {"discriminator": 1, "generator": 1},
                "losses": {
                    "generator": "-ln D(fake), in nats",
                    "discriminator": "cross-entropy in nats, of real and fake added up, without R1",
                },
                "scores": "logit",
                "average": args.ema,
            },
            card=CARD.format(title=data.title),
            measure_more=lambda network: {
                "mixing.json": _quality.write_quality(
                    measure_mixing(network, judge, min(PAIRS, len(data.test_images) // 2))
                )
            },
        )


CARD = """
A small style-based generative adversarial network ([Karras et al. 2018](https://arxiv.org/abs/1812.04948)) for {title}:
a mapping network makes a style w of 64 numbers drawn from N(0, 1), and w sets mean and deviation of every channel after
each of six layers: two of 7, two of 14 and two of 28 pixels. `model.map(codes)` gives w, `model.truncate(w, 0.7)` moves
it towards the mean, `model.synthesise(w)` takes one w for all layers or one for each, N×6×64;
`model.generate(codes)` is all of it, and `model.score(pictures)` the discriminator's logit of "real".

**Limits.** 28 pixels leave the fine layers little to say: they set greys and edges, coarse ones the kind of picture.
Fine patterns and prints are smeared, and there is no way to ask for one kind.
"""


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
