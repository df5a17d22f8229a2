"""Upstream models: torchvision's ImageNet classifiers, which the zoo can use and never carries.

    model = zoo.upstream.load("resnet50.imagenet")      # fetched at the first time, checked at every time

A weights file comes from torchvision's own address, or from the mirror that `TENWEEKS_UPSTREAM` names in its place,
and lies where torchvision itself would put it, so either finds what the other has fetched. Figures are those that
torchvision publishes with its weights (https://docs.pytorch.org/vision/stable/models.html); nothing here was measured
by us. Importing this loads neither torch nor torchvision.
"""

from __future__ import annotations

import errno
import fcntl
import functools
import hashlib
import os
import pickle
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BufferedRandom
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zoo._errors import DamagedRelease, NotHere, UnknownName, nearest
from zoo._releases import Metric
from zoo.preprocessing import Preprocessing

if TYPE_CHECKING:
    import httpx2
    from torch import nn

ADDRESS = "https://download.pytorch.org/models"
"""Where torchvision publishes; `TENWEEKS_UPSTREAM` names another place that has files of the same names."""
LICENCE = "BSD-3-Clause, as torchvision; trained on ImageNet-1K, whose pictures have terms of their own"
CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
"""The longest silence in the middle of a file."""
SLOWEST = 8_000
"""Bytes per second, over `PATIENCE_SECONDS`, below which a download is given up."""
PATIENCE_SECONDS = 20.0
PROBE_SECONDS = 15.0
"""The longest that asking what can be fetched may take; nobody waits for it, and a server that starts is busy."""
KEPT_SECONDS = 60.0
"""How long the answer to that is believed."""
TRIES = 5
"""How often a download that breaks off is taken up again, as long as each try brings something."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Upstream:
    """One of torchvision's classifiers, as torchvision describes it.

    Attributes:
        name: what `load` takes, like `"resnet50.imagenet"`.
        title: what its authors call it.
        builder: the name that `torchvision.models.get_model` takes.
        weights: the name that `torchvision.models.get_weight` takes.
        file: the weights file; eight digits of its name are the beginning of its SHA-256.
        sha256: all of that SHA-256, as the projects that pin this file publish it; "" where nobody does.
        mebibytes: size of the file.
        parameters: how many.
        gmacs: 10⁹ multiply-adds for one picture.
        accuracy: per cent right on ImageNet-1K's 50,000 validation pictures, one centre crop each.
        preprocessing: torchvision's own, from a picture to the tensor.
        convolutional: whether its layers are feature maps; a vision transformer has them only in its first layer.
    """

    name: str
    title: str
    builder: str
    weights: str
    file: str
    sha256: str
    mebibytes: float
    parameters: int
    gmacs: float
    accuracy: float
    preprocessing: Preprocessing
    convolutional: bool = True

    task = "image-classification"
    licence = LICENCE

    @property
    def reference(self) -> str:
        """As a release's; torchvision's weights have no versions here."""
        return self.name

    @property
    def digest(self) -> str:
        """What the SHA-256 of the file must begin with: all 64 digits, or those in its name."""
        return self.sha256 or self.file.rpartition("-")[2].partition(".")[0]

    @property
    def metric(self) -> Metric:
        """Published by torchvision; a fraction."""
        return Metric("accuracy", self.accuracy / 100, "imagenet", "validation", 50_000)

    @property
    def macs(self) -> int:
        """Multiply-adds for one picture, as torchvision rounds them."""
        return round(self.gmacs * 1e9)

    @property
    def bytes(self) -> int:
        """Size of the file, as torchvision rounds it."""
        return round(self.mebibytes * 2**20)

    @property
    def path(self) -> Path:
        """Where the file lies when it has been fetched."""
        return folder() / self.file

    @property
    def is_here(self) -> bool:
        """Whether it has been fetched; `load` checks the bytes."""
        return self.path.is_file()

    @functools.cached_property
    def labels(self) -> list[str]:
        """The 1,000 words, in the order of the scores; reading them imports torchvision."""
        from torchvision.models import get_weight

        return list(get_weight(self.weights).meta["categories"])

    @functools.cached_property
    def config(self) -> dict[str, Any]:
        """What a release's `config.json` says under the same keys."""
        return {
            "name": self.name,
            "architecture": self.builder,
            "task": self.task,
            "labels": self.labels,
            "preprocessing": self.preprocessing.to_config(),
            "dataset": {"name": "imagenet", "title": "ImageNet", "source": "https://www.image-net.org"},
            "metrics": [asdict(self.metric)],
            "licence": self.licence,
        }


