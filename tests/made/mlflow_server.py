"""A small MLflow tracking server: the requests of its REST protocol that tlzoo makes, with what was sent in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

__all__ = ["Server", "serving"]

_API = "/api/2.0/mlflow/"
_FILES = "/api/2.0/mlflow-artifacts/artifacts/"


class Server(ThreadingHTTPServer):
    """Experiments, runs with status, parameters, tags and metrics, and files by their path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.experiments: dict[str, str] = {}
        self.runs: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.broken = False

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, name: str, sent: dict[str, Any]) -> Any:
        """Return the answer to a request; None where there is nothing of that name."""
        return getattr(self, name.replace("/", "_").replace("-", "_"))(sent)

    def experiments_get_by_name(self, sent: dict[str, Any]) -> Any:
        found = self.experiments.get(sent["experiment_name"])
        return None if found is None else {"experiment": {"experiment_id": found, "name": sent["experiment_name"]}}

    def experiments_create(self, sent: dict[str, Any]) -> Any:
        return {"experiment_id": self.experiments.setdefault(sent["name"], str(len(self.experiments) + 1))}

    def runs_create(self, sent: dict[str, Any]) -> Any:
        key = uuid4().hex  # MLflow's client remembers runs by their ids, whatever the server
        self.runs[key] = {"name": sent["run_name"], "status": "RUNNING", "params": {}, "tags": {}, "metrics": []}
        return {"run": self.shown(key)}

    def runs_get(self, sent: dict[str, Any]) -> Any:
        return {"run": self.shown(sent["run_id"])} if sent["run_id"] in self.runs else None

    def runs_update(self, sent: dict[str, Any]) -> Any:
        run = self.runs[sent["run_id"]]
        run["status"] = sent.get("status", run["status"])
        return {"run_info": self.shown(sent["run_id"])["info"]}

    def runs_set_tag(self, sent: dict[str, Any]) -> Any:
        self.runs[sent["run_id"]]["tags"][sent["key"]] = sent["value"]
        return {}

    def runs_log_batch(self, sent: dict[str, Any]) -> Any:
        run = self.runs[sent["run_id"]]
        run["params"] |= {each["key"]: each["value"] for each in sent.get("params", [])}
        run["metrics"] += [(each["key"], each["step"], each["value"]) for each in sent.get("metrics", [])]
        return {}

    def shown(self, key: str) -> dict[str, Any]:
        place = f"mlflow-artifacts:/1/{key}/artifacts"
        info = {"run_id": key, "run_uuid": key, "experiment_id": "1", "status": self.runs[key]["status"]}
        return {"info": {**info, "artifact_uri": place, "lifecycle_stage": "active"}, "data": {}}


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self._reply({name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()})

    def do_POST(self) -> None:
        self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.files[urlsplit(self.path).path.removeprefix(_FILES)] = content
        self._send(200, {})

    def _reply(self, sent: dict[str, Any]) -> None:
        if self.server.broken:
            self._send(500, {"error_code": "INTERNAL_ERROR", "message": "the disk is full"})
            return
        answer = self.server.answer(urlsplit(self.path).path.removeprefix(_API), sent)
        missing = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "there is none"}
        self._send(404 if answer is None else 200, missing if answer is None else answer)

    def _send(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
