"""The model zoo: architectures to build and releases to load.

    import zoo
    model = zoo.load("lenet.mnist@v1")      # an nn.Module in eval mode, every byte checked
    scores = model(model.preprocess(picture)[None])

Importing it loads neither torch nor any weights; both come with the first `create` or `load`.
"""

from zoo._errors import DamagedRelease, UnknownName, VersionTaken, ZooError
from zoo._load import load
from zoo._publish import release
from zoo._registry import architecture_names, create, register
from zoo._releases import Metric, Release, describe, names, verify

__all__ = [
    "DamagedRelease",
    "Metric",
    "Release",
    "UnknownName",
    "VersionTaken",
    "ZooError",
    "architecture_names",
    "create",
    "describe",
    "load",
    "names",
    "register",
    "release",
    "verify",
]
