"""A process that has imported everything and forks: each child serves or pushes, under tests/_support/dying.c.

Reads a JSON list from each line, `["serve", root, port]` or `["push", root, reference, namespace, environment]`, and
answers with the child's process id; `["wait", pid]` answers with its exit status, negative for a signal.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import huggingface_hub

import zoo
from zoo.service import serve


def run_child(what: str, *arguments: object) -> int:
    """0 when it did what it was asked to, 1 when it was refused."""
    if what == "serve":
        root, port = arguments
        serve(Path(str(root)), port=int(str(port)))
        return 0
    root, reference, namespace, environment = arguments
    assert isinstance(environment, dict)
    os.environ.update(environment)
    huggingface_hub.constants.HF_HUB_CACHE = environment["HF_HUB_CACHE"]
    try:
        zoo.push(str(reference), str(namespace), Path(str(root)))
    except zoo.ZooError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def main() -> None:
    huggingface_hub.HfApi  # noqa: B018  the library imports its parts when they are first named
    for line in sys.stdin:
        what, *arguments = json.loads(line)
        if what == "wait":
            _, status = os.waitpid(arguments[0], 0)
            answer = os.waitstatus_to_exitcode(status)
        else:
            answer = os.fork()
            if answer == 0:
                os.close(0)
                try:
                    os._exit(run_child(what, *arguments))
                finally:
                    os._exit(2)
        print(answer, flush=True)


if __name__ == "__main__":
    main()
