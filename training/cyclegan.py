"""Daisies to sunflowers and back, without pairs: https://arxiv.org/abs/1703.10593

    python -m training.cyclegan                           cyclegan.daisy2sunflower
    python -m training.cyclegan --dataset horse2zebra     cyclegan.horse2zebra; downloaded, and checked file by file

Two generators and two discriminators of patches; least squares instead of cross-entropy, a cycle's mean absolute error
tenfold, and at every fourth step what a generator makes of its own kind, which it shall leave alone. Discriminators see
made pictures out of a pool of the last 50. Photographs of 64×64 are mirrored and shifted; Adam has β₁ = 0.5 and a step
size that falls to nought over the last half; an exponential moving average of the generators is what is released.

Its figure is the verdict of a small classifier, trained here on the same training photographs: the share of the test
set's A that it takes for B when they are translated.

Its exhibit, for no photograph of the data set may be released, is of flowers that `zoo.examples.drawn_flower` draws
(daisies and sunflowers of the seeds 0 to 5; the same for horses, which they are not):

`exhibit/frames.webp`: as in `training/_adversarial.py`, but a frame is 6 by 4 pictures in colour, row by row: the six
daisies as B, and as A again; the six sunflowers as A, and as B again. `grid` is 6, the pictures in a row.
`exhibit/training.json`: as there, without scores, gradients and classes; a step has besides `cycle_loss`, the mean
absolute error of both cycles of pixels in 0..1, and `identity_loss`, that of what should have been left alone (taken at
every fourth step, fourfold).
`exhibit/quality.json`:

    {"data": "daisy2sunflower", "split": "test", "samples": 80,             of each kind
     "classifier_accuracy": 0.93,                of the verdict's classifier on the test photographs
     "a_to_b": {"taken_for_b": 0.85,             share of translated A that the classifier takes for B
                "untranslated": 0.05,            of A as they are
                "probabilities": [0.98, ...],    of B, of each translated picture, in the test set's order
                "cycle_error": 0.061},           mean absolute error of A -> B -> A, pixels in 0..1
     "b_to_a": {...},                            the same, the kinds exchanged
     "smuggling": [{"bits": 8, "cycle_error": 0.061}, ...]}     A -> B -> A, the picture between kept in so many bits
"""

import copy
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
import tyro
from torch import Tensor, nn

import zoo
from training import _adversarial, _common, _data, _quality
from zoo import Metric, examples
from zoo.architectures.cyclegan import CycleGAN
from zoo.preprocessing import Preprocessing

BETAS = (0.5, 0.999)
BITS = (8, 6, 5, 4, 3, 2)


@dataclass
class Args(_common.CommonArgs):
    precision: _common.Precision = "no"
    """float32: a processor without bfloat16 arithmetic is ten times slower with it."""
    dataset: Literal["daisy2sunflower", "horse2zebra"] = "daisy2sunflower"
    """Which two kinds."""
    epochs: int = 40
    """Passes over the photographs of kind A."""
    batch_size: int = 1
    """Photographs of each kind per step, over all processes together."""
    lr: float = 3e-4
    """Step size of all networks, until half of all steps are done."""
    cycle: float = 10.0
    """Price of a cycle's mean absolute error, pixels in -1..1."""
    identity: float = 5.0
    """Price of that of a picture that should have been left alone."""
    identity_every: int = 4
    """Steps from one charge for it to the next, each so many times as high."""
    pool: int = 50
    """Made pictures of each kind that a discriminator sees again."""
    ema: float = 0.999
    """Decay of the generators' moving average per step."""
    width: int = 16
    """Channels of a generator at 64 pixels."""


