"""The gallery from a program: every endpoint through gradio's client."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file

from apps._gallery.exhibit import find_exhibits
from zoo.examples import drawn_digit, example_pictures


@pytest.fixture(scope="module")
def client(gallery: str) -> Client:
    return Client(gallery, verbose=False)


@pytest.fixture(scope="module")
def digit(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("digit") / "seven.png"
    drawn_digit(7).save(path)
    return str(path)


def test_the_published_endpoints_are_the_exhibits_functions(client: Client) -> None:
    listed = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    functions = {f"/{function.__name__}" for exhibit in find_exhibits().values() for function in exhibit.functions}
    assert set(listed) == functions


def test_types_and_defaults_are_the_functions_own(client: Client) -> None:
    listed = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    for function in (each for exhibit in find_exhibits().values() for each in exhibit.functions):
        parameters = inspect.signature(function).parameters.values()
        own = {each.name: each.default for each in parameters if each.default is not inspect.Parameter.empty}
        described = listed[f"/{function.__name__}"]
        offered = {
            each["parameter_name"]: each["parameter_default"]
            for each in described["parameters"]
            if each["parameter_has_default"]
        }
        assert offered == own, function.__name__
        [answer] = described["returns"]
        assert answer["label"] == "answer"
        assert answer["type"]["type"] in ("object", "array")
        assert len(answer["type"]["description"]) > 40


def test_a_picture_is_classified_by_two_networks(client: Client, digit: str) -> None:
    answer = client.predict(handle_file(digit), "lenet.mnist", "mlp.mnist", api_name="/classify_image")
    for network in answer["networks"]:
        assert network["answers"][0]["label"] == "7"
        assert sum(entry["probability"] for entry in network["answers"]) == pytest.approx(1)


def test_a_number_of_a_map_is_explained(client: Client) -> None:
    cat = handle_file(str(example_pictures()["cat"]))
    maps = client.predict(cat, "resnet18.cifar10", api_name="/compute_feature_maps")
    assert maps["layers"][0]["shape"] == [64, 32, 32]
    unit = client.predict(cat, "resnet18.cifar10", "conv1", 3, 10, 12, api_name="/locate_receptive_field")
    assert unit["theoretical"]["size"] == [3, 3]
    assert unit["theoretical"]["rows"] == [9, 11]
    assert unit["arithmetic"]["total"] == pytest.approx(unit["value"], abs=1e-4)


def test_the_calculator_answers(client: Client) -> None:
    assert client.predict(224, 7, 2, 3, api_name="/compute_output_size")["output_size"] == 112
    assert client.predict(224, 7, api_name="/compute_output_size")["output_size"] == 218


def test_the_roadmap_and_the_zoo_answer(client: Client) -> None:
    assert client.predict("w2d3", api_name="/read_day")["question"] == "Explain receptive field"
    releases = json.dumps(client.predict(api_name="/list_releases"))
    assert "resnet18.cifar10" in releases
    assert "lenet.mnist" in json.dumps(client.predict("lenet.mnist", api_name="/show_release"))
    assert client.predict("lenet.mnist", api_name="/verify_release")["whole"] is True


@pytest.mark.parametrize(
    ("arguments", "endpoint", "sentence"),
    [
        (("w9d9",), "/read_day", "No day is called 'w9d9'"),
        (("lenet.mnits",), "/show_release", "did you mean 'lenet.mnist'"),
        ((3, 5, 1, 0, 1), "/compute_output_size", "."),
        ((30, False), "/compare_methods", "The study has 10, 50, 100 and 500 pictures a class, not 30."),
        (("vgg-61", 224), "/draw_network", "did you mean 'vgg16'"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(
    client: Client, arguments: tuple[Any, ...], endpoint: str, sentence: str
) -> None:
    with pytest.raises(Exception, match=r"\w") as refusal:
        client.predict(*arguments, api_name=endpoint)
    assert sentence in str(refusal.value)
    assert "Traceback" not in str(refusal.value)


def test_a_file_that_is_no_picture_is_one_sentence_and_the_next_visitor_notices_nothing(
    client: Client, digit: str, tmp_path: Path
) -> None:
    page = tmp_path / "page.png"
    page.write_text("<html><body>not a picture</body></html>")
    with pytest.raises(Exception, match=r"\.$"):
        client.predict(handle_file(str(page)), "lenet.mnist", "", api_name="/classify_image")
    answer = client.predict(handle_file(digit), "lenet.mnist", "", api_name="/classify_image")
    assert answer["networks"][0]["answers"][0]["label"] == "7"
