"""The gallery's tools through an MCP client: what their schemas promise, and every one of them called."""

from __future__ import annotations

import ast
import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from PIL import Image

import zoo
from apps._gallery.api import read_docstring
from apps._gallery.exhibit import find_exhibits
from apps._inputs.urls import write_preview_url
from zoo.examples import example_pictures

FUNCTIONS = {function.__name__: function for exhibit in find_exhibits().values() for function in exhibit.functions}
ON_THE_HUB = ("list_remote_versions", "verify_remote_release")
# What needs a release that the repository does not carry yet is refused in a sentence until it does.
UNTRAINED = [
    function.__name__ for function in find_exhibits()["diffusion"].functions if "ddpm.mnist" not in zoo.names()
]
Ask = Callable[[ClientSession], Any]


def ask(gallery: str, question: Ask) -> Any:
    async def connect() -> Any:
        async with (
            streamablehttp_client(f"{gallery}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await question(session)

    return asyncio.run(connect())


@pytest.fixture(scope="module")
def tools(gallery: str) -> dict[str, Any]:
    listed = ask(gallery, lambda session: session.list_tools()).tools
    return {name: tool for tool in listed for name in FUNCTIONS if tool.name.endswith(name)}


def test_every_function_is_a_tool_with_all_of_its_description(tools: dict[str, Any]) -> None:
    assert sorted(tools) == sorted(FUNCTIONS)
    for name, tool in tools.items():
        sections = read_docstring(inspect.getdoc(FUNCTIONS[name]) or "")
        assert " ".join(sections[""]) in tool.description
        assert " ".join(sections["Returns:"]) in tool.description
        described = {parameter: each["description"] for parameter, each in tool.inputSchema["properties"].items()}
        assert [f"{parameter}: {text}" for parameter, text in described.items()] == sections["Args:"]


def test_every_schema_is_valid_and_typed_and_asks_for_what_has_no_default(tools: dict[str, Any]) -> None:
    for name, tool in tools.items():
        schema = tool.inputSchema
        jsonschema.Draft202012Validator.check_schema(schema)
        parameters = inspect.signature(FUNCTIONS[name]).parameters
        needed = [each.name for each in parameters.values() if each.default is inspect.Parameter.empty]
        assert schema.get("required", []) == needed, name
        assert list(schema["properties"]) == list(parameters)
        for parameter, each in schema["properties"].items():
            assert each.get("type"), f"{name}: {parameter} may be anything"
            if parameter not in needed and parameters[parameter].default:
                assert each["default"] == parameters[parameter].default


def test_every_tool_answers_with_its_required_arguments_only(gallery: str, tools: dict[str, Any]) -> None:
    cat = write_preview_url(Image.open(example_pictures()["cat"]), 64)
    given: dict[str, Any] = {
        "picture": cat, "network": "lenet.mnist", "layer": "conv1", "architecture": "resnet18", "blocks": [],
        "day": "w2d3", "size": 224, "kernel": 7, "name": "lenet.mnist", "heads": ["0.1"], "method": "saliency",
        "code": [0, 0], "first_picture": cat, "second_picture": cat, "price": 0.01,
        "x": 1, "y": 0, "first": [1, 0], "second": [0, 1], "rule": "r1", "modes": 1000, "samples": 400,
        "first_pictures": [cat], "second_pictures": [cat], "first_name": "cat", "second_name": "dog",
        "at": 499, "dots": [[0, 0], [1, 1]],
    }  # fmt: skip
    samples = {"first": 1, "second": 2, "layers": [1, 2], "layer": 3, "channel": 0}
    transformer = {"network": "vit.cifar10"}
    special: dict[str, dict[str, Any]] = {
        "compute_attention": transformer, "silence_heads": transformer, "disturb_patches": transformer,
        "switch_shortcuts": {"network": "resnet18.cifar10"}, "mix_styles": samples, "normalise_channel": samples,
    }  # fmt: skip

    async def call_all(session: ClientSession) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        for name in FUNCTIONS:  # teach_head stands before classify_with_head
            known = given | special.get(name, {})
            if name == "classify_with_head":
                known["head"] = read_answer(answers["teach_head"])["head"]
            arguments = {each: known[each] for each in tools[name].inputSchema.get("required", [])}
            jsonschema.validate(arguments, tools[name].inputSchema)
            answers[name] = await session.call_tool(tools[name].name, arguments)
        return answers

    answers = ask(gallery, call_all)
    refused = {name: answer.content[0].text for name, answer in answers.items() if answer.isError}
    expected = {*ON_THE_HUB, *UNTRAINED}
    assert refused.keys() == expected, refused  # there is no Hub here, and that is said in a sentence
    assert all(sentence[-1] in ".?" and "Traceback" not in sentence for sentence in refused.values())
    for name, answer in answers.items():
        if name not in expected:
            assert isinstance(read_answer(answer), dict | list)
    assert read_answer(answers["compute_output_size"])["output_size"] == 218


def read_answer(answer: Any) -> Any:
    """Gradio writes a tool's answer as Python's text of it."""
    return ast.literal_eval(answer.content[0].text)
