"""Uploads reach the reader of pictures untouched, and only uploads do."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import numpy as np
import pytest
from gradio.data_classes import ImageData
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from apps._inputs import BadInput, read_picture
from apps._inputs.upload import Picture, Pictures
from tests._support import corpus
from zoo.examples import example_pictures

ROOT = Path(__file__).parents[2]
CAT = str(example_pictures()["cat"])


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    def describe_picture(picture: str) -> list[int]:
        """Size and first pixel of a picture."""
        try:
            image = read_picture(picture)
        except BadInput as refused:
            raise gr.Error(str(refused), print_exception=False) from None
        return [*image.size, *np.asarray(image)[0, 1].tolist()]

    with gr.Blocks() as page:
        answer = gr.JSON()
        picture = Picture(label="Picture")
        picture.upload(describe_picture, picture, answer, api_name="describe_picture")
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    yield url
    page.close()


def test_an_upload_reaches_the_reader_untouched(server: str, tmp_path: Path) -> None:
    samples = np.array([[[1], [300], [65535]]], np.uint16)
    bomb, deep = tmp_path / "bomb.png", tmp_path / "deep.png"
    bomb.write_bytes(corpus.flat_png(9380, 9380, 1, 0))
    deep.write_bytes(corpus.png(samples))
    client = Client(server, verbose=False)
    assert client.predict(handle_file(deep), api_name="/describe_picture") == [3, 1, 1, 1, 1]
    with pytest.raises(AppError, match=r"88 megapixels and at most 40 are accepted"):
        client.predict(handle_file(bomb), api_name="/describe_picture")
    assert not (ROOT / "apps" / "_inputs" / "upload.pyi").exists()

    def call(payload: dict[str, Any]) -> str:
        address = f"{server}gradio_api/call/describe_picture"
        event = httpx.post(address, json={"data": [payload]}).json()["event_id"]
        return httpx.get(f"{address}/{event}").text

    url = "data:image/png;base64," + base64.b64encode(deep.read_bytes()).decode()
    assert "[3, 1, 1, 1, 1]" in call({"url": url, "meta": {"_type": "gradio.FileData"}})
    photo = str(example_pictures()["cat"])
    for stolen in (
        {"path": photo},
        {"path": photo, "meta": {}},
        {"path": f"{Picture(render=False).GRADIO_CACHE}/../{deep.name}"},
    ):
        assert "cannot be found" in call(stolen)
    assert "event: error" in call({"path": photo, "meta": {"_type": "gradio.FileData"}})


def test_the_component_hands_over_paths_of_its_cache_only(tmp_path: Path) -> None:
    picture = Picture(render=False)
    inside = str(Path(picture.GRADIO_CACHE) / "x" / "cat.png")
    assert picture.preprocess(ImageData(path=inside)) == inside
    assert picture.preprocess(None) is None
    assert picture.preprocess(ImageData(url="http://localhost/cat.png")) is None
    with pytest.raises(gr.Error, match="cannot be found"):
        picture.preprocess(ImageData(path=str(tmp_path / "cat.png")))
    assert picture.get_block_name() == "image"


def test_a_list_of_files_names_uploads_only(tmp_path: Path) -> None:
    field = Pictures()
    inside = Path(field.GRADIO_CACHE) / "upload" / "mine.png"
    assert field.preprocess([{"path": str(inside)}, {"path": str(inside)}]) == [str(inside)] * 2
    assert field.preprocess(["data:image/png;base64,AAAA"]) == ["data:image/png;base64,AAAA"]
    assert field.preprocess(None) == field.preprocess([]) == []
    for payload, sentence in (
        ([{"path": str(inside)}, {"path": CAT}], "File 2 of the list is no uploaded file"),
        ([{"path": str(inside.parent / ".." / ".." / ".." / "etc")}], "File 1 of the list"),
        ([{"path": 7}], "File 1 of the list"),
        ([{"url": "http://somewhere/a.png"}], "File 1 of the list"),
        ([CAT], "File 1 of the list"),
        ("some text", "Send a list of picture files."),
        ({"path": str(inside)}, "Send a list of picture files."),
    ):
        with pytest.raises(gr.Error, match=sentence):
            field.preprocess(payload)
