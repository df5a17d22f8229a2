"""Programs of `python -m` run in this process: importing torch again would cost more than most of them do."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import warnings

import pytest


def forget_accelerator() -> None:
    """Let the next program choose its precision: accelerate keeps the first one's for the whole process."""
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(reset_partial_state=True)


def run_module(name: str, *arguments: str) -> None:
    """What `python -m name arguments` does, from its command line on.

    Raises:
        SystemExit: the program ended itself; the sentence that it would have printed is the exception's.
    """
    forget_accelerator()
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setattr(sys, "argv", [name, *arguments])
        warnings.filterwarnings("ignore", "'.*' found in sys.modules", RuntimeWarning)  # a test imports it too
        runpy.run_module(name, run_name="__main__", alter_sys=True)


def launch(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What `accelerate launch -m name arguments` does with two processes on this machine's processor."""
    return subprocess.run(
        [
            sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2",
            "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no",
            "--num_cpu_threads_per_process", "1", "--main_process_port", "0", "-m", name, *arguments,
        ],
        # On processors accelerate forks its workers only under the flag for several devices.
        capture_output=True, text=True, timeout=240, env=os.environ | {"ACCELERATE_USE_CPU": "true"}, check=False,
    )  # fmt: skip
