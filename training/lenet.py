"""LeNet-5 on MNIST: http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf

    python -m training.lenet

AdamW under a cosine learning rate, pictures tilted, scaled and shifted a little, and an exponential moving average of
the weights, which is what is measured and released. It prints how long training took to reach 99 % on the test set.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
import tyro
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

import zoo
from training import _common, _data
