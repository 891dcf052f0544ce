"""The server over HTTP: answers, limits, errors, and its end."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_servers import Model, served

pytest.importorskip("starlette", reason="the extra tlzoo[serve] is not installed")

from tlzoo.modalities.text.raw_inputs import TextInputs
from tlzoo.modalities.vision.raw_inputs import ImageInputs
from tlzoo.runs.serving.http import bodies, tensorflow_serving
from tlzoo.runs.serving.http.request_inputs import parse_json
from tlzoo.runs.serving.server import Server

MANY = {"label": "many", "probabilities": {"few": 0.0, "many": 1.0}}
FEW = {"label": "few", "probabilities": {"few": 1.0, "many": 0.0}}


@pytest.fixture(scope="module")
def texts() -> Iterator[Server]:
    with served(Model(), max_queue=50, max_body=0.1) as server:
        yield server


@pytest.fixture(scope="module")
def files() -> Iterator[Server]:
    with served(Model(ImageInputs("images", ()))) as server:
        yield server


def post(server: Server, path: str = "/predict", **body: Any) -> tuple[int, Any]:
    answer = requests.post(server.url + path, timeout=20, **body)
    return answer.status_code, answer.json()


def get(server: Server, path: str) -> requests.Response:
    return requests.get(server.url + path, timeout=20)


def test_it_listens_on_this_machine_only(texts: Server) -> None:
    assert texts.url.startswith("http://127.0.0.1:")


def test_json_inputs_are_answered_in_order(texts: Server) -> None:
    assert post(texts, json={"inputs": ["a book", "abc"]}) == (200, {"predictions": [MANY, FEW]})


def test_files_fields_and_bodies_are_inputs(texts: Server, files: Server) -> None:
    parts = [("file", ("a.txt", b"a book")), ("text", (None, "abc")), ("file", ("b.txt", b"ab"))]
    assert post(texts, files=parts) == (200, {"predictions": [MANY, FEW, FEW]})
    assert post(texts, data=b"a book", headers={"Content-Type": "text/plain"}) == (200, {"predictions": [MANY]})
    assert post(files, files={"file": ("a.jpg", b"abc")}) == (200, {"predictions": [FEW]})
    assert post(files, data=b"abcdef") == (200, {"predictions": [MANY]})
    encoded = base64.b64encode(b"abcdef").decode()
    assert post(files, json={"inputs": [{"b64": encoded}]}) == (200, {"predictions": [MANY]})


def test_one_unreadable_input_has_an_error_and_the_others_are_predicted(texts: Server) -> None:
    status, answer = post(texts, json={"inputs": ["", "a book"]})
    assert (status, answer) == (200, {"predictions": [{"error": "the text is blank"}, MANY]})
    status, answer = post(texts, json={"inputs": ["unreadable"]})
    assert (status, answer["error"]) == (422, "no input can be read: cannot be read")


def test_only_a_few_unreadable_inputs_are_examined_for_a_reason(texts: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    examined: list[Any] = []
    monkeypatch.setattr(TextInputs, "why", lambda _self, data: examined.append(data) or "not readable")
    assert post(texts, json={"inputs": ["unreadable"] * 20})[1]["predictions"][19] == {
        "error": "cannot be read; send it alone for the reason"
    }
    assert len(examined) == 4
    assert post(texts, "/v1/models/letters:predict", json={"instances": ["unreadable"] * 20})[0] == 400
    assert len(examined) == 5


def test_the_rest_form_of_tensorflow_serving(texts: Server) -> None:
    path = "/v1/models/letters:predict"
    row = {"label": "many", "probabilities": [0.0, 1.0]}
    assert post(texts, path, json={"instances": ["a book"]}) == (200, {"predictions": [row]})
    assert post(texts, path, json={"instances": [{"texts": "a book"}]}) == (200, {"predictions": [row]})
    assert post(texts, path, json={"inputs": {"texts": ["abc", "a book"]}})[1]["outputs"]["label"] == ["few", "many"]
    assert post(texts, "/v1/models/letters/versions/1:predict", json={"instances": ["abc"]})[0] == 200
    assert post(texts, path, json={"instances": ["a", ""]}) == (
        400,
        {"error": "input 1 cannot be read: the text is blank"},
    )
    assert post(texts, "/v1/models/other:predict", json={"instances": ["a"]})[0] == 404
    assert post(texts, path, json={"instances": ["a"], "signature_name": "other"})[0] == 400
    status = get(texts, "/v1/models/letters").json()
    assert status["model_version_status"][0]["state"] == "AVAILABLE"
    definition = get(texts, "/v1/models/letters/metadata").json()["metadata"]["signature_def"]["signature_def"]
    assert definition["serving_default"]["inputs"]["texts"]["dtype"] == "DT_STRING"
    assert get(texts, "/v1/models/letters/versions/2").status_code == 404
    assert get(texts, path).status_code == 405


def test_health_readiness_metadata_and_metrics(texts: Server) -> None:
    assert get(texts, "/health").json() == {"status": "ok"}
    assert get(texts, "/ready").json() == {"status": "ready"}
    found = get(texts, "/metadata").json()
    assert (found["names"], found["task"], found["input"]["form"]) == (["few", "many"], "classification", "text")
    post(texts, json={"inputs": ["abc"]})
    metrics = get(texts, "/metrics").text
    assert 'tlzoo_requests_total{path="/predict",status="200"}' in metrics
    assert "tlzoo_batch_inputs_bucket" in metrics


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ({"json": ["abc"]}, 400),
        ({"json": {"inputs": []}}, 400),
        ({"json": {"inputs": "abc"}}, 400),
        ({"json": {"inputs": ["abc"], "more": 1}}, 400),
        ({"json": {"inputs": [3]}}, 400),
        ({"data": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ({"data": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=y"}}, 400),
        ({"data": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=y; charset=punycode"}}, 400),
        ({"data": b""}, 400),
        ({"data": b"x", "headers": {"Content-Encoding": "gzip"}}, 400),
        ({"data": b"  "}, 422),
        ({"json": {"inputs": ["a"] * 51}}, 400),
        ({"data": b"x" * 100_001}, 413),
    ],
)
def test_invalid_requests_get_their_status_and_one_line(texts: Server, body: dict[str, Any], status: int) -> None:
    found, answer = post(texts, **body)
    assert found == status
    assert "\n" not in answer["error"]


def test_a_body_without_a_length_is_limited_too(texts: Server) -> None:
    assert post(texts, data=(b"x" * 1000 for _ in range(200)))[0] == 413


def test_the_memory_of_all_bodies_is_limited_and_released(texts: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    application = texts._application  # type: ignore[attr-defined]
    assert application._held == 0
    monkeypatch.setattr(application, "_most_held", 1000)
    assert post(texts, data=b"x" * 1001)[0] == 503
    assert post(texts, data=b"x" * 1000)[0] == 200
    assert application._held == 0


def test_unknown_paths_and_methods(texts: Server) -> None:
    assert get(texts, "/nothing").status_code == 404
    assert get(texts, "/predict").status_code == 405
    assert requests.post(texts.url + "/health", timeout=20).status_code == 405


def test_paths_and_addresses_are_not_opened(files: Server) -> None:
    for each in ("/etc/passwd", "http://127.0.0.1:1/x.png", ["/etc/passwd"]):
        assert post(files, json={"inputs": [each]})[0] == 400
        assert post(files, "/v1/models/letters:predict", json={"instances": [each]})[0] == 400


def test_a_decompression_bomb_is_too_large(files: Server) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    status, answer = post(files, data=bomb)
    assert (status, answer["error"][:29]) == (413, "input 0 takes 28.8 GB when it")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["application/json", "multipart/form-data; boundary=x", "image/png", "", "text/plain"]),
    body=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["inputs", "instances", "b64"]), inner)
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
        st.binary(max_size=50).map(
            lambda data: b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + data + b"\r\n--x--"
        ),
    ),
    path=st.sampled_from(["/predict", "/v1/models/letters:predict"]),
)
def test_random_bodies_never_fail_the_server(texts: Server, files: Server, kind: str, body: bytes, path: str) -> None:
    for server in (texts, files):
        answer = requests.post(server.url + path, data=body, headers={"Content-Type": kind}, timeout=20)
        assert answer.status_code in {200, 400, 413, 422} or b"fail" in body


def test_a_failing_model_is_reported_in_one_line_and_the_server_goes_on() -> None:
    said: list[str] = []
    with served(Model(), said.append) as server:
        assert post(server, json={"inputs": ["fail"]}) == (
            500,
            {"error": "the model failed; the server's log has the reason"},
        )
        assert post(server, json={"inputs": ["abc"]})[0] == 200
    assert said == ["POST /predict failed: RuntimeError: the network failed"]


def test_a_full_queue_is_answered_with_503_and_the_server_recovers() -> None:
    model = Model()
    model.go.clear()
    with served(model, max_queue=4, max_batch=2) as server:
        found: list[int] = []
        threads = [
            threading.Thread(target=lambda: found.append(post(server, json={"inputs": ["abc"]})[0])) for _ in range(5)
        ]
        threads[0].start()
        until(lambda: model.batches)
        for each in threads[1:]:
            each.start()
        until(lambda: server._application.batcher.waiting == 4)
        refused = requests.post(server.url + "/predict", json={"inputs": ["abc"]}, timeout=20)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert get(server, "/health").status_code == 200
        model.go.set()
        for each in threads:
            each.join()
        assert found == [200] * 5
        assert post(server, json={"inputs": ["abc"]})[0] == 200


def test_a_request_that_takes_too_long_is_answered_with_504() -> None:
    model = Model()
    model.go.clear()
    with served(model, timeout=0.2) as server:
        assert post(server, json={"inputs": ["abc"]}) == (
            504,
            {"error": "no answer within 0.2 s; send fewer inputs, or try again later"},
        )
        model.go.set()


def test_a_slow_body_is_answered_with_408() -> None:
    with served(Model(), timeout=0.2) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
        connection.putrequest("POST", "/predict")
        connection.putheader("Content-Length", "10")
        connection.endheaders(b"abc")
        with contextlib.closing(connection):
            assert connection.getresponse().status == 408


def test_a_head_of_a_request_is_limited_in_size(texts: Server) -> None:
    assert get(texts, "/health").status_code == 200
    with connected(texts) as connection:
        with contextlib.suppress(OSError):  # closed by the server
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX: ")
            for _ in range(100):
                connection.sendall(b"a" * 100_000)
        with contextlib.suppress(ConnectionError):  # it was closed before all was read
            assert b" 400 " in connection.recv(1000)[:20]
    assert get(texts, "/health").headers["content-type"] == "application/json"


def test_a_body_larger_than_the_limit_of_a_head_is_taken(files: Server) -> None:
    assert post(files, data=(b"x" * 10_000 for _ in range(30)))[0] in {200, 422}


def test_large_bodies_are_parsed_outside_the_thread_of_the_server(files: Server, monkeypatch: Any) -> None:
    threads: list[str] = []

    def recorded(body: bytes) -> Any:
        threads.append(threading.current_thread().name)
        return parse_json(body)

    for module in (bodies, tensorflow_serving):
        monkeypatch.setattr(module, "parse_json", recorded)
    for side, own in ((2, True), (200, False)):
        image = [[[0, 1, 2]] * side] * side
        answers = [
            post(files, json={"inputs": [image]}),
            post(files, files=[("image", (None, json.dumps(image)))]),
            post(files, "/v1/models/letters:predict", json={"instances": [image]}),
        ]
        assert [status for status, _ in answers] == [200] * 3
        assert [each == "tlzoo-server" for each in threads] == [own] * 3
        threads.clear()
    assert post(files, data=b"[" * 100_000, headers={"Content-Type": "application/json"})[0] == 400


def test_a_slow_head_ends_the_connection() -> None:
    with served(Model(), timeout=0.2) as server, connected(server) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHo")
        assert connection.recv(1000) == b""


def connected(server: Server) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def test_a_stop_finishes_running_requests_and_refuses_new_ones() -> None:
    model = Model()
    model.go.clear()
    server = served(model)
    kept = requests.Session()
    assert kept.get(server.url + "/ready", timeout=20).status_code == 200
    found: list[Any] = []
    running = threading.Thread(target=lambda: found.append(post(server, json={"inputs": ["abc"]})))
    running.start()
    until(lambda: model.batches)
    server.stop()
    until(lambda: refuses(server))
    model.go.set()
    running.join()
    assert found == [(200, {"predictions": [FEW]})]
    assert server.wait(20)
    kept.close()


def refuses(server: Server) -> bool:
    try:
        return get(server, "/ready").status_code == 503
    except requests.ConnectionError:
        return True


def until(condition: Any) -> None:
    last = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < last
        time.sleep(0.005)
