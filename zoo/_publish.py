"""Publishing a release: written aside, synced, renamed once, and only then entered in the catalog.

A publisher that is killed at any moment leaves the old state or the new one: a folder that the catalog does not know
is not a release, and the next publisher removes it.
"""

from __future__ import annotations

import collections
import csv
import datetime
import fcntl
import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zoo._catalog import Catalog, describe, folder, read_catalog
from zoo._errors import VersionTaken, ZooError
from zoo._format import NAME, SUMS, VERSION, WEIGHTS, Metric, Pin, name_submodule, version_number, write_sums
from zoo._releases import Release
from zoo._sync import sync

if TYPE_CHECKING:
    from torch import Tensor, nn

    from zoo.preprocessing import Preprocessing


def release(
    model: nn.Module,
    name: str,
    *,
    architecture: str,
    arguments: Mapping[str, Any],
    task: str,
    labels: Sequence[str],
    preprocessing: Preprocessing,
    metrics: Sequence[Metric],
    golden_inputs: Tensor,
    history: Sequence[Mapping[str, float]],
    recipe: Mapping[str, Any],
    card: str,
    dataset: Mapping[str, str],
    exhibit: Mapping[str, bytes] | None = None,
    weights_file: str = WEIGHTS,
    files: Mapping[str, bytes] | None = None,
    dtype: Literal["float16", "float32"] = "float32",
    version: str | None = None,
    root: Path | None = None,
) -> Release:
    """Write a new version of `name` and enter it in the catalog.

    Args:
        model: trained weights, any device; stored as `dtype`.
        golden_inputs: N×C×H×W float32; what the stored weights answer to them is kept beside them.
        metrics: the first is the one that tables show.
        card: the model card's prose, in Markdown; figures, data and commands are written from the other arguments.
        dataset: `name`, `title`, `licence` and `source` of the training data.
        exhibit: further files for a tab that shall not compute them again, by their path below `exhibit/`.
        weights_file: where the weights lie; in a folder, those of the submodule with the folder's name, as diffusers
            lays out a pipeline. That submodule holds all weights of the model.
        files: what else such a layout has, by path.
        version: `"v2"`; without it, the next one.
        root: another zoo's folder than the repository's own.

    Raises:
        VersionTaken: the version exists; versions are immutable.
        ZooError: the name or version is not a legal one.
    """
    import torch
    from safetensors.torch import save

    from from_scratch import complexity
    from zoo._card import write_card
    from zoo._registry import create

    if not NAME.fullmatch(name):
        raise ZooError(
            f"A release is called <architecture>.<dataset> in small letters, like 'lenet.mnist', not {name!r}."
        )
    if version is not None and not VERSION.fullmatch(version):
        raise ZooError(f"A version is 'v1', 'v2', and so on, not {version!r}.")
    root = root or folder()

    stored = {
        key: value.detach().cpu().contiguous().to(getattr(torch, dtype) if value.is_floating_point() else value.dtype)
        for key, value in model.get_submodule(name_submodule(weights_file)).state_dict().items()
    }
    twin = create(architecture, **arguments)
    twin.get_submodule(name_submodule(weights_file)).load_state_dict(
        {k: v.float() if v.is_floating_point() else v for k, v in stored.items()}, strict=True
    )
    golden_inputs = golden_inputs.detach().cpu().float().contiguous()
    with torch.inference_mode():
        golden_outputs = twin.eval()(golden_inputs).contiguous()
    input_shape = tuple(golden_inputs.shape[1:])
    created = datetime.datetime.now(datetime.UTC).date().isoformat()
    summary = {
        "created": created,
        "architecture": architecture,
        "task": task,
        "metric": asdict(metrics[0]),
        "parameters": complexity.parameters(twin),
        "macs": complexity.macs(twin, input_shape),
    }

    def make_files(version: str) -> dict[str, bytes]:
        config = {
            "name": name,
            "version": version,
            **summary,
            "arguments": dict(arguments),
            "input_shape": list(input_shape),
            "labels": list(labels),
            "preprocessing": preprocessing.to_config(),
            "metrics": [asdict(metric) for metric in metrics],
            "layers": _count_layers(twin),
            "weights": dtype,
            **({"weights_file": weights_file} if weights_file != WEIGHTS else {}),
            "dataset": dict(dataset),
            "recipe": dict(recipe),
        }
        return {
            "README.md": write_card(config, card).encode(),
            "config.json": (json.dumps(config, indent=1, ensure_ascii=False) + "\n").encode(),
            "golden.safetensors": save({"inputs": golden_inputs, "outputs": golden_outputs}),
            "history.csv": _format_csv(history).encode(),
            weights_file: save(stored, metadata={"format": "pt"}),
            **(files or {}),
            **{f"exhibit/{path}": content for path, content in (exhibit or {}).items()},
        }

    return describe(f"{name}@{publish(root, name, version, make_files, summary)}", root)


