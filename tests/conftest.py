"""What every test may use: the real gallery on a free port, a real browser, and pages that object to any mishap.

    def test_tab_opens(page, screenshot):
        tab = page("?tab=classify", width=390, dark=True)
        ...
        screenshot(tab, "classify-390-dark")

A page fails its test when the console shows an error, a script throws, a request fails, or a request is meant for
another machine. What a test expects of these, it lists: `@pytest.mark.allow_problem(r"regular expression")`.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect, sync_playwright

ROOT = Path(__file__).parent.parent
SCREENSHOTS = ROOT / "tests" / "screenshots"
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]",
)
START_SECONDS = 120
# A loaded machine takes its time; what is as expected is so at once, and nobody waits.
expect.set_options(timeout=20_000)

os.environ.update(
    HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", GRADIO_ANALYTICS_ENABLED="False", NO_PROXY="127.0.0.1,localhost"
)
# The server, the browser and the test share two cores: more threads would only wait for each other, and sums of
# floats would depend on how many there are. Torch reads it once, when it is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

pytest.register_assert_rewrite(
    "tests._support.mirror", "tests._support.refusals"
)  # what a failed assertion compared is told there too

from tests._support.budget import pytest_terminal_summary  # noqa: E402, F401
from tests._support.mirror import impatient, mirror, weights  # noqa: E402, F401  the fixtures of tests/*/test_upstream*.py
from tests._support.sampling import keep_sweeps, pytest_addoption, sweep  # noqa: E402, F401
from tests._support.turns import taking_turns  # noqa: E402
from tests._support.visit import await_opening, open_tab  # noqa: E402


@dataclass
class Server:
    """A gradio app in a process of its own; `url` has no slash at the end."""

    program: Path
    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.url}/", timeout=10) as response:
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def last_words(self, lines: int = 60) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


servers: list[Server] = []


@contextlib.contextmanager
def serve(program: Path, folder: Path, environment: Mapping[str, str] = os.environ) -> Iterator[Server]:
    """Run `python program` from its own folder on a free loopback port until its first page answers; end it after."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / f"{program.stem}-{port}.log"
    environment = {
        **environment,
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / f"uploads-{port}"),
        "PYTHONUNBUFFERED": "1",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(program)],
            cwd=program.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(program, f"http://127.0.0.1:{port}", log, process)
    servers.append(server)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not server.answers():
            if process.poll() is not None:
                pytest.fail(f"{program.name} ended with {process.returncode}:\n{server.last_words()}", pytrace=False)
            if time.monotonic() > deadline:
                pytest.fail(f"{program.name} gave no page in {START_SECONDS} s:\n{server.last_words()}", pytrace=False)
            time.sleep(0.1)
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        servers.remove(server)


@pytest.fixture(scope="session")
def start_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Server]]:
    """`start_app(path)` runs any gradio program until the session ends."""
    with contextlib.ExitStack() as stack:
        yield lambda program: stack.enter_context(serve(program, tmp_path_factory.mktemp("server")))


@pytest.fixture(scope="session")
def gallery_server(start_app: Callable[[Path], Server]) -> Server:
    """The real gallery, with its log and its process."""
    return start_app(ROOT / "app.py")


@pytest.fixture(scope="session")
def gallery(gallery_server: Server) -> str:
    """Address of the real gallery, `http://127.0.0.1:PORT`."""
    return gallery_server.url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, or else the one that Playwright installed."""
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        except Error as error:
            pytest.fail(f"There is no working Chromium: run 'make chromium'.\n{error}", pytrace=False)
        yield chromium
        chromium.close()


def is_local(url: str) -> bool:
    """True if fetching `url` leaves this machine alone."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https", "ws", "wss"}:
        return True
    try:
        return parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


class Window:
    """A browser context, in which a later test finds the gallery's scripts compiled already; what goes wrong in it."""

    def __init__(self, browser: Browser, mobile: bool):
        self.problems: list[str] = []
        # A tab that shows itself is a test of its own, which asks for motion.
        self.context = browser.new_context(
            is_mobile=mobile,
            has_touch=mobile,
            locale="en-GB",
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.problems.append(f"script error: {error.error}"))
        self.context.on("request", lambda request: self._reached(request.url))
        self.context.on("requestfailed", self._failed)
        self.context.on("page", lambda page: page.on("websocket", lambda websocket: self._reached(websocket.url)))

    def empty(self) -> None:
        """Close its pages, and forget what they stored."""
        for tab in self.context.pages:
            with contextlib.suppress(Error):  # a page of no origin stores nothing
                tab.evaluate("() => localStorage.clear()")
            tab.close()
        self.context.clear_cookies()
        self.problems.clear()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console error: {message.text} ({message.location['url']})")

    def _reached(self, url: str) -> None:
        if not is_local(url):
            self.problems.append(f"foreign request: {url}")

    def _failed(self, request: Request) -> None:
        # ERR_ABORTED is the browser's own doing: the page was left, a download began, or a stream was closed.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"failed request: {request.failure} ({request.url})")


