"""A small vision transformer on CIFAR-10: https://arxiv.org/abs/2010.11929, from scratch.

    python -m training.vit

Thirty epochs at 32 px in patches of 4 px; the first twenty see a random half of the patches
(https://arxiv.org/abs/2208.07220), which halves the cost of a step. Random shift, flip and one RandAugment operation a
group of pictures. Muon (https://arxiv.org/abs/2502.16982) for the matrices of the blocks, AdamW for the rest, one
cosine from a short warm-up to zero.
"""

import functools
import itertools
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
import tyro
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms import v2

import zoo
from training import _common, _data
from zoo import examples
from zoo.preprocessing import Preprocessing


@dataclass
class Args(_common.CommonArgs):
    epochs: int = 30
    """Passes over the 50,000 training pictures."""
    half_epochs: int = 20
    """How many of them, at the beginning, see only a random half of each picture's patches."""
    batch_size: int = 128
    """Pictures per step, over all processes together."""
    matrix_lr: float = 2e-3
    """Muon's learning rate at the top, in AdamW's scale (section 2.2 of the Muon report)."""
    other_lr: float = 1e-3
    """AdamW's learning rate at the top: embeddings, norms, biases, head."""
    warmup: float = 0.05
    """Fraction of the steps on the way up."""
    weight_decay: float = 0.05
    """Decoupled weight decay on the matrices."""
    label_smoothing: float = 0.1
    """Share of the target that is spread over all ten classes."""
    group: int = 8
    """How many pictures share one draw of RandAugment."""
    magnitude: int = 10
    """Strength of RandAugment, out of 30 (https://arxiv.org/abs/1909.13719)."""


def main(args: Args) -> None:
    if args.smoke:
        args.epochs, args.half_epochs, args.batch_size = 2, 1, 16
    run = _common.Run("vit.cifar10", args)
    data = _data.load_dataset("cifar10", args.data, args.smoke)
    train = run.make_loader(data.train_images, data.train_labels, args.batch_size, train=True)

    arguments = {"num_classes": 10, "dim": 192, "depth": 8, "heads": 6, "hidden": 384}
    if args.smoke:
        arguments |= {"dim": 24, "depth": 2, "heads": 2, "hidden": 48}
    model = zoo.create("vit", **arguments)
    matrices = [p for name, p in model.blocks.named_parameters() if p.ndim == 2]  # type: ignore[union-attr]
    chosen = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in chosen]
    muon = torch.optim.Muon(matrices, lr=args.matrix_lr, weight_decay=args.weight_decay, adjust_lr_fn="match_rms_adamw")
    adamw = torch.optim.AdamW(others, lr=args.other_lr, weight_decay=0.0, betas=(0.9, 0.98))
    model, *optimizers = run.accelerator.prepare(model, muon, adamw)
    peaks = (args.matrix_lr, args.other_lr)
    steps = args.epochs * len(train)
    randaugment = v2.RandAugment(num_ops=1, magnitude=args.magnitude, interpolation=v2.InterpolationMode.BILINEAR)

    for epoch in range(run.resume(model, optimizers), args.epochs):
        model.train()
        for step, (images, labels) in enumerate(run.iterate_epoch(epoch, train), start=epoch * len(train)):
            share = schedule_rate(step, steps, args.warmup)
            for optimizer, peak in zip(optimizers, peaks, strict=True):
                for group in optimizer.param_groups:
                    group["lr"] = peak * share
            keep = choose_half_of_patches(images) if epoch < args.half_epochs else None
            scores = model(augment(images, data, randaugment, args.group), keep)
            loss = F.cross_entropy(scores, labels, label_smoothing=args.label_smoothing)
            run.accelerator.backward(loss)
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad()
            run.count_batch(loss, scores, labels)
        run.finish_epoch({"lr": peaks[0] * share, **run.evaluate(model, data)}, model, optimizers)

    if run.publishes:
        preprocessing = Preprocessing("photo", 32, data.mean, data.std)
        network, dtype, accuracy = _common.choose_storage(run, model, data, preprocessing, "vit", arguments)
        inputs = _common.prepare_pictures(preprocessing, data.test_images).to(run.device)
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            heads = measure_heads(network.to(run.device), inputs, data.test_labels, accuracy.value)
        photos = [preprocessing(Image.open(path)) for path in examples.example_pictures().values()]
        zoo.release(
            network,
            "vit.cifar10",
            architecture="vit",
            arguments=arguments,
            task="image-classification",
            labels=data.labels,
            preprocessing=preprocessing,
            metrics=[accuracy],
            golden_inputs=torch.stack(photos),
            history=run.history,
            recipe=_common.describe_recipe(run, data, "training.vit"),
            card=CARD,
            dataset=data.about,
            exhibit={"heads.csv": heads.encode()},
            dtype=dtype,
            root=args.zoo,
        )


def schedule_rate(step: int, steps: int, warmup: float) -> float:
    """Share of the peak learning rate: a line up, then half a cosine down to zero."""
    rise = warmup * steps
    return (step + 1) / rise if step < rise else 0.5 * (1 + math.cos(math.pi * (step - rise) / (steps - rise)))


def augment(images: Tensor, data: _data.Dataset, randaugment: v2.RandAugment, group: int) -> Tensor:
    """uint8 N×3×32×32 -> float N×3×32×32: one random operation a group, normalised, shifted, flipped."""
    images = torch.cat([randaugment(part) for part in images.split(group)])
    return _data.flip(_data.shift(data.normalise(images), pixels=4)).contiguous()


def choose_half_of_patches(images: Tensor, patches: int = 64) -> Tensor:
    """N×... -> N×patches/2 int64: for each picture, distinct indices in random order."""
    return torch.rand(len(images), patches, device=images.device).argsort(1)[:, : patches // 2]


def measure_heads(network: nn.Module, inputs: Tensor, labels: Tensor, full: float) -> str:
    """Accuracy on these inputs without each head, and without all heads of a block (`head` empty), as CSV."""
    depth, heads = len(network.blocks), network.blocks[0].attn.heads  # type: ignore[arg-type,index,union-attr]
    rows = [f"block,head,accuracy,lost\n,,{full},0\n"]
    for block, head in itertools.product(range(depth), [None, *range(heads)]):
        keep = torch.ones(depth, heads, device=inputs.device)
        keep[block, slice(None) if head is None else head] = 0
        answers = _common.answer_pictures(functools.partial(network, heads=keep), inputs)
        accuracy = float((answers == labels).double().mean())
        rows.append(f"{block},{'' if head is None else head},{accuracy},{full - accuracy:.4f}\n")
    return "".join(rows)


CARD = """
A vision transformer ([Dosovitskiy et al. 2020](https://arxiv.org/abs/2010.11929)) small enough for 32-pixel
photographs: 64 patches of 4×4 pixels and a class token, 8 blocks of 6 heads, 192 dimensions; trained from scratch on
CIFAR-10: airplane, automobile, bird, cat, deer, dog, frog, horse, ship or truck.

It is made to be looked into: what each head looks at, and what is lost without it. It has no convolution that would
tell it which patches are neighbours: that, too, it learnt from 50,000 pictures, with no pretraining.

**Limits.** It knows ten words and always answers with one of them, for a portrait too; its probabilities say how it was
trained (with smoothed labels), not how likely it is to be right on a photograph unlike CIFAR-10's.
"""


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
