"""What a person sees: the list, a model's page, both themes, a telephone's width; and the lists that programs read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from tests._support.service import Service, http, run_service
from zoo.service import application
from zoo.service import index as index_module
from zoo.service.git.references import set_ref
from zoo.service.git.store import Store
from zoo.service.index import Index
from zoo.service.names import RepoId
from zoo.service.routes.pages import _render_markdown

CARD = """---
tags: [digits, pytorch]
library_name: tenweeks
pipeline_tag: image-classification
model-index:
- name: lenet.mnist
  results:
  - task: {type: image-classification}
    dataset: {name: MNIST, type: mnist}
    metrics:
    - {type: accuracy, value: 0.9951}
---

# lenet.mnist@v1

LeNet-5 in its modern reading, trained to read handwritten digits.

| | |
|---|---|
| parameters | 61,706 |

![curve](exhibit/curve.png)

```python
import zoo
```
"""
EVIL = """---
model-index: [1, {results: [2, {metrics: [3, {value: x}], dataset: 4}]}]
tags: {not: a list}
---
<script>document.title = 'run'</script> <img src=x onerror="document.title='run'">
[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,x) [d](vbscript:x) ![e](http://example.com/e.png)
<style>body{display:none}</style> ![f](javascript:x) [g](../../../../etc/passwd) ["><script>](x"><script>)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    from zoo.service import issue_token

    with run_service(tmp_path_factory.mktemp("pages") / "root") as service:
        assert "There are none yet" in http.get(service.url).text
        api = HfApi(endpoint=service.url, token=service.token)
        for name, card in {"lenet.mnist": CARD, "evil": EVIL, "plain": ""}.items():
            repo = api.create_repo(f"ada/{name}").repo_id
            if card:
                for number in (1, 2) if card is CARD else (1,):
                    text = f"{card}\nVersion {number}."
                    oid = api.upload_file(path_or_fileobj=text.encode(), path_in_repo="README.md", repo_id=repo).oid
                    api.create_tag(repo, tag=f"v{number}", revision=oid)
        api.upload_file(path_or_fileobj=bytes(900_000), path_in_repo="model.safetensors", repo_id="ada/lenet.mnist")
        HfApi(endpoint=service.url, token=issue_token(service.root, "bob")).create_repo("bob/unet.digits")
        yield service


def test_the_list_shows_versions_metric_and_size(server):
    page = http.get(server.url, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "4 models" in page.text
    size = HfApi(endpoint=server.url).model_info("ada/lenet.mnist").used_storage
    assert size is not None
    for said in ("lenet.mnist", "v2", "99.51 % accuracy on MNIST", f"{size / 1e3:.1f} kB", "unet.digits"):
        assert said in page.text
    assert "default-src &#39;none&#39;" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_search_narrows_and_is_escaped(server):
    page = http.get(server.url, params={"search": "ada net"}).text
    assert "lenet.mnist" in page
    assert "unet.digits" not in page
    page = http.get(server.url, params={"search": '"><script>alert(1)</script>'}).text
    assert "<script>" not in page
    assert "No model has all these words" in page


def test_programs_get_the_same_list_page_by_page(server):
    api = HfApi(endpoint=server.url)
    assert {model.id for model in api.list_models()} == {"ada/lenet.mnist", "ada/evil", "ada/plain", "bob/unet.digits"}
    assert [model.id for model in api.list_models(author="bob")] == ["bob/unet.digits"]
    assert [model.id for model in api.list_models(search="LENET")] == ["ada/lenet.mnist"]
    assert [model.id for model in api.list_models(filter="digits")] == ["ada/lenet.mnist"]
    assert [model.id for model in api.list_models(pipeline_tag="image-classification")] == ["ada/lenet.mnist"]
    assert len(list(api.list_models(limit=2))) == 2
    seen, address = [], f"{server.url}/api/models?limit=1"
    while address:
        answer = http.get(address)
        seen += [model["id"] for model in answer.json()]
        address = answer.links.get("next", {}).get("url", "")
    assert sorted(seen) == ["ada/evil", "ada/lenet.mnist", "ada/plain", "bob/unet.digits"]
    for nonsense in ("limit=-1", "limit=x", "cursor=x", "cursor=.", "limit=99999999999", "cursor=" + "9" * 40):
        assert http.get(f"{server.url}/api/models?{nonsense}").status_code == 200


def test_a_models_page_shows_card_versions_files_and_how_to_pull(server):
    page = http.get(f"{server.url}/ada/lenet.mnist").text
    for said in (
        "<h1>lenet.mnist@v1</h1>",
        "Version 2.",
        "v1",
        "--revision v2",
        "model.safetensors",
        "900.0 kB",
        "61,706",
    ):
        assert said in page
    commit = HfApi(endpoint=server.url).model_info("ada/lenet.mnist").sha
    assert f'src="/ada/lenet.mnist/resolve/{commit}/exhibit/curve.png"' in page
    old = http.get(f"{server.url}/ada/lenet.mnist/tree/v1").text
    assert "Version 1." in old
    assert "--revision v1" in old
    assert "There is no card" in http.get(f"{server.url}/ada/plain").text


def test_a_strangers_card_runs_nothing(server):
    page = http.get(f"{server.url}/ada/evil").text.lower()
    for harm in ("<script", "<style>body", 'onerror="doc', 'href="javascript', 'href="data:', 'href="vbscript', "<img"):
        assert harm not in page
    assert 'href="http://example.com/e.png"' in page
    assert "/../" not in _render_markdown("[g](../../x) ![h](a/../../../y)", "/ns/name/resolve/c")


def test_a_person_who_asks_for_what_is_not_there_gets_a_page(server):
    page = http.get(f"{server.url}/ada/none", headers={"Accept": "text/html,*/*"})
    assert page.status_code == 404
    assert "There is no repository ada/none" in page.text
    assert page.headers["content-type"].startswith("text/html")


def test_the_index_follows_the_repositories_and_can_be_lost(tmp_path):
    store = Store(tmp_path)
    index = make_fresh_index(store)
    assert index.rows() == []
    one, two = RepoId("model", "ada", "one"), RepoId("space", "ada", "two")
    store.create(one, {"a": b"12345"}, "ada")
    assert [(row.id, row.bytes) for row in index.rows()] == [("ada/one", 5)]
    store.create(two, {"a": b"1"}, "ada")
    assert {row.id for row in index.rows()} == {"ada/one", "ada/two"}
    for path in tmp_path.glob("models/*/*/refs/*"):
        set_times(path)
    assert {row.id for row in make_fresh_index(store).rows()} == {"ada/one", "ada/two"}
    assert (tmp_path / "index.sqlite").exists()
    (tmp_path / "index.sqlite").write_bytes(b"no database at all")
    assert {row.id for row in make_fresh_index(store).rows()} == {"ada/one", "ada/two"}
    store.delete(one)
    assert [row.id for row in index.rows()] == ["ada/two"]
    (store.path(two) / "refs" / "heads" / "main").write_text("nonsense")
    set_times(store.path(two) / "refs" / "heads", time.time() - 60)
    index.refresh()  # git writes no name into ROOT/changed
    assert index.rows() == []


def test_a_push_costs_one_repositorys_reading(tmp_path, monkeypatch):
    store = Store(tmp_path)
    for number in range(20):
        store.create(RepoId("model", "ada", f"m{number}"), {"a": b"1"}, "ada")
    index = make_fresh_index(store)
    index.rows()
    read: list[str] = []
    looked_at: list[str] = []
    original, fingerprint = Index._read_row, index_module._fingerprint_folder

    def reading(self: Index, key: Any) -> Any:
        read.append(key[2])
        return original(self, key)

    def looking(path: Any) -> Any:
        looked_at.append(path)
        return fingerprint(path)

    monkeypatch.setattr(Index, "_read_row", reading)
    monkeypatch.setattr(index_module, "_fingerprint_folder", looking)
    with store.open_for_writing(RepoId("model", "ada", "m7")) as git:
        set_ref(git, "refs/tags/v1", git.references["refs/heads/main"].resolve().peel().id)
    assert {row.name: row.versions for row in index.rows()}["m7"] == ["v1"]
    store.delete(RepoId("model", "ada", "m8"))
    assert "m8" not in {row.name for row in index.rows()}
    assert read == ["m7"]
    assert len(looked_at) == 2


def test_changes_named_before_the_notes_were_emptied_are_found(tmp_path):
    store = Store(tmp_path)
    index = make_fresh_index(store)
    notes = tmp_path / "changed"
    notes.write_bytes(b"model ada/none\n" * 100_000 + b"no note\n\xff\n")
    assert index.rows() == []
    store.create(RepoId("model", "ada", "it"), {"a": b"1"}, "ada")
    assert [row.name for row in index.rows()] == ["it"]
    assert notes.read_text() == "model ada/it\n"


def test_the_page_is_there_while_the_repositories_are_first_read(tmp_path, monkeypatch):
    app = application(tmp_path)
    for number in range(3):
        app.state.service.store.create(RepoId("model", "ada", f"m{number}"), {"a": b"1"}, "ada")
    more = threading.Semaphore(1)
    original = Index._read_row
    monkeypatch.setattr(Index, "_read_row", lambda self, key: more.acquire() and original(self, key))
    monkeypatch.setattr("zoo.service.routes.lists._PATIENCE_SECONDS", 0.1)
    client = TestClient(app)
    page = client.get("/").text
    assert "1 of 3 repositories are read so far" in page
    assert "There are none yet" not in page
    early = client.get("/api/models")
    assert (early.status_code, early.headers["retry-after"]) == (503, "30")
    more.release(10)
    assert app.state.service.index.complete.wait(10)
    assert len(client.get("/api/models").json()) == 3
    assert "read so far" not in client.get("/").text


def make_fresh_index(store: Store) -> Index:
    """What a process knows that has just begun and looked once."""
    index = Index(store)
    index.refresh()
    assert index.complete.is_set()
    return index


def set_times(folder: Path, moment: float = 1_000_000_000) -> None:
    import os

    os.utime(folder, (moment, moment))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_in_a_browser(server, browser: Browser, screenshot, width, dark):
    problems: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light", is_mobile=width < 600
    )
    tab = context.new_page()
    tab.on("console", lambda message: problems.append(message.text))
    tab.on("request", lambda request: None if request.url.startswith(server.url) else problems.append(request.url))
    for name, path in {"list": "/", "model": "/ada/lenet.mnist", "evil": "/ada/evil", "refusal": "/ada/none"}.items():
        tab.goto(f"{server.url}{path}")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than its window"
        assert tab.title().endswith("Tenweeks model zoo")
        screenshot(tab, f"service-{name}-{width}{'-dark' if dark else ''}")
    tab.goto(server.url)
    tab.get_by_role("searchbox").fill("lenet")
    tab.keyboard.press("Enter")
    tab.get_by_role("link", name="ada/lenet.mnist").click()
    assert tab.get_by_role("heading", level=1).first.inner_text() == "ada/lenet.mnist"
    context.close()
    # The card's picture was never pushed, and there is no repository of that name.
    assert all("404" in problem for problem in problems), problems
