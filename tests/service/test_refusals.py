"""Bad input: each is refused in one sentence with the status that the client understands, and leaves nothing behind.

Here are addresses, tokens, shells and clients; names, commits and uploads have files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from huggingface_hub import HfApi
from huggingface_hub import errors as hub

from tests._support.refusals import (
    add_file,
    assert_refused,
    assert_unchanged,
    run_strict_service,
    send_request,
    write_lines,
)
from tests._support.service import Service
from zoo.__main__ import main


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_strict_service(tmp_path_factory.mktemp("refusals") / "root") as service:
        yield service


@pytest.fixture
def untouched(server: Service) -> Iterator[None]:
    """Nothing of what the test sends may stay."""
    with assert_unchanged(server):
        yield


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic eDp5",
        "Bearer zoo_0123456789abcdef_",
        "Bearer zoo_../../secret_x",
        "\xff\xfe",
    ],
)
def test_a_token_that_is_none_is_refused(server, untouched, authorization):
    headers = {"Authorization": authorization}
    assert_refused(send_request(server, "POST", "/api/repos/create", {"name": "x"}, headers, token=False), 401)
    assert_refused(send_request(server, "GET", "/api/whoami-v2", None, headers, token=False), 401)


def test_unknown_addresses_and_methods_get_a_sentence(server, untouched):
    for method, target in (
        ("GET", "/api/models/ada/it/security"), ("POST", "/api/models/ada/it"), ("PATCH", "/api/models/ada/it/refs"),
        ("GET", "/api/datasets/a/b"), ("GET", "/api/nothing"), ("POST", "/api/collections"),
        ("PUT", "/api/models/ada/it/settings"),
        ("GET", "/api/models/ada/it/xet-read-token/main"), ("GET", "/datasets/a/b/resolve/main/x"),
    ):  # fmt: skip
        assert_refused(send_request(server, method, target), 501)
    assert_refused(send_request(server, "GET", "/a/b/c/d/e/f"), 404)
    assert_refused(send_request(server, "GET", "/%ff/%fe"), 404)
    assert_refused(send_request(server, "GET", "/../../../etc/passwd"), 404)
    assert_refused(send_request(server, "GET", "/ada/it/resolve/main/../../../../etc/passwd"), 400, 404)
    assert_refused(send_request(server, "GET", "/" + "x" * 20_000), 414)
    assert_refused(send_request(server, "GET", "/", headers={"X-Much": "x" * 33_000}), 431)


def test_the_shell_shows_one_sentence(server, tmp_path, capsys):
    (tmp_path / "file").touch()
    for words, said in (
        (("token", "../x", "--root", tmp_path / "root"), "'../x' is no namespace"),
        (("token", "ada", "--root", tmp_path / "file" / "below"), "cannot be written"),
        (("serve", "--root", tmp_path / "file"), "cannot be written"),
        (("serve", "--root", tmp_path / "root", "--port", server.port), f"cannot listen on port {server.port}"),
        (("serve", "--root", tmp_path / "root", "--port", 99_999), "cannot listen on port 99999"),
        (("serve", "--root", tmp_path / "root", "--host", "256.0.0.1"), "of 256.0.0.1"),
    ):
        assert main([str(word) for word in words]) == 1
        shown = capsys.readouterr()
        assert shown.out == ""
        assert said in shown.err
        assert shown.err.count("\n") == 1


def test_a_refusal_in_a_browser_keeps_its_headers(server, untouched):
    answer = send_request(server, "GET", "/api/whoami-v2", headers={"Accept": "text/html", "Authorization": "Bearer x"})
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["x-error-message"]
    assert answer.headers["content-type"].startswith("text/html")


def test_the_real_client_meets_its_own_exceptions(server, untouched):
    api = HfApi(endpoint=server.url, token=server.token)
    with pytest.raises(hub.BadRequestError, match=r"Line 2: The path 'a/\.\./b' is refused"):
        send_raw(api, "a/../b")
    with pytest.raises(hub.BadRequestError, match="device"):
        api.upload_file(path_or_fileobj=b"x", path_in_repo="aux.txt", repo_id="ada/it")
    with pytest.raises(hub.BadRequestError):
        api.create_tag("ada/it", tag="a..b")
    with pytest.raises(hub.RevisionNotFoundError):
        api.model_info("ada/it", revision="../../main")
    with pytest.raises(hub.EntryNotFoundError):
        api.hf_hub_download("ada/it", "a/aux.txt")
    assert api.get_paths_info("ada/it", ["..", "../x", "/etc/passwd", "a\0", "", "\ud800"[:0]]) == []


def send_raw(api: HfApi, path: str) -> None:
    from huggingface_hub.utils import get_session, hf_raise_for_status

    hf_raise_for_status(
        get_session().post(
            f"{api.endpoint}/api/models/ada/it/commit/main",
            content=write_lines(add_file(path)),
            headers=api._build_hf_headers(),
        )
    )
