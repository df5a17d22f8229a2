"""With two workers on two cores, a test that measures time waits until the other worker rests: `@pytest.mark.alone`."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def taking_turns(folder: Path, alone: bool) -> Iterator[None]:
    """Tests run beside one another; one that is to run alone waits for the others' end and holds up their next.

    `folder` is the same for all workers of a run.
    """
    with (folder / "door").open("w") as door, (folder / "room").open("w") as room:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        if not alone:
            fcntl.flock(door, fcntl.LOCK_UN)
        try:
            yield
        finally:
            for lock in (room, door):  # closing would not do: a process that the test forked may have it open
                fcntl.flock(lock, fcntl.LOCK_UN)