def _prepared(resize: int, interpolation: Literal["bilinear", "bicubic"] = "bilinear") -> Preprocessing:
    return Preprocessing(
        kind="photo", size=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225),
        resize=resize, interpolation=interpolation,
    )  # fmt: skip


# A test compares every field with torchvision's own weights, and each digest with its file's name.
CATALOG = (
    Upstream(
        "mobilenet_v3_small.imagenet", "MobileNet V3 Small", "mobilenet_v3_small",
        "MobileNet_V3_Small_Weights.IMAGENET1K_V1", "mobilenet_v3_small-047dcff4.pth",
        "047dcff4addef86ea5bc2eff13c9614dc11f47ab1160d0a71a25e7db994f4e1f",
        9.829, 2_542_856, 0.057, 67.668, _prepared(256),
    ),
    Upstream(
        "mobilenet_v3_large.imagenet", "MobileNet V3 Large", "mobilenet_v3_large",
        "MobileNet_V3_Large_Weights.IMAGENET1K_V2", "mobilenet_v3_large-5c1a4163.pth",
        "5c1a416349c4cf298f2a6a5e2600ed0ee55e604713578f5e74e6bc8bcaef7997",
        21.107, 5_483_032, 0.217, 75.274, _prepared(232),
    ),
    Upstream(
        "efficientnet_b0.imagenet", "EfficientNet B0", "efficientnet_b0",
        "EfficientNet_B0_Weights.IMAGENET1K_V1", "efficientnet_b0_rwightman-7f5810bc.pth",
        "7f5810bc96def8f7552d5b7e68d53c4786f81167d28291b21c0d90e1fca14934",
        20.451, 5_288_548, 0.386, 77.692, _prepared(256, "bicubic"),
    ),
    Upstream(
        "resnet18.imagenet", "ResNet-18", "resnet18",
        "ResNet18_Weights.IMAGENET1K_V1", "resnet18-f37072fd.pth",
        "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
        44.661, 11_689_512, 1.814, 69.758, _prepared(256),
    ),
    Upstream(
        "resnet50.imagenet", "ResNet-50", "resnet50",
        "ResNet50_Weights.IMAGENET1K_V2", "resnet50-11ad3fa6.pth",
        "11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca",
        97.79, 25_557_032, 4.089, 80.858, _prepared(232),
    ),
    Upstream(
        "convnext_tiny.imagenet", "ConvNeXt Tiny", "convnext_tiny",
        "ConvNeXt_Tiny_Weights.IMAGENET1K_V1", "convnext_tiny-983f1562.pth",
        "983f1562536e84ff750a1576fb08e54de751dbf2e17c0d8a4a13704341fdcd3d",
        109.119, 28_589_128, 4.456, 82.52, _prepared(236),
    ),
    Upstream(
        "vit_b_16.imagenet", "ViT B/16", "vit_b_16",
        "ViT_B_16_Weights.IMAGENET1K_V1", "vit_b_16-c867db91.pth",
        "c867db91d3e12c6cbadabb610d73c24a546bf82d8c03a9fea34f43a712ddb0e9",
        330.285, 86_567_656, 17.564, 81.072, _prepared(256), convolutional=False,
    ),
)  # fmt: skip
"""From light to heavy."""


def names() -> list[str]:
    """Names of every upstream model, from light to heavy."""
    return [model.name for model in CATALOG]


def describe(name: str) -> Upstream:
    """What is known of an upstream model, without fetching it.

    Raises:
        UnknownName: there is none of that name; the message names the nearest.
    """
    for model in CATALOG:
        if model.name == name:
            return model
    bare = name.partition("@")[0]
    if bare != name and bare in names():
        raise UnknownName(f"{bare} is torchvision's and has no versions here: leave out {name[len(bare) :]!r}.")
    raise UnknownName(f"No upstream model is called {name!r}{nearest(name, names())}")


