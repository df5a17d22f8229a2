"""LeNet-5. LeCun et al., "Gradient-based learning applied to document recognition" (1998),
http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf

The modern reading of figure 2: the second convolution sees all six maps, ReLU and max pooling replace
tanh and trainable subsampling, and a linear layer replaces the Gaussian connections.
"""

from torch import Tensor, nn

from zoo import register


class LeNet(nn.Module):
    def __init__(self, num_classes: int, in_channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 6, 5, padding=2)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.relu3 = nn.ReLU()
        self.fc2 = nn.Linear(120, 84)
        self.relu4 = nn.ReLU()
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool1(self.relu1(self.conv1(x)))  # N×1×28×28 -> N×6×28×28 -> N×6×14×14
        x = self.pool2(self.relu2(self.conv2(x)))  # -> N×16×10×10 -> N×16×5×5
        x = self.relu3(self.fc1(x.flatten(1)))  # -> N×400 -> N×120
        x = self.relu4(self.fc2(x))  # -> N×84
        return self.fc3(x)  # -> N×classes


@register
def lenet(num_classes: int = 10, in_channels: int = 1) -> LeNet:
    """LeNet-5 for 28×28 pictures: 61,706 parameters with its defaults."""
    return LeNet(num_classes, in_channels)
