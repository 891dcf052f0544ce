"""Files in wheels of a package index on this machine, downloaded with pip and with uv."""

from __future__ import annotations

import ensurepip
import hashlib
import io
import os
import shutil
import signal
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tlzoo.artifacts import Limits, fetch_entry, mirror_entry, resolve, using, verify_entry
from tlzoo.artifacts.fetching import package_index
from tlzoo.errors import BytesRefusedError, EntryError, FetchError, TlzooError
from tlzoo.progress import Silent
from tlzoo.registry import File

BODY = b"weights of a small network"
SHA256 = "sha256:" + hashlib.sha256(BODY).hexdigest()
SOURCE = "wheel:acme-nets==1.0/acme_nets/net.bin"
WHEEL = "acme_nets-1.0-py3-none-any.whl"
PATIENT = Limits(connect=2, silence=5, deadline=120, attempts=3, pause=0.01)
"""An installer may start slowly on a busy machine."""
INSTALLER_OPTIONS = ("PIP_", "UV_")


def a_wheel(files: dict[str, bytes] | None = None, name: str = "acme-nets", version: str = "1.0") -> bytes:
    """Return a wheel whose package fails when it is imported."""
    info, stream = f"{name.replace('-', '_')}-{version}.dist-info", io.BytesIO()
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Dist: does-not-exist\n"
    inside = {
        "acme_nets/__init__.py": b"raise SystemExit('imported')",
        **({"acme_nets/net.bin": BODY} if files is None else files),
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path, data in inside.items():
            zipped.writestr(path, data)
    return stream.getvalue()


def a_source_archive() -> bytes:
    """Return a source archive whose build writes a file."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, data in {
            "setup.py": b"open('/tmp/built', 'w')",
            "PKG-INFO": b"Name: acme-nets\nVersion: 1.0\n",
        }.items():
            info = tarfile.TarInfo(f"acme_nets-1.0/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


@dataclass
class Index:
    """A package index (PEP 503) with one project."""

    server: Any

    def serve(self, body: bytes, name: str = WHEEL, listed: str | None = None) -> None:
        """Serve a file of the project; ``listed`` is its SHA-256 in the index, by default the right one."""
        self.server.at(f"/files/{name}", body)
        sha256 = listed or hashlib.sha256(body).hexdigest()
        page = f'<!DOCTYPE html><html><body><a href="/files/{name}#sha256={sha256}">{name}</a></body></html>'
        self.server.at("/simple/acme-nets/", lambda request: request.reply(page.encode(), Content_Type="text/html"))


@pytest.fixture(scope="session")
def pip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pip that comes with Python, because an environment of uv has none."""
    folder = tmp_path_factory.mktemp("pip")
    bundled = next((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
    shutil.unpack_archive(bundled, folder, "zip")
    return folder


@pytest.fixture
def index(server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index for which pip and uv are configured, and nothing else."""
    for name in os.environ:
        if name.startswith(INSTALLER_OPTIONS):
            monkeypatch.delenv(name)
    address = f"http://127.0.0.1:{server.server_port}/simple"
    options = {"PIP_INDEX_URL": address, "UV_DEFAULT_INDEX": address, "PIP_CONFIG_FILE": os.devnull}
    options |= {"UV_NO_CONFIG": "1", "UV_CACHE_DIR": str(tmp_path / "uv"), "PIP_CACHE_DIR": str(tmp_path / "pip-cache")}
    options |= {"PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0"}
    for name, value in options.items():
        monkeypatch.setenv(name, value)
    with using(limits=PATIENT):
        yield Index(server)


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment with uv and without pip."""
    if shutil.which("uv") is None:
        pytest.skip("uv is not installed")
    monkeypatch.setattr(package_index, "find_spec", lambda _name: None)


@pytest.fixture(params=["pip", "uv"])
def installer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """An environment with pip, and one with only uv."""
    if request.param == "uv":
        request.getfixturevalue("uv")
    elif find_spec("pip") is None:
        folder = str(request.getfixturevalue("pip_folder"))
        monkeypatch.syspath_prepend(folder)
        monkeypatch.setenv("PYTHONPATH", folder)
    return str(request.param)


class Notes(list[str], Silent):
    """Collects what the user reads."""

    def note(self, text: str) -> None:
        self.append(text)


def nothing_is_left(cache: Path) -> bool:
    return not [each for each in (cache / "downloads").iterdir() if each.is_dir()]


def test_a_file_in_a_wheel_is_downloaded_once_and_nothing_is_installed(
    installer: str, index: Index, cache: Path, an_entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.serve(a_wheel())
    project = tmp_path / "project"  # whose configuration and modules do not apply
    project.mkdir()
    monkeypatch.chdir(project)
    (project / "pip.py").write_text("raise SystemExit('the pip of the working folder')")
    (project / "uv.toml").write_text('index-url = "http://127.0.0.1:9/simple"')
    monkeypatch.delenv("UV_NO_CONFIG")
    entry = an_entry(SOURCE, SHA256, bytes=len(BODY))
    path = resolve(entry)["weights"]
    assert path == cache / "files" / SHA256.replace(":", "-") / "net.bin"
    assert path.read_bytes() == BODY
    asked = len(index.server.asked)
    assert resolve(entry)["weights"] == path
    assert len(index.server.asked) == asked
    assert [report.state for report in verify_entry(entry)] == ["verified"]
    assert nothing_is_left(cache)
    assert find_spec("acme_nets") is None


def test_sources_are_tried_in_order(uv, index: Index, an_entry, server) -> None:
    index.serve(a_wheel())
    gone = f"http://127.0.0.1:{server.server_port}/gone/net.bin"
    assert resolve(an_entry(gone, SHA256, alternatives=(SOURCE,)))["weights"].read_bytes() == BODY
    assert server.asked[0][0] == "/gone/net.bin"


def test_a_later_source_is_not_tried_if_the_first_one_works(uv, index: Index, an_entry, server) -> None:
    resolve(an_entry(server.at("/net.bin", BODY), SHA256, alternatives=(SOURCE,)))
    assert [path for path, _ in server.asked] == ["/net.bin"]


def test_every_failed_source_is_named(uv, index: Index, an_entry, server) -> None:
    gone = f"http://127.0.0.1:{server.server_port}/gone/net.bin"
    with pytest.raises(FetchError, match=r"gone/net\.bin: HTTP status 404, not found; wheel:acme-nets==1\.0/.*: uv "):
        resolve(an_entry(gone, SHA256, alternatives=(SOURCE,)))


def test_a_folder_of_a_wheel_has_its_listed_files(uv, index: Index, an_entry) -> None:
    index.serve(a_wheel({"acme_nets/model/a b.txt": b"1", "acme_nets/model/c/d": b"2", "acme_nets/model/other": b"3"}))
    members = {name: "sha256:" + hashlib.sha256(data).hexdigest() for name, data in (("a b.txt", b"1"), ("c/d", b"2"))}
    with using(progress=(notes := Notes())):
        folder = resolve(an_entry("wheel:acme-nets==1.0/acme_nets/model", members=members))["weights"]
    assert sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()) == ["a b.txt", "c/d"]
    assert notes == ["resolving acme-nets==1.0 with uv"]


def test_several_files_of_an_entry_need_one_download(uv, index: Index, cache: Path, an_entry) -> None:
    index.serve(a_wheel({"acme_nets/net.bin": BODY, "acme_nets/config.json": b"{}"}))
    config = File("wheel:acme-nets==1.0/acme_nets/config.json", "sha256:" + hashlib.sha256(b"{}").hexdigest())
    entry = an_entry(files={"weights": File(SOURCE, SHA256), "config": config})
    with using(progress=(notes := Notes())):
        assert [report.state for report in fetch_entry(entry)] == ["fetched", "fetched"]
    assert notes == ["resolving acme-nets==1.0 with uv"]
    assert nothing_is_left(cache)


def test_a_mirror_has_the_file_for_a_machine_without_an_index(
    uv, index: Index, an_entry, tmp_path, monkeypatch
) -> None:
    index.serve(a_wheel())
    entry = an_entry(SOURCE, SHA256)
    assert [report.state for report in mirror_entry(entry, tmp_path / "disk")] == ["mirrored"]
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "other"))
    asked = len(index.server.asked)
    with using(offline=True, mirrors=((tmp_path / "disk").as_uri(),)):
        assert resolve(entry)["weights"].read_bytes() == BODY
    assert len(index.server.asked) == asked


def test_offline_no_installer_is_started(index: Index, an_entry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("an installer was started"))
    with using(offline=True), pytest.raises(EntryError, match=r"net\.bin is not on this machine") as caught:
        resolve(an_entry(SOURCE, SHA256))
    assert SOURCE in str(caught.value.fix)


def refused(entry: Any, cache: Path, error: type[TlzooError], said: str) -> None:
    """Expect an error with an exact type, without a file in the cache or a left-over."""
    with pytest.raises(error, match=said) as caught:
        resolve(entry)
    assert type(caught.value) is error
    assert not list((cache / "files").glob("sha256-*/net.bin"))
    assert "\n" not in caught.value.what
    if error is BytesRefusedError:
        assert nothing_is_left(cache)


def test_an_index_that_lists_another_hash_is_refused(installer: str, index: Index, cache: Path, an_entry) -> None:
    index.serve(a_wheel(), listed="0" * 64)
    refused(an_entry(SOURCE, SHA256), cache, BytesRefusedError, "the package index (lists|returned) .*another hash")


def test_a_wheel_with_another_file_is_refused(installer: str, index: Index, cache: Path, an_entry) -> None:
    index.serve(a_wheel({"acme_nets/net.bin": b"other bytes"}))
    refused(an_entry(SOURCE, SHA256), cache, BytesRefusedError, "wheel:acme-nets==1.0/.* returned bytes with sha256:")


def test_a_source_archive_is_never_built(installer: str, index: Index, cache: Path, an_entry) -> None:
    index.serve(a_source_archive(), "acme_nets-1.0.tar.gz")
    refused(an_entry(SOURCE, SHA256), cache, FetchError, f"{installer} found no wheel: ")
    assert not Path("/tmp/built").exists()


def test_an_index_that_does_not_answer_is_named(
    installer: str, index: Index, cache: Path, an_entry, monkeypatch
) -> None:
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(name, "http://me:secret@127.0.0.1:9/simple")
    with pytest.raises(FetchError, match=f"{installer} found no wheel: .") as caught:
        resolve(an_entry(SOURCE, SHA256))
    assert "secret" not in str(caught.value)
    assert "try again; or download wheel:acme-nets==1.0/" in str(caught.value.fix)


def test_without_an_installer_the_error_says_so(index: Index, an_entry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_index, "find_spec", lambda _name: None)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(FetchError, match="neither pip nor uv is installed"):
        resolve(an_entry(SOURCE, SHA256))


@pytest.mark.parametrize(
    ("files", "error", "said"),
    [
        ({}, FetchError, r"it has no file 'acme_nets/net\.bin'"),
        ({"acme_nets/net.bin": bytes(3_000_000)}, BytesRefusedError, "3,000,000 bytes, above the limit of 1,000,000"),
        ({"acme_nets/net.bin": bytes(900_000)}, BytesRefusedError, "unpacks to more than 500,000 bytes"),
        ({f"acme_nets/{number}": b"" for number in range(60)}, BytesRefusedError, "more than 50 files"),
    ],
    ids=["missing", "huge", "bomb", "many"],
)
def test_limits_of_archives_apply(uv, index: Index, cache: Path, an_entry, files, error, said: str) -> None:
    index.serve(a_wheel(files))
    with using(limits=replace(PATIENT, file=1_000_000, unpacked=500_000, members=50)):
        refused(an_entry(SOURCE, SHA256), cache, error, said)


def test_a_huge_wheel_is_stopped_while_it_is_downloaded(installer: str, index: Index, cache: Path, an_entry) -> None:
    index.serve(a_wheel({"acme_nets/net.bin": os.urandom(400_000)}))
    limited, said = using(limits=replace(PATIENT, file=100_000)), r"40\d,\d\d\d bytes|more than 100,000 bytes"
    with limited, pytest.raises(BytesRefusedError, match=said):
        resolve(an_entry(SOURCE, SHA256))


@pytest.mark.parametrize(
    "source",
    [
        "wheel:--index-url=http://127.0.0.1:9==1.0/net.bin",
        "wheel:-r==1.0/net.bin",
        "wheel:acme @ file:///tmp/acme.whl==1.0/net.bin",
        "wheel:acme; python_version>'3'==1.0/net.bin",
        "wheel:acme[extra]==1.0/net.bin",
        "wheel:acme nets==1.0/net.bin",
        "wheel:acme\n--pre==1.0/net.bin",
        "wheel:acme==1.0\n--pre/net.bin",
        "wheel:acme==1.*/net.bin",
        "wheel:acme==1.0 --pre/net.bin",
        "wheel:acme>=1.0/net.bin",
        "wheel:acme/net.bin",
        "wheel:acme==1.0",
        "wheel:acme==1.0/",
        "wheel:acme==1.0//etc/passwd",
        "wheel:acme==1.0/../net.bin",
        "wheel:acme==1.0/a/../../net.bin",
        "wheel:acme==1.0/a\\net.bin",
        "wheel:acme==1.0/a\x1b[0m.bin",
    ],
)
def test_odd_sources_never_reach_an_installer(
    source: str, index: Index, an_entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("an installer was started"))
    with pytest.raises(TlzooError, match="wheel:NAME==VERSION/PATH"):
        resolve(an_entry(source, SHA256))


def until(holds: Callable[[], bool]) -> None:
    for _ in range(5_000):
        if holds():
            return
        time.sleep(0.02)
    pytest.fail("it did not happen in time")


class _Interrupted(Silent):
    """Interrupts this process, as Ctrl-C does, when an installer waits for the index."""

    def __init__(self, server: Any) -> None:
        self.server = server

    def note(self, text: str) -> None:
        import threading

        def interrupt() -> None:
            until(lambda: bool(self.server.asked))
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt, daemon=True).start()


def test_an_interrupted_download_stops_the_installer(
    installer: str, index: Index, cache: Path, an_entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    index.server.at("/simple/acme-nets/", lambda _request: time.sleep(60))
    with using(progress=_Interrupted(index.server)), pytest.raises(KeyboardInterrupt):
        resolve(an_entry(SOURCE, SHA256))
    assert [each.returncode for each in started] == [-signal.SIGKILL]
    assert not list(cache.glob("downloads/.wheel*"))


def test_a_download_has_a_time_limit(uv, index: Index, an_entry) -> None:
    index.server.at("/simple/acme-nets/", lambda _request: time.sleep(60))
    with using(limits=replace(PATIENT, deadline=0.5)), pytest.raises(FetchError, match=r"uv timed out after 0\.5 s"):
        resolve(an_entry(SOURCE, SHA256))