def publish(
    root: Path,
    name: str,
    version: str | None,
    files: Callable[[str], Mapping[str, bytes]],
    summary: Mapping[str, Any],
) -> str:
    """Put one version's files in place and enter them in the catalog; returns the version, the next one by default.

    Raises:
        VersionTaken: the version exists; of several publishers of one version exactly one does not meet this.
    """
    with _hold_lock(root):
        catalog = read_catalog(root)
        known = catalog.get(name, {})
        version = version or f"v{max(map(version_number, known), default=0) + 1}"
        if version in known:
            raise VersionTaken(f"{name}@{version} is published already and never changes: publish the next version.")
        contents = files(version)
        home = root / "releases" / name
        home.mkdir(exist_ok=True)
        for stranger in home.iterdir():
            if stranger.name not in known:
                shutil.rmtree(stranger)  # what an earlier publisher left when it died

        sums = write_sums(contents)
        draft = home / f".{version}.part"
        draft.mkdir()
        for file, content in {**contents, SUMS: sums}.items():
            (draft / file).parent.mkdir(parents=True, exist_ok=True)
            _write_synced(draft / file, content)
        for inner in [*(path for path in draft.rglob("*") if path.is_dir()), draft]:
            sync(inner)
        draft.rename(home / version)
        for outer in (home, home.parent, root):
            sync(outer)

        size = sum(len(content) for content in contents.values())
        entry = {"digest": hashlib.sha256(sums).hexdigest(), **summary, "bytes": size}
        _write_entry(root, catalog, name, version, entry)
        return version


def pin_version(root: Path, name: str, version: str, hub: Pin, entry: Mapping[str, Any] | None = None) -> None:
    """Write into the catalog where a version lives; `entry`, for a version that the catalog has not, is entered too.

    Raises:
        VersionTaken: the catalog has this version with other bytes.
        ZooError: the catalog has no such version and no `entry` was given.
    """
    with _hold_lock(root):
        catalog = read_catalog(root)
        known = catalog.get(name, {}).get(version)
        if known is None and entry is None:
            raise ZooError(f"The catalog has no {name}@{version} to pin.")
        if known is not None and entry is not None and known["digest"] != entry["digest"]:
            raise VersionTaken(f"The catalog has {name}@{version} with other bytes than {hub.repo} has.")
        _write_entry(root, catalog, name, version, {**(known or entry or {}), "hub": asdict(hub)})


def _write_entry(root: Path, catalog: Catalog, name: str, version: str, entry: dict[str, Any]) -> None:
    """Replace the catalog by one with this entry, in one rename. The caller holds the lock."""
    catalog.setdefault(name, {})[version] = entry
    text = json.dumps({"format": 1, "releases": dict(sorted(catalog.items()))}, indent=1) + "\n"
    _write_synced(root / "catalog.json.part", text.encode())
    (root / "catalog.json.part").replace(root / "catalog.json")
    sync(root)


def _count_layers(model: nn.Module) -> dict[str, int]:
    """Count the leaf modules of each kind: `{"Conv2d": 20, "Linear": 1, ...}`."""
    leaves = (module for module in model.modules() if not any(True for _ in module.children()))
    return dict(collections.Counter(type(leaf).__name__ for leaf in leaves))


@contextmanager
def _hold_lock(root: Path) -> Iterator[None]:
    """Let one publisher at a time into the block; the kernel drops the lock of a process that dies.

    Raises ZooError where the folder cannot be written, as that of an installed package may be.
    """
    try:
        (root / "releases").mkdir(parents=True, exist_ok=True)
        lock = (root / "releases" / ".lock").open("w")
    except OSError as error:
        raise ZooError(f"The zoo in {root} cannot be written ({error.strerror}): name another with --root.") from error
    with lock as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _write_synced(path: Path, content: bytes) -> None:
    """Write a file and sync its bytes to the disk."""
    with path.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


def _format_csv(rows: Sequence[Mapping[str, float]]) -> str:
    """Rows as CSV under the keys of the first, numbers to six digits; empty for no rows."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: f"{value:.6g}" for key, value in row.items()} for row in rows)
    return buffer.getvalue()
