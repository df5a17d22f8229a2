"""The model zoo: architectures to build and releases to load.

    import zoo
    model = zoo.load("lenet.mnist@v1")      # an nn.Module in eval mode, every byte checked
    scores = model(model.preprocess(picture)[None])

A version that the repository does not carry comes from the Hub's cache, or from the Hub, at the commit that the catalog
pins, and is checked the same. Importing it loads neither torch nor any weights; both come with the first `create` or
`load`.
"""

from zoo._cache import Pin
from zoo._errors import DamagedRelease, NotHere, UnknownName, VersionTaken, ZooError
from zoo._hub import Pushed, Remote, pull, push, remote
from zoo._load import load
from zoo._publish import release
from zoo._registry import architecture_names, create, register
from zoo._releases import Metric, Release, describe, names, verify

__all__ = [
    "DamagedRelease",
    "Metric",
    "NotHere",
    "Pin",
    "Pushed",
    "Release",
    "Remote",
    "UnknownName",
    "VersionTaken",
    "ZooError",
    "architecture_names",
    "create",
    "describe",
    "load",
    "names",
    "pull",
    "push",
    "register",
    "release",
    "remote",
    "verify",
]
