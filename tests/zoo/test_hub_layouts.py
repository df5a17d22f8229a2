"""Repos in others' layouts: a pipeline that diffusers opens by itself, and a Space that starts."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from diffusers.models.unets.unet_2d import UNet2DModel
from diffusers.pipelines.ddpm.pipeline_ddpm import DDPMPipeline
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

import zoo
from tests._support.hub import make_environment, run_command, use_hub
from tests._support.service import Service, run_service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_service(tmp_path_factory.mktemp("service") / "root") as started:
        yield started


@pytest.fixture
def cache(tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the Hub, online, with the token of ada."""
    return use_hub(service, tmp_path / "cache", monkeypatch)


def test_a_release_in_the_layout_of_diffusers_opens_with_its_own_from_pretrained(
    tmp_path: Path, service: Service, cache: Path
) -> None:
    unet = UNet2DModel(
        sample_size=8, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(8, 8), norm_num_groups=4,
        down_block_types=("DownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    DDPMPipeline(unet, DDPMScheduler(num_train_timesteps=10)).save_pretrained(tmp_path / "pipeline")
    files = {
        path.relative_to(tmp_path / "pipeline").as_posix(): path.read_bytes()
        for path in (tmp_path / "pipeline").rglob("*")
        if path.is_file()
    }
    assert {"model_index.json", "unet/config.json", "scheduler/scheduler_config.json"} <= set(files)
    summary = {**SUMMARY, "architecture": "unet", "task": "unconditional-image-generation"}
    zoo.publish(tmp_path / "zoo", "ddpm.none", None, lambda version: files, summary)
    zoo.push("ddpm.none", "ada", tmp_path / "zoo")
    run_command([sys.executable, "-c", OPEN_PIPELINE], make_environment(service, tmp_path / "empty", ""), cwd=tmp_path)


SUMMARY = {
    "created": "2026-01-01",
    "metric": {"name": "accuracy", "value": 0.5, "dataset": "none", "split": "test", "samples": 10},
    "parameters": 1,
    "macs": 1,
}

OPEN_PIPELINE = """
from diffusers import DDPMPipeline
pipeline = DDPMPipeline.from_pretrained("ada/ddpm.none", revision="v1")
picture = pipeline(num_inference_steps=2, output_type="np").images
assert picture.shape == (1, 8, 8, 1), picture.shape
"""


def test_a_space_is_the_app_and_its_releases_in_one_commit_and_starts(tmp_path: Path, service: Service) -> None:
    from huggingface_hub import HfApi

    env = make_environment(service, tmp_path / "home")
    program = [sys.executable, "-m", "zoo", "space", "ada/gallery"]
    listed = run_command([*program, "--dry-run"], env).stdout
    assert "nothing was sent" in listed
    first = run_command(program, env).stdout
    assert re.search(r"ada/gallery has \d+ files now", first)
    assert "is up to date" in run_command(program, env).stdout
    api = HfApi(endpoint=service.url)
    files = set(api.list_repo_files("ada/gallery", repo_type="space")) - {".gitattributes"}
    assert files == set(re.findall(r"^ *[\d,]+  (\S+)$", listed, re.MULTILINE))
    assert {"app.py", "README.md", "requirements.txt", "zoo/catalog.json", "apps/classify/__init__.py"} <= files
    assert not [path for path in files if path.startswith(("tests", "training", "zoo/service", "benchmarks", "."))]
    [commit, *_] = api.list_repo_commits("ada/gallery", repo_type="space")
    assert commit.title == "The gallery and its releases"

    run_command([str(Path(sys.executable).with_name("hf")), "download", "ada/gallery", "--repo-type", "space",
           "--local-dir", str(tmp_path / "space")], make_environment(service, tmp_path / "home2", ""))  # fmt: skip
    from tests.conftest import serve

    with serve(tmp_path / "space" / "app.py", tmp_path) as started:
        assert started.answers()
