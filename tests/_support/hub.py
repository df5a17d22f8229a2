"""Ways to the service of tests/_support/service.py as the Hub: for this process, and for commands of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests._support.service import Service

PROJECT = Path(__file__).parents[2]


def use_hub(service: Service, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Send this process to the service, online, with the token of ada; `folder` is its cache, and is returned."""
    from huggingface_hub import constants

    monkeypatch.setenv("HF_ENDPOINT", service.url)
    monkeypatch.setenv("HF_TOKEN", service.token)
    # huggingface_hub read these from the environment when it was imported.
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    return folder


def go_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


def go_online(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


def make_environment(service: Service, home: Path, token: str | None = None) -> dict[str, str]:
    """For a process that knows nothing but the address; its caches are in `home`, `token=""` is nobody's."""
    env = service.environment(home)
    if token is not None:
        env["HF_TOKEN"] = token
    return {key: value for key, value in env.items() if value}


def run_command(
    command: list[str], env: dict[str, str], code: int = 0, cwd: Path = PROJECT
) -> subprocess.CompletedProcess[str]:
    """What a command said, which ends with `code`."""
    result = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, timeout=120)
    assert result.returncode == code, f"{command}\n{result.stdout}\n{result.stderr}"
    return result
