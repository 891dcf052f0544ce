"""Host names of requests: a website that rebinds its name to 127.0.0.1 gets no answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from made_servers import Model, served

pytest.importorskip("starlette", reason="the extra tlzoo[serve] is not installed")

from tlzoo.errors import UsageError
from tlzoo.runs.serving.http.hosts import allowed_names, is_allowed
from tlzoo.runs.serving.options import ServerOptions
from tlzoo.runs.serving.server import Server

LOCAL = frozenset({"localhost"})


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served(Model(), allowed_hosts="Digits.example.org") as server:
        yield server


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "[::1]", "[::1]:8000", "localhost:80", "LOCALHOST.", "192.168.1.5:8000"]
)
def test_addresses_and_localhost_are_allowed(host: str) -> None:
    assert is_allowed(host, LOCAL)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8000", "localhost.evil.example", "xlocalhost", "", "[::1", ":80"]
)
def test_other_names_are_not(host: str) -> None:
    assert not is_allowed(host, LOCAL)


@pytest.mark.parametrize(
    ("host", "given", "address", "names"),
    [
        ("127.0.0.1", "", "127.0.0.1", {"localhost", "127.0.0.1"}),
        ("mybox", "", "127.0.1.1", {"localhost", "mybox"}),
        ("::1", "", "::1", {"localhost", "::1"}),
        ("127.0.0.1", "*", "127.0.0.1", None),
        ("0.0.0.0", "", "0.0.0.0", None),
        ("0.0.0.0", "a.org,B.org", "0.0.0.0", {"a.org", "b.org", "localhost", "0.0.0.0"}),
        ("192.168.1.5", "", "192.168.1.5", None),
    ],
)
def test_names_are_limited_on_this_machine_and_if_named(
    host: str, given: str, address: str, names: set[str] | None
) -> None:
    assert allowed_names(ServerOptions.checked(host=host, allowed_hosts=given), address) == names


def test_names_are_given_as_a_list_too() -> None:
    assert ServerOptions.checked(allowed_hosts=["a.org", "b.org"]).allowed_hosts == "a.org,b.org"
    for given in ("http://a.org", "a.org:80", "a.org, b.org", ["*", "a.org"], 3):
        with pytest.raises(UsageError, match=r"allowed_hosts must be .*; got "):
            ServerOptions.checked(allowed_hosts=given)


@pytest.mark.parametrize("path", ["/metadata", "/health", "/metrics", "/", "/no-such-path"])
def test_a_rebound_name_gets_one_line(server: Server, path: str) -> None:
    answer = requests.get(server.url + path, headers={"Host": "evil.example"}, timeout=20)
    line = "host 'evil.example' is not allowed; use localhost or an IP address, or start with --allowed-hosts NAME"
    assert (answer.status_code, answer.json()) == (400, {"error": line})


def test_a_rebound_name_gets_no_prediction(server: Server) -> None:
    given = {"json": {"inputs": ["a book"]}, "timeout": 20}
    for host, status in [("evil.example", 400), ("digits.example.org", 200), ("digits.example.org:443", 200)]:
        assert requests.post(f"{server.url}/predict", headers={"Host": host}, **given).status_code == status  # type: ignore[arg-type]
    assert 'tlzoo_requests_total{path="other",status="400"}' in requests.get(f"{server.url}/metrics", timeout=20).text
