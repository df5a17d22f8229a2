"""The model zoo: architectures to build and releases to load.

    import zoo
    model = zoo.load("lenet.mnist@v1")      # an nn.Module in eval mode, every byte checked
    scores = model(model.preprocess(picture)[None])

A version that the repository does not carry comes from the Hub's cache, or from the Hub, at the commit that the catalog
pins, and is checked the same. Importing `zoo` loads neither torch nor any weights; both come with the first `create` or
`load`.

    names, describe             which releases exist, and what the catalog says of one (a `Release` with its `Metric`)
    load                        a release as a network
    read_file, read_sums        one file of a release, checked; and every file's SHA-256
    verify                      check every file of a release
    create, register            an architecture with fresh weights; make one known (`architecture_names`)
    release, publish            write a new version: from a trained network, or from any files
    push, pull, remote          to the Hub (`Pushed`), from it, and what it has (`Remote`, `Pin`)
    verify_remote               read a version back from the Hub and check it
    folder                      the zoo that is meant where a function gets no `root`: this package's own, or the folder
                                that the environment variable TENWEEKS_ZOO names
    suggest_name                how a sentence about an unknown name goes on: "; did you mean 'lenet'?"

Whatever is refused is a `ZooError` with one sentence that says what to do: `UnknownName`, `NotHere` (it cannot be
fetched now), `DamagedRelease`, `VersionTaken`. Others' weights are in `zoo.upstream`, the zoo over HTTP is
`zoo.service`, worked examples are in `zoo.examples`, and `zoo.preprocessing` leads from a picture to a tensor.
"""

from zoo._catalog import describe, folder, names
from zoo._errors import DamagedRelease, NotHere, UnknownName, VersionTaken, ZooError, suggest_name
from zoo._format import Metric, Pin
from zoo._hub.pull import pull
from zoo._hub.push import Pushed, push
from zoo._hub.remote import Remote, remote, verify_remote
from zoo._load import load
from zoo._publish import publish, release
from zoo._registry import architecture_names, create, register
from zoo._releases import Release, read_file, read_sums, verify

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
    "folder",
    "load",
    "names",
    "publish",
    "pull",
    "push",
    "read_file",
    "read_sums",
    "register",
    "release",
    "remote",
    "suggest_name",
    "verify",
    "verify_remote",
]