class Pool:
    """The last pictures that a generator made: half of what a discriminator sees is drawn from here, and replaced.

    Shrivastava et al., "Learning from Simulated and Unsupervised Images ...", https://arxiv.org/abs/1612.07828, 2.3
    """

    def __init__(self, kept: list[Tensor], size: int):
        """`kept`: where the pictures are, so that a checkpoint can have them."""
        self.kept, self.size = kept, size

    def exchange(self, pictures: Tensor) -> Tensor:
        """Give N pictures, get N: the given ones while it fills, and then older ones with probability one half."""
        given = []
        for picture in pictures.detach():
            if len(self.kept) < self.size:
                self.kept.append(picture.clone())
                given.append(picture)
            elif float(torch.rand(())) < 0.5:
                place = int(torch.randint(self.size, ()))
                given.append(self.kept[place])
                self.kept[place] = picture.clone()
            else:
                given.append(picture)
        return torch.stack(given)


def vary(images: Tensor) -> Tensor:
    """uint8 N×3×64×64 -> floats in 0..1, half of them mirrored, all shifted by up to 4 pixels."""
    return _data.shift(_data.flip(images.float() / 255), 4)


def look(average: Any, flowers: Tensor) -> tuple[Tensor, dict[str, Any]]:
    """A frame: the drawn daisies to B and to A again, the sunflowers to A and to B again; it has no figures."""
    daisies, sunflowers = flowers.to(next(average.parameters()).device).chunk(2)
    with torch.no_grad():
        there, back = average.translate(daisies), average.translate_back(sunflowers)
        rows = [there, average.translate_back(there), back, average.translate(back)]
    return _adversarial.to_pixels(torch.cat(rows)), {}


def draw_flowers(count: int) -> Tensor:
    """So many drawn daisies, and then as many sunflowers, in 0..1."""
    preprocess = Preprocessing("photo", 64, (0.0,) * 3, (1.0,) * 3)
    return torch.stack(
        [preprocess(examples.drawn_flower(kind, seed)) for kind in ("daisy", "sunflower") for seed in range(count)]
    )


