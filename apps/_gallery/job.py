"""Long work for a visitor: it says how far it is and its place in the line, can be stopped, and ends with its visitor.

    def work(event, uploaded):                      # the browser's event, then the inputs; in a thread of its own
        for index, item in enumerate(items):
            report_progress(index / len(items))     # raises JobStopped where nobody waits any longer
        return {"map": ...}

    listen_to_job(lab.select, work, [uploaded], lab, stop=lab.stop, line=Line(2))

The event has a `turn`, a number that the page chose; everything that comes back names it. While others are before it
the part gets `{"turn", "ahead": how many}`, then `{"turn", "done": share, ...}`, and last what `work` returned, or
`{"turn", "problem": sentence}`, or `{"turn", "stopped": True}`. The event `stop` needs the `turn` alone.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import gradio as gr

import zoo
from apps._inputs import BadInput

TELL_SECONDS = 0.15
"""Between two messages of progress."""
PULSE_SECONDS = 0.5
"""Without any news the last message is repeated after so long: gradio learns at a message that the visitor has left."""
WAITING = 30
"""Jobs that may wait in one line; each holds one of gradio's threads."""
REMEMBERED = 256
"""Stops that came before their job did."""

Job = tuple[int | str | None, ...]
"""Whose job it is and which: a visitor's session, the part that asked, and last the turn."""


class JobStopped(Exception):
    """Nobody waits for the running job any longer."""


class Line:
    """Places for jobs that run at once; the others wait in the order in which they came."""

    def __init__(self, places: int):
        self.places = places
        self._lock = threading.Condition()
        self._jobs: list[object] = []

    def __len__(self) -> int:
        return len(self._jobs)

    @contextlib.contextmanager
    def join(self) -> Iterator[Callable[[float], int]]:
        """Stand in the line for as long as the block takes; gives what waits some seconds and says how many are ahead.

        Raises:
            BadInput: too many wait already.
        """
        job = object()
        with self._lock:
            if len(self._jobs) >= self.places + WAITING:
                raise BadInput("Too many visitors compute at this moment: try it again in a minute.")
            self._jobs.append(job)

        def count_ahead(seconds: float = 0) -> int:
            with self._lock:
                if (ahead := self._jobs.index(job) + 1 - self.places) > 0 and seconds:
                    self._lock.wait(seconds)
                    ahead = self._jobs.index(job) + 1 - self.places
                return max(0, ahead)

        try:
            yield count_ahead
        finally:
            with self._lock:
                self._jobs.remove(job)
                self._lock.notify_all()


_lock = threading.Lock()
_running: dict[Job, threading.Event] = {}
_stopped_before: OrderedDict[Job, None] = OrderedDict()
_report: ContextVar[Callable[[dict[str, Any]], None] | None] = ContextVar("report", default=None)


def report_progress(done: float | None = None, **more: Any) -> None:
    """Say how far the running job is, from anywhere below it: a share from 0 to 1, and whatever the part draws.

    Outside a job nothing happens.

    Raises:
        JobStopped: the visitor stopped it or has left.
    """
    if report := _report.get():
        report(more if done is None else {"done": done, **more})


def run_job(job: Job, work: Callable[[], dict[str, Any]], line: Line) -> Generator[dict[str, Any]]:
    """Do the work in a thread of its own when its place in the line has come, and yield what the part is told.

    Closing the iterator stops the work, and so does `stop_job`. What the work raises by mistake is raised here.
    """
    turn = {"turn": job[-1]}
    stopped = threading.Event()
    with _lock:
        if job in _stopped_before:
            del _stopped_before[job]
            stopped.set()
        _running[job] = stopped
    try:
        with line.join() as count_ahead:
            while (ahead := count_ahead(PULSE_SECONDS)) and not stopped.is_set():
                yield turn | {"ahead": ahead}
            if stopped.is_set():
                yield turn | {"stopped": True}
                return
            for message in _do_work(work, stopped):
                yield turn | message
    except BadInput as refusal:
        yield turn | {"problem": str(refusal)}
    finally:
        stopped.set()
        with _lock:
            if _running.get(job) is stopped:
                del _running[job]


def stop_job(job: Job) -> None:
    """End a job, or let it end as soon as it begins; one that has ended is left alone."""
    with _lock:
        if running := _running.get(job):
            running.set()
        else:
            _stopped_before[job] = None
            while len(_stopped_before) > REMEMBERED:
                _stopped_before.popitem(last=False)


def _do_work(work: Callable[[], dict[str, Any]], stopped: threading.Event) -> Iterator[dict[str, Any]]:
    """Progress at most every `TELL_SECONDS` and at least every `PULSE_SECONDS`, then the end of the work."""
    news: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def report(progress: dict[str, Any]) -> None:
        if stopped.is_set():
            raise JobStopped
        news.put(("progress", progress))

    def run() -> None:
        _report.set(report)
        try:
            news.put(("end", work()))
        except (BadInput, zoo.ZooError) as refusal:
            news.put(("end", {"problem": str(refusal)}))
        except JobStopped:
            news.put(("end", {"stopped": True}))
        except BaseException as error:
            news.put(("fault", error))

    threading.Thread(target=run, name="job", daemon=True).start()
    last: dict[str, Any] = {"done": 0.0}
    told = 0.0
    while True:
        try:
            kind, content = news.get(timeout=PULSE_SECONDS)
        except queue.Empty:
            kind, content = "progress", last
        if kind == "fault":
            raise content
        if kind == "end":
            yield content
            return
        last = content
        if time.monotonic() - told >= TELL_SECONDS:
            told = time.monotonic()
            yield content


def listen_to_job(
    start: Any,
    work: Callable[..., dict[str, Any]],
    inputs: Sequence[Any],
    part: gr.components.Component,
    *,
    stop: Any,
    line: Line,
) -> None:
    """Run `work(event, *inputs)` as a job at the event `start` of a part that draws its messages; `stop` ends it.

    Gradio's own `cancels` is not used: it answers 500 where the work ends while it is being cancelled.
    """

    def begin(event: gr.EventData, request: gr.Request, *values: Any) -> Iterator[dict[str, Any]]:
        yield from run_job(name_job(event, request, part), lambda: work(event, *values), line)

    def end(event: gr.EventData, request: gr.Request) -> None:
        stop_job(name_job(event, request, part))

    begin.__name__ = work.__name__
    # The line is ours, so that a waiting visitor hears of the place and can leave it.
    gr.on(
        [start],
        begin,
        list(inputs),
        [part],
        api_visibility="private",
        concurrency_limit=None,
        trigger_mode="multiple",
        show_progress="hidden",
    )
    gr.on([stop], end, None, None, api_visibility="private", queue=False, show_progress="hidden")


def name_job(event: gr.EventData, request: gr.Request, part: gr.components.Component) -> Job:
    """Whose job it is and which: each part of each page counts turns for itself."""
    turn = getattr(event, "turn", "")
    return request.session_hash, part._id, turn if isinstance(turn, int) else str(turn)[:20]