OUTCOME = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def windows(browser: Browser) -> Callable[[bool, int], Window]:
    """`windows(mobile, number)`: each is made once, whichever tests use it."""
    return functools.cache(lambda mobile, number: Window(browser, mobile))


@pytest.fixture
def page(request: pytest.FixtureRequest, windows: Callable[[bool, int], Window]) -> Iterator[Callable[..., Page]]:
    """`page(path, width=1280, height=800, dark=False)` opens a page of the gallery, or of any http:// address.

    Up to 600 px wide it is a telephone: touch, and its `<meta name=viewport>` is obeyed. The clipboard may be read.
    Pages of one test share nothing, as those of two visitors.
    """
    used: list[Window] = []

    def open_page(path: str = "", *, width: int = 1280, height: int = 800, dark: bool = False) -> Page:
        address = path if "://" in path else urljoin(f"{request.getfixturevalue('gallery')}/", path)
        window = windows(width <= 600, len(used))
        used.append(window)
        tab = window.context.new_page()
        tab.set_viewport_size({"width": width, "height": height})
        tab.emulate_media(color_scheme="dark" if dark else "light")
        tab.goto(address)
        tab.locator(".gradio-container").first.wait_for()
        return tab

    yield open_page

    passed = request.node.stash.get(OUTCOME, False)
    for number, window in enumerate(used):
        for tab in window.context.pages:
            tab.wait_for_timeout(50)  # what the page does last, like a refused connection, is reported a moment later
            if not passed:
                keep_screenshot(tab, f"failed-{request.node.name}-{number}")
    problems = [problem for window in used for problem in window.problems]
    for window in used:
        window.empty()
    allowed = [re.compile(pattern) for marker in request.node.iter_markers("allow_problem") for pattern in marker.args]
    unexpected = [problem for problem in problems if not any(pattern.search(problem) for pattern in allowed)]
    if unexpected:
        pytest.fail("The browser met:\n" + "\n".join(dict.fromkeys(unexpected)), pytrace=False)


@pytest.fixture
def visit(page: Callable[..., Page]) -> Callable[..., Page]:
    """`visit("Classify", width=1280, height=800, dark=False)` arrives as a visitor does, and returns the page.

    It opens `/`, clicks the tab in the rail (up to 900 px wide in the menu) and waits until the tab shows its worked
    example. Every tab's browser tests go this way first and by link second, as a part may be drawn later than its
    values come. `address` is that of another gallery; `open_tab(page, "Attention")` of tests/_support/visit.py goes on.
    """

    def arrive(title: str, address: str = "", **window: Any) -> Page:
        tab = page(address, **window)
        await_opening(tab)
        open_tab(tab, title)
        return tab

    return arrive


def keep_screenshot(tab: Page, name: str, full_page: bool = True) -> Path:
    """Write tests/screenshots/NAME.png for a person to look at; returns its path."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}.png"
    tab.screenshot(path=path, full_page=full_page, animations="disabled")
    return path


@pytest.fixture(scope="session")
def screenshot() -> Callable[..., Path]:
    """`screenshot(page, name, full_page=True)` keeps a picture of the page in tests/screenshots."""
    return keep_screenshot


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests run last: Playwright keeps an event loop in this thread, and asyncio.run refuses a second.

    Two workers take file after file in this order, so a file with one browser test is among the last as a whole.
    """
    keep_sweeps(config, items)
    with_browser = [item for item in items if "browser" in getattr(item, "fixturenames", ())]
    files = {item.path for item in with_browser}
    items.sort(key=lambda item: (item.path in files) + (item in with_browser))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Where two workers share the machine, a test under the marker `alone` has it for itself."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    shared = item.config._tmp_path_factory.getbasetemp().parent  # type: ignore[attr-defined]
    with taking_turns(shared, alone=item.get_closest_marker("alone") is not None):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell fixtures whether the test passed, and show what the servers said beside a failure."""
    report = yield
    if report.when == "call":
        item.stash[OUTCOME] = report.passed
    if report.failed:
        report.sections.extend((f"{server.program.name} said", server.last_words()) for server in servers)
    return report
