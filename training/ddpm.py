"""Diffusion on MNIST or Fashion-MNIST, with the class to be drawn as a wish: https://arxiv.org/abs/2006.11239

    python -m training.ddpm                           ddpm.mnist
    python -m training.ddpm --dataset fashionmnist    ddpm.fashionmnist

diffusers' U-Net learns v, a mixture of noise and picture, from pictures at all levels of noise; in a tenth of them the
class is withheld, so that a sample can be guided towards one. AdamW under a cosine learning rate, and an exponential
moving average of the weights, which is what is measured and released: an hour and a half on one core. The measurement
takes some forty minutes; what it has drawn lies beside the checkpoint, so that it too goes on where it was.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
import tyro
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

import zoo
from from_scratch.generative import linear_betas, remaining_signal
from training import _common, _data, _diffusion, _quality
from zoo.architectures.ddpm import DDPM, LEVELS


@dataclass
class Args(_common.CommonArgs):
    dataset: Literal["mnist", "fashionmnist"] = "mnist"
    """Digits, or garments."""
    epochs: int = 40
    """Passes over a half of the 60,000 training pictures, both halves in turn: a checkpoint every few minutes."""
    batch_size: int = 128
    """Pictures per step, over all processes together."""
    peak_lr: float = 2e-3
    """Learning rate after the warm-up, the first twentieth of all steps."""
    weight_decay: float = 0.0
    """Decoupled weight decay (https://arxiv.org/abs/1711.05101)."""
    ema: float = 0.999
    """Decay of the moving average per step."""
    withheld: float = 0.1
    """In this share of the pictures the network is not told the class."""
    widths: list[int] = field(default_factory=lambda: [24, 48])
    """Maps of the U-Net at 14×14 and at 7×7; a multiple of eight."""


class Objective(nn.Module):
    """The network with its loss, so that each process makes all of it in one forward pass."""

    def __init__(self, network: DDPM, withheld: float):
        super().__init__()
        self.network, self.withheld = network, withheld
        alphas = remaining_signal(linear_betas()).float()
        self.register_buffer("kept", alphas.sqrt(), persistent=False)
        self.register_buffer("lost", (1 - alphas).sqrt(), persistent=False)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """uint8 N×1×28×28 and int64 N -> mean squared error of v, at times spread evenly over all levels."""
        x = images.float() / 127.5 - 1
        count = len(x)
        places = (torch.rand(1, device=x.device) + torch.arange(count, device=x.device) / count) % 1
        t = (places * LEVELS).long().clamp_max(LEVELS - 1)
        hidden = torch.rand(count, device=x.device) < self.withheld
        labels = torch.where(hidden, self.network.classes, labels)
        noise = torch.randn_like(x)
        kept, lost = (levels[t].view(-1, 1, 1, 1) for levels in (self.kept, self.lost))  # type: ignore[index]
        v = kept * noise - lost * x
        return (self.network(kept * x + lost * noise, t, labels) - v).square().mean()


@torch.no_grad()
def measure_loss(network: Any, data: _data.Dataset, device: torch.device) -> float:
    """The loss on the first thousand test pictures, told their classes, always with the same noise."""
    objective = Objective(network, 0.0).to(device).eval()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        parts = zip(data.test_images[:1000].split(250), data.test_labels[:1000].split(250), strict=True)
        losses = [float(objective(images.to(device), labels.to(device))) for images, labels in parts]
    return sum(losses) / len(losses)


def main(args: Args) -> None:
    if args.smoke:
        args.epochs, args.ema, args.widths = 2, 0.5, [8, 8]
    name = f"ddpm.{args.dataset}"
    run = _common.Run(name, args)
    data = _data.load_dataset(args.dataset, args.data, args.smoke)
    judge = _quality.load_judge(data, args.zoo)
    halves = [
        run.make_loader(data.train_images[half::2], data.train_labels[half::2], args.batch_size, train=True)
        for half in (0, 1)
    ]

    arguments = {"widths": args.widths, "classes": len(data.labels)}
    network = zoo.create("ddpm", **arguments)
    assert isinstance(network, DDPM)
    model: nn.Module = Objective(network, args.withheld)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.peak_lr, weight_decay=args.weight_decay)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(args.ema)).to(run.device)
    model, optimizer = run.accelerator.prepare(model, optimizer)
    total = args.epochs * len(halves[0])

    for epoch in range(run.resume(model, [optimizer], average), args.epochs):
        model.train()
        for step, (images, labels) in enumerate(run.iterate_epoch(epoch, halves[epoch % 2])):
            done = (epoch * len(halves[0]) + step) / total
            lr = args.peak_lr * min(1, 0.01 + done / 0.05) * (1 + np.cos(np.pi * done)) / 2
            for group in optimizer.param_groups:
                group["lr"] = float(lr)
            loss = model(images, labels)
            run.accelerator.backward(loss)
            run.accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            average.update_parameters(network)
            run.count_figures(len(images), loss=loss)
        test_loss = measure_loss(average.module.eval(), data, run.device)
        run.finish_epoch({"lr": float(lr), "test_loss": test_loss}, model, [optimizer], average)

    if run.publishes:
        _diffusion.release_denoiser(run, data, judge, average.module, name, arguments, CARD.format(title=data.title))


CARD = """
A diffusion model ([Ho et al. 2020](https://arxiv.org/abs/2006.11239)) of {title}: from noise, in 5 to 1,000 steps,
comes a picture of the class that is asked for. diffusers' own `UNet2DModel` predicts v
([Salimans and Ho 2022](https://arxiv.org/abs/2202.00512)) of pictures in -1..1; one class more than the data has stands
for any, for guidance without a classifier ([Ho and Salimans 2022](https://arxiv.org/abs/2207.12598)).

The folder is laid out as diffusers does. The U-Net sees 2×2 pixels as four channels of one place; `DDPMPipeline`'s own
call asks for no class, so the loop is written out:

```python
import torch
from diffusers import DPMSolverMultistepScheduler, UNet2DModel
unet = UNet2DModel.from_pretrained(folder, subfolder="unet")
scheduler = DPMSolverMultistepScheduler.from_pretrained(folder, subfolder="scheduler")
scheduler.set_timesteps(10)
x, classes = torch.randn(10, 4, 14, 14), torch.arange(10)
for t in scheduler.timesteps:
    x = scheduler.step(unet(x, t, classes).sample, t, x).prev_sample
pictures = torch.nn.functional.pixel_shuffle(x, 2)
```

**Limits.** Small, and trained for an hour and a half of one core: some strokes break or end in nothing, and strong
guidance makes all pictures of a class alike.
"""


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
