"""A cache and a lock of one test's own, a server, and entries for what it serves."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tlzoo.artifacts import Limits, using
from tlzoo.registry import Entry, Features, File, ImageInput

QUICK = Limits(connect=2, silence=0.5, deadline=8, attempts=3, pause=0.01)


def _load(name: str) -> ModuleType:
    """Import a module that lies beside the tests, which are no package."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"tests_artifacts_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


misbehaving = _load("misbehaving")


@pytest.fixture(scope="session")
def behaving() -> ModuleType:
    """The ways in which the server can behave."""
    return misbehaving


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder that nothing has used yet, and a lock beside it."""
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TLZOO_LOCK", str(tmp_path / "tlzoo.lock"))
    for name in ("TLZOO_MODELS", "TLZOO_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache"


@pytest.fixture
def server(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The server, with the network switched on and everything quick."""
    monkeypatch.delenv("TLZOO_OFFLINE")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    served = misbehaving.Server()
    with using(limits=QUICK):
        yield served
    served.shutdown()
    served.server_close()


@pytest.fixture(scope="session")
def an_entry() -> Callable[..., Entry]:
    """A function from sources (and hashes) to an entry: keywords are the fields of its file."""

    def make(
        source: str = "", hashed: str | None = None, *, files: dict[str, File] | None = None, **more: Any
    ) -> Entry:
        return Entry(
            id="acme/net.pets",
            plugin="acme",
            summary="",
            modality="vision",
            loader="net",
            files=files or {"weights": File(source, hashed, **more)},
            input=ImageInput("image", (32, 32)),
            features=Features("map"),
            licence="MIT",
        )

    return make


@pytest.fixture(scope="session")
def sha256() -> Callable[[bytes], str]:
    return lambda data: "sha256:" + hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="session")
def archive() -> Callable[..., bytes]:
    """A function from files to the bytes of an archive."""
    import io
    import tarfile
    import zipfile

    def make(files: dict[str, bytes], kind: str = "tar.gz") -> bytes:
        stream = io.BytesIO()
        if kind == "zip":
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as zipped:
                for name, data in files.items():
                    zipped.writestr(name, data)
            return stream.getvalue()
        with tarfile.open(fileobj=stream, mode="w:gz" if kind == "tar.gz" else "w") as tar:
            for name, data in files.items():
                info = tarfile.TarInfo(f"./{name}")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return stream.getvalue()

    return make
