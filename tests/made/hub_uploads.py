"""A hub on localhost that can be written: repositories, preupload, large files by LFS, and commits."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hub_server import LARGE, HubServer, _Request, running

TOKEN = "hf_secret"


class WritableHub(HubServer):
    """``stored`` are the large files by SHA-256, ``fails`` is the number of uploads after which it answers with 400."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = _Upload
        self.stored: dict[str, bytes] = {}
        self.puts: list[str] = []
        self.fails: int | None = None
        self.forbidden = False


class _Upload(_Request):
    server: WritableHub

    def do_GET(self) -> None:  # noqa: N802
        path = unquote(urlsplit(self.path).path)
        if path == "/api/whoami-v2":
            self._answer({"name": "me", "type": "user"}) if self._allowed() else self._answer({"error": "no"}, 401)
        elif path == "/api/agent-harnesses":
            self._answer([])
        elif "/tree/" in path:
            name = path.removeprefix("/api/models/").partition("/tree/")[0]
            files = self.server.repositories.get(name)
            rows = [
                {"type": "file", "path": path, "size": len(body), "oid": "0" * 40}
                for path, body in (files or {}).items()
            ]
            self._answer(rows) if files is not None else self._answer({"error": "not found"}, 404, "RepoNotFound")
        elif path.startswith("/api/models/") and path.count("/") == 4:
            name = path.removeprefix("/api/models/")
            known = name in self.server.repositories
            self._answer(self.server.listing(name)) if known else self._answer({"error": "no"}, 404, "RepoNotFound")
        else:
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(path)
        if not self._allowed():
            self._answer({"error": "Invalid credentials"}, 401)
        elif self.server.forbidden:
            self._answer({"error": "Forbidden"}, 403)
        elif path == "/api/validate-yaml":
            self._answer({"errors": [], "warnings": []})
        elif path == "/api/repos/create":
            self._create(json.loads(body))
        elif "/preupload/" in path:
            files = [
                {
                    "path": each["path"],
                    "uploadMode": "lfs" if _is_large(each["path"]) else "regular",
                    "shouldIgnore": False,
                }
                for each in json.loads(body)["files"]
            ]
            self._answer({"files": files})
        elif path.endswith("/info/lfs/objects/batch"):
            self._answer({"transfer": "basic", "objects": [self._object(each) for each in json.loads(body)["objects"]]})
        else:
            self._commit(path.removeprefix("/api/models/").partition("/commit/")[0], body)

    def do_PUT(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        hashed = self.path.rpartition("/")[2]
        self.server.puts.append(hashed)
        if self.server.fails is not None and len(self.server.puts) > self.server.fails:
            self._answer({"error": "interrupted"}, 400)
            return
        assert hashlib.sha256(body).hexdigest() == hashed
        self.server.stored[hashed] = body
        self._answer({})

    def _create(self, asked: dict[str, Any]) -> None:
        name = f"{asked['organization']}/{asked['name']}"
        status = 409 if name in self.server.repositories else 200
        self.server.repositories.setdefault(name, {".gitattributes": b""})
        self.server.private.setdefault(name, asked.get("visibility") == "private" or bool(asked.get("private")))
        self._answer({"url": f"{self.server.address}/{name}"}, status)

    def _object(self, asked: dict[str, Any]) -> dict[str, Any]:
        upload = {"upload": {"href": f"{self.server.address}/lfs/{asked['oid']}", "header": {}}}
        there = asked["oid"] in self.server.stored
        return {"oid": asked["oid"], "size": asked["size"], **({} if there else {"actions": upload})}

    def _commit(self, name: str, body: bytes) -> None:
        files = dict(self.server.repositories[name])
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.server.stored[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        self.server.repositories[name] = files
        commit = self.server.commit(name)
        self._answer(
            {"success": True, "commitOid": commit, "commitUrl": f"{self.server.address}/{name}/commit/{commit}"}
        )

    def _allowed(self) -> bool:
        self.server.tokens.append(self.headers.get("Authorization"))
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _answer(self, value: Any, status: int = 200, code: str = "") -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if code:
            self.send_header("X-Error-Code", code)
        self.end_headers()
        self.wfile.write(body)


def _is_large(path: str) -> bool:
    return path.endswith((*LARGE, ".npz", ".keras", ".pb"))


@pytest.fixture
def writable_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[WritableHub]:
    """A running server that takes the place of the hub, and a valid token; large files go by LFS, not by Xet."""
    from huggingface_hub import constants

    server = WritableHub()
    with running(server):
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "ENDPOINT", server.address)
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("TLZOO_OFFLINE", raising=False)
        yield server