def folder() -> Path:
    """`torch.hub.get_dir()/checkpoints`, where torchvision keeps its weights; found without importing torch."""
    hub: Any = getattr(sys.modules.get("torch"), "hub", None)
    if hasattr(hub, "get_dir"):
        return Path(hub.get_dir()) / "checkpoints"
    home = os.environ.get("TORCH_HOME")
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "torch") if home is None else Path(home)
    return cache.expanduser() / "hub" / "checkpoints"


def address() -> str:
    """The prefix of every file's address, without a slash at its end."""
    return os.environ.get("TENWEEKS_UPSTREAM", "").rstrip("/") or ADDRESS


# ---------------------------------------------------------------------------------------------------- what can be had

_ASKING = threading.Lock()
_ONCE = "The weights have to be fetched once"
_answer: tuple[str, float, dict[str, str]] = ("", 0.0, {})


def missing() -> dict[str, str]:
    """Why a model cannot be had now, in one sentence, by name; those that are here or can be fetched are left out.

    Asks the address for each file that is not here, within `PROBE_SECONDS` altogether, and believes the answer for a
    minute; with `HF_HUB_OFFLINE=1` nobody is asked.
    """
    global _answer
    absent = [model for model in CATALOG if not model.is_here]
    if not absent:
        return {}
    if is_offline():
        return dict.fromkeys((model.name for model in absent), f"{_ONCE}, and HF_HUB_OFFLINE is set.")
    with _ASKING:
        place, asked, reasons = _answer
        if place != address() or time.monotonic() - asked > KEPT_SECONDS:
            reasons = _ask(absent)
            _answer = address(), time.monotonic(), reasons
    return {model.name: reasons[model.name] for model in absent if model.name in reasons}


def is_offline() -> bool:
    """Whether the environment forbids the network, in the Hub's own words."""
    said = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return said.upper() in {"1", "ON", "YES", "TRUE"}


def _ask(models: list[Upstream]) -> dict[str, str]:
    import httpx2

    reasons: dict[str, str] = {}
    started, silent = time.monotonic(), ""
    with _client(read=CONNECT_SECONDS) as client:
        for model in models:
            if not silent and time.monotonic() - started > PROBE_SECONDS - CONNECT_SECONDS:
                silent = f"{_ONCE}, and {_host()} answers too slowly."
            if silent:
                reasons[model.name] = silent
                continue
            try:
                _refuse_status(client.head(f"{address()}/{model.file}").status_code, "these weights")
            except NotHere as refusal:
                reasons[model.name] = str(refusal)
            except (httpx2.TransportError, httpx2.InvalidURL):
                silent = reasons[model.name] = f"{_ONCE}, and {_host()} does not answer."
    return reasons


def _client(read: float) -> httpx2.Client:
    import httpx2

    timeout = httpx2.Timeout(read, connect=CONNECT_SECONDS)
    return httpx2.Client(timeout=timeout, headers={"User-Agent": "tenweeks", "Accept-Encoding": "identity"})


def _host() -> str:
    import httpx2

    try:
        return httpx2.URL(address()).netloc.decode() or address()
    except httpx2.InvalidURL:
        return address()


def _refuse_status(status: int, what: str) -> None:
    """404 and its like mean that the file is not there, 500 and more that the server is ill; it may not know HEAD."""
    if status in (401, 403, 404, 410):
        raise NotHere(f"{_host()} does not have {what}.")
    if status >= 500 and status != 501:
        raise NotHere(f"{_host()} answers {status} for {what}: try again later.")