def train_classifier(data: _data.Dataset, epochs: int) -> nn.Module:
    """A small network that tells A from B, trained on the training photographs; it takes pictures in 0..1."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for fan_in, fan_out in ((3, 32), (32, 64), (64, 96), (96, 128)):
        layers += [nn.Conv2d(fan_in, fan_out, 3, 2, 1, bias=False), nn.BatchNorm2d(fan_out), nn.ReLU()]
    classifier = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(128, 2))
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=2e-3, weight_decay=0.05)
    batches = [rows for _ in range(epochs) for rows in torch.randperm(len(data.train_labels)).split(64)]
    for number, rows in enumerate(batches):
        optimizer.param_groups[0]["lr"] = 2e-3 * (1 - number / len(batches))
        loss = F.cross_entropy(classifier(vary(data.train_images[rows])), data.train_labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return classifier.eval()


@torch.inference_mode()
def measure_translations(network: CycleGAN, classifier: nn.Module, data: _data.Dataset) -> dict[str, Any]:
    """What `quality.json` holds, on the processor in float32; translations are rounded to 256 values on their way."""
    kinds = [data.test_images[data.test_labels == kind].float() / 255 for kind in (0, 1)]
    ways = ((network.translate, network.translate_back), (network.translate_back, network.translate))

    def judge(pictures: Tensor, target: int) -> Tensor:
        return torch.cat([classifier(part).softmax(1)[:, target] for part in pictures.split(50)])

    def apply(way: Any, pictures: Tensor, levels: int = 255) -> Tensor:
        return torch.cat([(way(part) * levels).round() / levels for part in pictures.split(50)])

    def describe(pictures: Tensor, there: Any, back: Any, target: int) -> dict[str, Any]:
        made = apply(there, pictures)
        probabilities = judge(made, target)
        return {
            "taken_for_b" if target else "taken_for_a": float((probabilities > 0.5).double().mean()),
            "untranslated": float((judge(pictures, target) > 0.5).double().mean()),
            "probabilities": probabilities.tolist(),
            "cycle_error": float((apply(back, made) - pictures).abs().mean()),
        }

    right = [(judge(pictures, kind) > 0.5).double() for kind, pictures in enumerate(kinds)]
    smuggling = [
        {
            "bits": bits,
            "cycle_error": float((apply(ways[0][1], apply(ways[0][0], kinds[0], 2**bits - 1)) - kinds[0]).abs().mean()),
        }
        for bits in BITS
    ]
    return {
        "data": data.name,
        "split": "test",
        "samples": len(kinds[0]),
        "classifier_accuracy": float(torch.cat(right).mean()),
        "a_to_b": describe(kinds[0], *ways[0], 1),
        "b_to_a": describe(kinds[1], *ways[1], 0),
        "smuggling": smuggling,
    }


def main(args: Args) -> None:
    if args.smoke:
        args.epochs, args.width, args.batch_size, args.pool = 2, 4, 8, 12
    name = f"cyclegan.{args.dataset}"
    run = _common.Run(name, args)
    data = _data.load_dataset(args.dataset, args.data, args.smoke)
    images_a, images_b = (data.train_images[data.train_labels == kind] for kind in (0, 1))
    train = run.make_loader(images_a, torch.zeros(len(images_a), dtype=torch.int64), args.batch_size, train=True)

    arguments = {"width": args.width}
    network = zoo.create("cyclegan", **arguments).to(run.device)
    assert isinstance(network, CycleGAN)
    average = copy.deepcopy(network)
    makers = [*network.generator_ab.parameters(), *network.generator_ba.parameters()]
    critics = [*network.discriminator_a.parameters(), *network.discriminator_b.parameters()]
    of_generators, of_discriminators = (torch.optim.Adam(each, args.lr, BETAS) for each in (makers, critics))
    optimizers = [of_generators, of_discriminators]
    total = args.epochs * len(train)
    first = run.resume(network, optimizers, average)
    flowers = draw_flowers(6)
    life = _adversarial.Life(run, lambda network: look(network, flowers), total)
    life.begin(average)
    pool_a, pool_b = (Pool(run.kept.setdefault(f"pool_{kind}", []), args.pool) for kind in "ab")

    for epoch in range(first, args.epochs):
        network.train()
        for images, _ in run.iterate_epoch(epoch, train):
            share = _adversarial.set_step_sizes(optimizers, life.step / total)
            a = vary(images)
            b = vary(images_b[torch.randint(len(images_b), (len(a),))].to(run.device))

            for parameter in critics:
                parameter.requires_grad_(False)
            with run.accelerator.autocast():
                made_b, made_a = network.translate(a), network.translate_back(b)
                again_a, again_b = network.translate_back(made_b), network.translate(made_a)
                fooling = (network.score_a(made_a).float() - 1).square().mean() + (
                    network.score_b(made_b).float() - 1
                ).square().mean()
                cycle_loss = (F.l1_loss(again_a, a) + F.l1_loss(again_b, b)) / 2
                loss = fooling + 4 * args.cycle * cycle_loss  # 4: of two cycles, and pixels in 0..1
                identity_loss = torch.zeros((), device=run.device)
                if life.step % args.identity_every == 0:
                    same_a, same_b = network.translate_back(a), network.translate(b)
                    identity_loss = args.identity_every * (F.l1_loss(same_a, a) + F.l1_loss(same_b, b)) / 2
                    loss = loss + 4 * args.identity * identity_loss
            of_generators.zero_grad()
            run.accelerator.backward(loss)
            _adversarial.share_gradients(run, makers)
            of_generators.step()

            for parameter in critics:
                parameter.requires_grad_(True)
            seen_a, seen_b = pool_a.exchange(made_a), pool_b.exchange(made_b)
            with run.accelerator.autocast():
                scores_a, scores_b = network.score_a(torch.cat([a, seen_a])), network.score_b(torch.cat([b, seen_b]))
                discriminator_loss = torch.zeros((), device=run.device)
                for real, made in (scores_a.float().chunk(2), scores_b.float().chunk(2)):
                    discriminator_loss = discriminator_loss + ((real - 1).square().mean() + made.square().mean()) / 2
            of_discriminators.zero_grad()
            run.accelerator.backward(discriminator_loss)
            _adversarial.share_gradients(run, critics)
            of_discriminators.step()

            _adversarial.update_average(average, network, args.ema, life.step)
            losses = {
                "generator_loss": fooling,
                "discriminator_loss": discriminator_loss,
                "cycle_loss": cycle_loss,
                "identity_loss": identity_loss,
            }
            life.count(average, **losses)
            run.count_figures(len(a), loss=fooling, **{key: losses[key] for key in list(losses)[1:]})
        run.finish_epoch({"lr": args.lr * share}, network, optimizers, average)

    if run.publishes:
        classifier = train_classifier(data, 1 if args.smoke else 30)
        released: Any = zoo.create("cyclegan", **arguments).eval()
        released.load_state_dict({key: value.cpu().half().float() for key, value in average.state_dict().items()})
        quality = measure_translations(released, classifier, data)
        run.console.print({key: quality[key] for key in ("classifier_accuracy", "smuggling")})
        run.console.print({way: {**quality[way], "probabilities": None} for way in ("a_to_b", "b_to_a")})
        preprocessing = Preprocessing("photo", 64, (0.0,) * 3, (1.0,) * 3)
        taken, count = quality["a_to_b"]["taken_for_b"], quality["samples"]
        zoo.release(
            released,
            name,
            architecture="cyclegan",
            arguments=arguments,
            task="image-to-image",
            labels=data.labels[:2],
            preprocessing=preprocessing,
            metrics=[Metric("translated", taken, data.name, "test", count)],
            golden_inputs=draw_flowers(4),
            history=run.history,
            recipe=_common.describe_recipe(run, data, "training.cyclegan"),
            card=CARD.format(
                a=data.labels[0],
                b=data.labels[1],
                accuracy=quality["classifier_accuracy"],
                taken=taken,
                back=quality["b_to_a"]["taken_for_a"],
                count=count,
                error=quality["a_to_b"]["cycle_error"],
                coarse=quality["smuggling"][BITS.index(3)]["cycle_error"],
            ),
            dataset=data.about,
            exhibit={
                **life.make_exhibit(
                    {
                        "round": {"discriminator": 1, "generator": 1},
                        "losses": {
                            "generator": "squared distance of a made picture's patch scores from 1, of both kinds",
                            "discriminator": "squared distance of the scores from 1 (real) and 0 (made), of both kinds",
                        },
                        "average": args.ema,
                    },
                    grid=6,
                ),
                "quality.json": _quality.write_quality(quality),
            },
            dtype="float16",
            root=args.zoo,
        )


CARD = """
A cycle-consistent pair of adversarial networks ([Zhu et al. 2017](https://arxiv.org/abs/1703.10593)): it makes a
{b} of a {a} and a {a} of a {b}, learnt from unpaired photographs of 64×64. `model.translate(pictures)` and
`model.translate_back(pictures)` take and give pictures in 0..1; `score_a` and `score_b` score patches.

Its figure is the share of {count} test photographs of kind {a} that a small classifier takes for {b} when they are
translated: {taken:.1%}; the other way it is {back:.1%}. The classifier was trained on the same training photographs and
is right about {accuracy:.1%} of the untouched test photographs. After A → B → A a pixel in 0..1 is {error:.3f} off on
average, and {coarse:.3f} where the picture between is kept in 3 bits a channel.

![Drawn flowers, translated, and translated back](exhibit/samples.png)

**Limits.** It changes colours and petals, hardly shapes; a photograph with more than one flower, or none, is repainted
all the same. No photograph of the data set is in this release: its pictures are of flowers drawn by a program.
"""


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
