"""Multilayer perceptron. Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors" (1986),
https://doi.org/10.1038/323533a0; ReLU after Glorot, Bordes and Bengio (2011); dropout after
https://jmlr.org/papers/v15/srivastava14a.html
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from zoo import register


class MLP(nn.Module):
    def __init__(self, in_features: int, hidden: Sequence[int], num_classes: int, dropout: float):
        super().__init__()
        layers: list[nn.Module] = []
        for fan_in, fan_out in pairwise([in_features, *hidden]):
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU(), nn.Dropout(dropout)]
        self.hidden = nn.Sequential(*layers)
        self.head = nn.Linear([in_features, *hidden][-1], num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)  # N×1×28×28 -> N×784
        return self.head(self.hidden(x))  # -> N×512 -> N×256 -> N×classes


@register
def mlp(in_features: int = 784, hidden: Sequence[int] = (512, 256), num_classes: int = 10, dropout: float = 0.0) -> MLP:
    """Fully connected ReLU layers: 784-512-256-10 with its defaults, 535,818 parameters."""
    return MLP(in_features, hidden, num_classes, dropout)