# ---------------------------------------------------------------------------------------------------- fetching


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Fetch a model's weights file unless it is here; `progress(bytes done, bytes in all)` is called as it comes.

    Raises:
        UnknownName: there is no such model.
        NotHere: it cannot be had: no network, no answer, an error, no room on the disk. What has come of it is
            kept as `*.part` and taken up again by the next try.
        DamagedRelease: what came is not the file that torchvision published; nothing of it was kept.
    """
    model = describe(name)
    for done, total in fetching(name):
        if progress is not None:
            progress(done, total)
    return model.path


def fetching(name: str) -> Iterator[tuple[int, int]]:
    """As `fetch`, a step at a time: bytes done and bytes in all, until the file is in its place.

    Whoever asks first downloads; others, in this process or in any other, see the same file grow. A lock that dies
    with its process guards the `*.part`, and only a file whose SHA-256 is right gets its name.
    """
    model = describe(name)
    target = model.path
    if target.is_file():
        return
    if is_offline():
        raise NotHere(
            f"{name} is not on this machine and HF_HUB_OFFLINE is set: unset it, or put {model.file} into "
            f"{_shown(target.parent)}."
        )
    part = target.with_name(f"{target.name}.part")
    with _storing(model):
        target.parent.mkdir(parents=True, exist_ok=True)
    while not target.is_file():
        with _storing(model):
            handle = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+b")
        with handle:
            if not _lock(handle):
                yield os.fstat(handle.fileno()).st_size, model.bytes
                time.sleep(0.1)
            elif _is_at(handle, part):  # else its owner gave it its name, or took it away, while we opened it
                if not target.is_file():
                    yield from _download(model, handle, part)
                    with _storing(model):
                        os.fsync(handle.fileno())
                        part.rename(target)
                        _sync(target.parent)
                else:
                    part.unlink()


def _lock(handle: BufferedRandom) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(handle: BufferedRandom, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _storing(model: Upstream, part: Path | None = None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        needs = f"{model.bytes / 1e6:.0f} MB" if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else "it"
        raise NotHere(
            f"{model.name} cannot be stored in {_shown(model.path.parent)} ({error.strerror or error}): make room for "
            f"{needs} there, or set TORCH_HOME to another folder."
        ) from error


def _download(model: Upstream, handle: BufferedRandom, part: Path) -> Iterator[tuple[int, int]]:
    """Fill the open `*.part`, from where an earlier try left it, until its SHA-256 is right."""
    import httpx2

    most = round(model.bytes * 1.01) + 4096  # torchvision rounds sizes to a thousandth of a mebibyte
    digest, done = _hashed(handle)
    with _storing(model, part):
        if shutil.disk_usage(part.parent).free < model.bytes - done:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    taken_up, broken, tries = done > 0, False, 0
    with _client(READ_SECONDS) as client:
        while True:
            before = done
            try:
                with _answered(client, model, done) as response:
                    if response.status_code != 206 and done:  # the whole file instead of what is left of it
                        if broken and response.status_code == 200:
                            raise NotHere(
                                f"The connection to {_host()} broke after {_megabytes(done, model)} of {model.file}, "
                                "and it cannot send the rest alone: try again."
                            )
                        if response.status_code == 200:
                            digest, done, taken_up = hashlib.sha256(), 0, False
                            handle.seek(0)
                            handle.truncate()
                    total = model.bytes
                    if response.status_code != 416 and "Content-Length" in response.headers:
                        total = done + int(response.headers["Content-Length"])
                    if total > most:
                        part.unlink()
                        raise DamagedRelease(_too_long(model))
                    since, then = time.monotonic(), done
                    for block in response.iter_raw() if response.status_code != 416 else ():
                        if done + len(block) > most:
                            part.unlink()
                            raise DamagedRelease(_too_long(model))
                        with _storing(model, part):
                            handle.write(block)
                            handle.flush()
                        digest.update(block)
                        done += len(block)
                        yield done, total
                        if time.monotonic() - since > PATIENCE_SECONDS:
                            if done - then < SLOWEST * PATIENCE_SECONDS:
                                raise NotHere(
                                    f"{_host()} sends {model.file} too slowly: {_megabytes(done, model)} have come and "
                                    "are kept; try again later."
                                )
                            since, then = time.monotonic(), done
            except (httpx2.TransportError, httpx2.InvalidURL) as error:
                tries += 1
                if done == before or tries == TRIES:
                    raise NotHere(_broken(model, done, error)) from error
                broken = True
                continue
            if digest.hexdigest().startswith(model.digest):
                return
            if not taken_up:
                part.unlink()
                raise DamagedRelease(
                    f"What {_host()} sent as {model.file} is not the file that torchvision published (its SHA-256 is "
                    "another), so nothing was kept: set TENWEEKS_UPSTREAM to a mirror that has it."
                )
            # An earlier try, or a power cut, left something wrong: once more from the beginning.
            digest, done, taken_up, broken = hashlib.sha256(), 0, False, False
            handle.seek(0)
            handle.truncate()


def _hashed(handle: BufferedRandom) -> tuple[Any, int]:
    """The digest of what an earlier try left, and how much that is; the file is then at its end."""
    digest, done = hashlib.sha256(), 0
    while block := handle.read(1 << 20):
        digest.update(block)
        done += len(block)
    return digest, done


@contextmanager
def _answered(client: httpx2.Client, model: Upstream, done: int) -> Iterator[httpx2.Response]:
    """A response whose body is the file from byte `done` on (206), all of it (200), or no more of it (416)."""
    import httpx2

    url = httpx2.URL(f"{address()}/{model.file}")
    headers = {"Range": f"bytes={done}-"} if done else {}
    for _ in range(5):
        with client.stream("GET", url, headers=headers) as response:
            if response.has_redirect_location:
                there = url.join(response.headers["Location"])
                if (there.host, there.port) != (url.host, url.port):
                    raise NotHere(
                        f"{_host()} sends everybody who asks for {model.file} on to {there.host}: if that is right, "
                        "set TENWEEKS_UPSTREAM to the address there."
                    )
                url = there
                continue
            _refuse_status(response.status_code, model.file)
            start = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
            partly = response.status_code == 206 and start == str(done)
            if not partly and response.status_code != 200 and not (response.status_code == 416 and done):
                raise NotHere(f"{_host()} answers {response.status_code} for {model.file}, which is no file.")
            yield response
            return
    raise NotHere(f"{_host()} sends everybody who asks for {model.file} in a circle.")


def _broken(model: Upstream, done: int, error: Exception) -> str:
    if done:
        return (
            f"The connection to {_host()} broke after {_megabytes(done, model)} of {model.file}: try again, and the "
            "rest is fetched."
        )
    why = f"{_host()} does not answer" if "Connect" in type(error).__name__ else f"{_host()} breaks off"
    return f"{model.name} has to be fetched once, and {why}: connect to a network and try again."


def _too_long(model: Upstream) -> str:
    return f"What {_host()} sends as {model.file} is longer than the file that torchvision published: nothing was kept."


def _megabytes(done: int, model: Upstream) -> str:
    return f"{done / 1e6:.1f} of {model.bytes / 1e6:.1f} MB"


def _shown(path: Path) -> str:
    """A path as a person writes it; a page need not tell where somebody's home is."""
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)


