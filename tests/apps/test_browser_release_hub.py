"""The Model zoo tab beside a real Hub: what is pinned, what the Hub has, reading back, and a tag that was moved."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from gradio_client import Client
from playwright.sync_api import expect

from tests._support.browsing import change_theme
from tests._support.service import Service, run_service
from tests.conftest import Server, serve
from zoo import describe
from zoo._hub.space import list_contents


@dataclass
class Pinned:
    """A gallery whose catalog pins lenet.mnist and mlp.mnist in `service`; mlp.mnist is not carried."""

    gallery: Server
    service: Service
    program: list[str]
    environment: dict[str, str]


# Browser tests run last of all: of module scope it would be made once for them, and once for the others.
@pytest.fixture(scope="session")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pinned]:
    folder = tmp_path_factory.mktemp("pinned")
    for path, content in list_contents().items():
        target = folder / "app" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
    with run_service(folder / "service") as service:
        environment = service.environment(folder / "home")
        program = [sys.executable, "-m", "zoo", "--root", str(folder / "app" / "zoo")]
        for name in ("lenet.mnist", "mlp.mnist"):
            command = [*program, "push", name, "--namespace", "ada"]
            subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)
        shutil.rmtree(folder / "app" / "zoo" / "releases" / "mlp.mnist")
        with serve(folder / "app" / "app.py", folder, environment) as gallery:
            yield Pinned(gallery, service, program, environment)


LENET, MLP = describe("lenet.mnist"), describe("mlp.mnist")

# In a process of its own: huggingface_hub was imported offline here.
MOVE_THE_TAG = f"""
from huggingface_hub import CommitOperationAdd, HfApi
api = HfApi()
operation = CommitOperationAdd("README.md", b"---\\nlicense: mit\\n---\\nother")
other = api.create_commit("ada/mlp.mnist", [operation], commit_message="x").oid
api.delete_tag("ada/mlp.mnist", tag="{MLP.version}")
api.create_tag("ada/mlp.mnist", tag="{MLP.version}", revision=other)
"""


def test_the_endpoints_say_the_same(pinned: Pinned) -> None:
    client = Client(pinned.gallery.url, verbose=False)
    [row] = client.predict(name="lenet.mnist", api_name="/list_remote_versions")
    assert (row["version"], row["repo"], row["state"]) == (LENET.version, "ada/lenet.mnist", "pinned")
    assert row["commit"] == row["pinned"]
    verdict = client.predict(name="lenet.mnist", api_name="/verify_remote_release")
    assert verdict["whole"]
    assert verdict["bytes"] > 100_000
    client.close()


def test_the_hub_is_asked_gives_a_release_and_a_moved_tag_and_a_silent_hub_are_told_in_a_sentence(
    pinned: Pinned, visit, screenshot
) -> None:
    tab = visit("Model zoo", pinned.gallery.url)
    panel = tab.locator(".release-hub")
    expect(tab.locator(".release-head h3")).to_have_text(LENET.reference, timeout=20_000)
    expect(panel.locator("tbody tr")).to_contain_text("ada/lenet.mnist")
    expect(panel.locator("td.state")).to_have_text("not asked yet")
    panel.get_by_role("button", name="Ask the Hub").click()
    expect(panel.locator("td.state")).to_have_text("the tag is on the pinned commit", timeout=20_000)
    panel.get_by_role("button", name=f"Read {LENET.version} back").click()
    expect(panel.get_by_role("status")).to_contain_text(
        "read back from ada/lenet.mnist, all as published", timeout=20_000
    )
    screenshot(tab, "release-hub-1280")

    subprocess.run([sys.executable, "-c", MOVE_THE_TAG], env=pinned.environment, check=True, timeout=60)
    change_theme(tab, dark=True)
    # It is not carried, so it comes from the Hub.
    tab.locator("[data-spot='mlp.mnist'] .hit").click()
    expect(tab.locator(".release-head h3")).to_have_text(MLP.reference, timeout=20_000)
    expect(tab.locator(".release-files tbody tr")).to_have_count(5)
    expect(panel.locator("tbody tr")).to_contain_text("ada/mlp.mnist")
    tab.set_viewport_size({"width": 390, "height": 844})
    assert tab.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
    panel.get_by_role("button", name="Ask the Hub").click()
    expect(panel.locator("td.state")).to_contain_text("the tag was moved: do not use it", timeout=20_000)
    expect(panel.locator("td.state")).to_have_css("color", "rgb(240, 147, 124)")
    panel.get_by_role("button", name=f"Read {MLP.version} back").click()
    expect(panel.get_by_role("status")).to_contain_text(f"has moved its tag {MLP.version} from", timeout=20_000)
    screenshot(tab, "release-hub-moved-dark")
    pinned.service.stop()
    panel.get_by_role("button", name="Ask the Hub").click()
    expect(panel.get_by_role("status")).to_contain_text("does not answer", timeout=20_000)
    pinned.service.start()
