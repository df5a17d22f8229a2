"""Paths, repositories, tags, branches and namespaces by bad names: refused, and nothing is made of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo
from tests._support.refusals import (
    BAD_NAMES,
    BAD_PATHS,
    BAD_REFS,
    add_file,
    assert_refused,
    assert_unchanged,
    run_strict_service,
    send_commit,
    send_request,
    write_lines,
)
from tests._support.service import Service
from zoo.service import issue_token
from zoo.service.names import check_file_path, check_ref_name, check_repo_id
from zoo.service.refusals import Refusal


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_strict_service(tmp_path_factory.mktemp("refusals") / "root") as service:
        yield service


@pytest.fixture
def untouched(server: Service) -> Iterator[None]:
    """Nothing of what the test sends may stay."""
    with assert_unchanged(server):
        yield


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_path_that_leads_elsewhere_is_refused_everywhere(server, untouched, path):
    with pytest.raises(Refusal):
        check_file_path(path)
    assert_refused(send_commit(server, write_lines(add_file("fine.txt"), add_file(path))), 400)
    assert_refused(send_commit(server, write_lines(("deletedFile", {"path": path}))), 400, 404)
    announced = {"files": [{"path": path, "size": 1, "sample": ""}]}
    assert_refused(send_request(server, "POST", "/api/models/ada/it/preupload/main", announced), 400)
    encoded = quote(path.encode("utf-8", "surrogatepass"), safe="")
    if path.strip("/"):
        assert_refused(send_request(server, "GET", f"/api/models/ada/it/tree/main/{encoded}"), 400, 404)
    for target in {encoded, quote(path.encode("utf-8", "surrogatepass"), safe="/%")} - {""}:
        answer = send_request(server, "GET", f"/ada/it/resolve/main/{target}")
        assert_refused(answer, 400, 404)
        assert answer.headers["x-error-code"] == ("BadRequest" if path == "\ud800" else "EntryNotFound")


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_none_makes_no_repository(server, untouched, name):
    with pytest.raises(Refusal):
        check_repo_id("model", "ada", name)
    assert_refused(send_request(server, "POST", "/api/repos/create", {"name": name, "organization": "ada"}), 400)
    assert_refused(send_request(server, "POST", "/api/repos/create", {"name": "x", "organization": name}), 400, 403)
    assert_refused(send_request(server, "DELETE", "/api/repos/delete", {"name": name, "organization": "ada"}), 400)
    encoded = quote(name, safe="")
    if encoded.strip("."):
        assert_refused(send_request(server, "GET", f"/api/models/ada/{encoded}"), 400, 404)
        assert_refused(send_request(server, "GET", f"/api/models/{encoded}/it"), 400, 404)
        assert_refused(send_request(server, "GET", f"/ada/{encoded}/resolve/main/README.md"), 400, 404)


@pytest.mark.parametrize("name", BAD_REFS)
def test_a_name_that_is_none_makes_no_tag_and_no_branch(server, untouched, name):
    with pytest.raises(Refusal):
        check_ref_name(name, "tag")
    assert_refused(send_request(server, "POST", "/api/models/ada/it/tag/main", {"tag": name}), 400)
    encoded = quote(name, safe="")
    if encoded:
        assert_refused(send_request(server, "POST", f"/api/models/ada/it/branch/{encoded}", {}), 400)
        assert_refused(send_request(server, "DELETE", f"/api/models/ada/it/tag/{encoded}"), 400)
        assert_refused(send_request(server, "GET", f"/api/models/ada/it/revision/{encoded}"), 404)
        assert_refused(
            send_request(server, "POST", f"/api/models/ada/it/commit/{encoded}", write_lines(add_file("a"))), 404
        )


def test_names_that_differ_only_in_letter_case_are_one(server, untouched):
    for name in ("it", "IT", "iT"):
        answer = send_request(server, "POST", "/api/repos/create", {"name": name, "organization": "ada"})
        assert_refused(answer, 409)
        assert json.loads(answer.body)["url"] == f"{server.url}/ada/it"
    assert "letter case" in answer.sentence
    assert_refused(send_request(server, "GET", "/api/models/ada/IT"), 404)


def test_a_namespace_in_other_letters_is_refused(server):
    token = {"Authorization": f"Bearer {issue_token(server.root, 'Ada')}"}
    for kind in ("model", "space"):
        answer = send_request(
            server, "POST", "/api/repos/create", {"name": "x", "type": kind, "sdk": "gradio"}, token, token=False
        )
        assert_refused(answer, 409)
        assert "letter case" in answer.sentence


@pytest.mark.parametrize("name", ["api", "datasets", "Models", "spaces", "../x", ""])
def test_no_token_is_issued_for_what_is_no_namespace(tmp_path, name):
    with pytest.raises(zoo.ZooError, match="namespace"):
        issue_token(tmp_path / "root", name)
    assert not (tmp_path / "root").exists()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=40) | st.text(alphabet="./\\%2eEfFcCaA:\0~", max_size=20))
def test_no_path_that_passes_leaves_its_folder(path):
    try:
        passed = check_file_path(path)
    except Refusal:
        return
    place = Path("/root/of/it", passed)
    assert place.is_relative_to("/root/of/it")
    assert ".." not in place.parts
    assert place.as_posix() == f"/root/of/it/{passed}"