# ---------------------------------------------------------------------------------------------------- loading


def load(name: str, progress: Progress | None = None) -> nn.Module:
    """An upstream model with its weights: fetched if need be, and every byte checked each time.

    The module is in eval mode, frozen, float32 on the processor, takes N×3×224×224 and gives N×1,000 scores; it
    carries `release` (an `Upstream`), `labels` and `preprocess` as any model of the zoo. On a terminal a bar shows
    the download, unless `progress` is given.

    Raises:
        UnknownName, NotHere: as `fetch`.
        DamagedRelease: the file is not the one that torchvision published; the message names it.
    """
    import torch
    from torchvision.models import get_model

    known = describe(name)
    if not known.is_here:
        with _bar(known) if progress is None else _given(progress) as shown:
            fetch(name, shown)
    try:
        with known.path.open("rb") as file:
            if not hashlib.file_digest(file, "sha256").hexdigest().startswith(known.digest):
                raise DamagedRelease(
                    f"{_shown(known.path)} is not the file that torchvision published, so nothing was loaded: delete "
                    "it, and it is fetched again."
                )
            file.seek(0)
            weights = torch.load(file, map_location="cpu", weights_only=True)
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            model: Any = get_model(known.builder, weights=None)
        # Assigned, not copied: 86 million random numbers need not be drawn to be overwritten.
        model.load_state_dict(weights, strict=True, assign=True)
    except OSError as error:
        raise DamagedRelease(f"{_shown(known.path)} cannot be read ({error.strerror}): delete it.") from error
    except (RuntimeError, TypeError, EOFError, pickle.UnpicklingError) as error:
        raise DamagedRelease(f"{_shown(known.path)} holds no weights of {known.title}: delete it.") from error
    model.release = known
    model.labels = known.labels
    model.preprocess = known.preprocessing
    return model.float().eval().requires_grad_(False)


@contextmanager
def _bar(model: Upstream) -> Iterator[Progress | None]:
    """A bar on the terminal; nothing where nobody watches one."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(model.file, total=model.bytes)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _given(progress: Progress) -> Iterator[Progress]:
    yield progress
