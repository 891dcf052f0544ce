"""Files of entries by command: fetched, verified, carried to a machine without a network, and trained from there."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tlzoo_vision

WEIGHTS = Path(tlzoo_vision.__file__).parent / "weights" / "glyphnet.glyphs.weights.h5"
ENTRY = """
[entries."acme/net.pets"]
summary = "An entry made for a test"
modality = "vision"
loader = "net"
licence = "Apache-2.0"
files.weights = {{ source = "{source}", {hash} }}
input.kind = "image"
input.size = [32, 32]
input.smallest = [16, 16]
input.channels = 1
input.order = "grey"
features.kind = "map"
"""
CUT = """\
import socket, sys

def cut(*_):
    raise AssertionError("the network is cut")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = cut
from tlzoo.cli import main
sys.exit(main(sys.argv[1:]))
"""


REPEATED = """\
import sys
from tlzoo.cli import main
for _ in range(int(sys.argv[1])):
    if code := main(sys.argv[2:]):
        sys.exit(code)
"""


def plugin():
    from tlzoo.plugins import hookimpl

    @hookimpl
    def tlzoo_backbones():
        from tlzoo_vision.loaders import load_glyphnet

        return {"net": load_glyphnet}


@pytest.fixture
def published(server, cache: Path, distributions, monkeypatch):
    """A plugin whose entry's weights lie on the server; a function says with which hash."""
    monkeypatch.setenv("TLZOO_CACHE", str(cache))
    distributions.environment["TLZOO_LOCK"] = str(cache.parent / "tlzoo.lock")
    distributions.environment["TLZOO_CACHE"] = str(cache)
    distributions.environment.pop("TLZOO_OFFLINE", None)
    source = server.at("/net.weights.h5", WEIGHTS.read_bytes())

    def publish(algorithm: str | None = "sha256"):
        hashed = f'hash = "{algorithm}:{hashlib.new(algorithm, WEIGHTS.read_bytes()).hexdigest()}"' if algorithm else ""
        distributions.add("acme", plugin, more=ENTRY.format(source=source, hash=hashed).replace(",  }", " }"))
        return distributions

    return publish


def answers(done) -> list[dict[str, object]]:
    said: list[dict[str, object]] = json.loads(done.stdout)
    return said


@pytest.mark.slow
def test_damaged_files_are_found_and_fetched_again(published, server, cache: Path) -> None:
    site = published()
    (missing,) = answers(site.tlzoo("verify", "acme/net.pets", "--json", code=3))
    assert (missing["state"], missing["path"]) == ("missing", None)
    assert "put it at" in str(missing["fix"])
    (fetched,) = answers(site.tlzoo("fetch", "acme/net.pets", "--json"))
    assert (fetched["state"], fetched["bytes"]) == ("fetched", WEIGHTS.stat().st_size)
    assert [each["state"] for each in answers(site.tlzoo("fetch", "acme/*", "--json"))] == ["here"]
    assert [each["state"] for each in answers(site.tlzoo("verify", "net", "--json"))] == ["verified"]
    path = Path(str(fetched["path"]))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    done = site.tlzoo("verify", "net", code=4)
    assert "refused" in done.stdout
    assert "run `tlzoo fetch acme/net.pets` to download it again" in done.stderr
    assert [each["state"] for each in answers(site.tlzoo("fetch", "net", "--json"))] == ["fetched"]
    assert path.read_bytes() == WEIGHTS.read_bytes()
    listed = json.loads(site.tlzoo("cache", "list", "--json").stdout)
    assert [(each["kind"], each["what"]) for each in listed if each["kind"] == "file"] == [("file", "net.weights.h5")]
    site.tlzoo("cache", "prune", "--all", "--files")
    assert not path.exists()


def test_trusted_files_without_a_hash_are_fetched(published) -> None:
    site = published(None)
    assert "has no declared hash" in site.tlzoo("fetch", "net", code=3).stderr
    site.tlzoo("fetch", "net", "--trust-on-first-use")
    assert [each["state"] for each in answers(site.tlzoo("fetch", "net", "--json"))] == ["here"]


def test_several_entries_are_done_though_one_fails(published, server) -> None:
    site = published()
    server.at("/net.weights.h5", b"other")
    reports = answers(site.tlzoo("fetch", "acme/*", "vision/glyphnet*", "--json", code=4))
    assert [each["state"] for each in reports] == ["refused", "here", "here"]  # GlyphNet has two files
    assert "not the declared sha256:" in str(reports[0]["error"])
    assert "no entry matches 'acme/x*'" in site.tlzoo("fetch", "acme/x*", code=3).stderr


@pytest.mark.slow
def test_a_mirror_is_trained_from_with_the_network_cut(published, server, cache: Path, tmp_path: Path) -> None:
    site, trust = published(None), ("--trust-on-first-use",)
    reports = answers(site.tlzoo("mirror", "net", "glyphnet", str(tmp_path / "disk"), "--json", *trust))
    assert [each["state"] for each in reports] == ["mirrored", "local", "local"]  # GlyphNet has two files
    index = json.loads((tmp_path / "disk/mirror.json").read_text())
    assert [row["entries"] for row in index["files"]] == [["acme/net.pets"]]

    shutil.rmtree(cache)
    (cache.parent / "tlzoo.lock").unlink(missing_ok=True)
    asked = len(server.asked)
    site.environment["TLZOO_MIRROR"] = (tmp_path / "disk").as_uri()
    (site.folder / "cut.py").write_text(CUT)
    words = ("train", "--data", "digits:", "--backbone", "net", "--strategy", "feature-extraction")
    words += ("--per-class", "3", "--epochs", "2", "--export", "none")
    done = subprocess.run(
        [sys.executable, str(site.folder / "cut.py"), *words, "--offline", "--json", "--quiet", *trust],
        env=site.environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["backbone"] == "acme/net.pets"
    assert len(server.asked) == asked


def at_once(site, *commands: tuple[str, ...], times: int = 1) -> list[tuple[int, str]]:
    """Run command lines in a process each, all at the same time; return exit code and stderr of each."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", REPEATED, str(times), *words],
            env=site.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        for words in commands
    ]  # fmt: skip
    said = [each.communicate()[1] for each in started]
    return [(each.returncode, text) for each, text in zip(started, said, strict=True)]


def add_more(site, server, count: int) -> list[str]:
    """Install a plugin with as many entries, each with other weights on the server; return their ids."""
    texts = []
    for at in range(count):
        body = b"%d" % at * 100_000
        hashed = f'hash = "sha256:{hashlib.sha256(body).hexdigest()}"'
        source = server.at(f"/more{at}.bin", body)
        texts.append(ENTRY.format(source=source, hash=hashed).replace("acme/net.pets", f"more/net{at}.pets"))
    site.add("more", plugin, more="".join(texts))
    return [f"more/net{at}.pets" for at in range(count)]


@pytest.mark.slow
def test_two_simultaneous_mirrors_into_one_folder_are_complete(published, server, tmp_path: Path) -> None:
    site, disk = published(), tmp_path / "disk"
    names = add_more(site, server, 6)
    done = at_once(site, ("mirror", *names[:4], str(disk)), ("mirror", *names[2:], str(disk)))
    assert [code for code, _ in done] == [0, 0], done
    rows = json.loads((disk / "mirror.json").read_text())["files"]
    assert sorted(row["entries"][0] for row in rows) == names
    for row in rows:
        assert "sha256:" + hashlib.sha256((disk / row["path"]).read_bytes()).hexdigest() == row["hash"]
    assert not [path for path in disk.rglob("*") if path.name.endswith((".part", ".lock"))]


@pytest.mark.slow
@pytest.mark.parametrize("command", ["fetch", "mirror"])
def test_files_fetched_during_pruning_are_complete(published, server, tmp_path: Path, command: str) -> None:
    site = published()
    names = add_more(site, server, 3)
    words = (command, *names, *([str(tmp_path / "disk")] if command == "mirror" else []))
    prune = ("cache", "prune", "--all", "--files")
    done = at_once(site, words, words, prune, prune, times=15)
    assert [code for code, _ in done] == [0] * 4, done
    assert {each["state"] for each in answers(site.tlzoo("fetch", *names, "--json"))} <= {"here", "fetched"}


def test_a_mirror_by_http_comes_before_the_source(published, server, tmp_path: Path) -> None:
    site = published()
    site.tlzoo("mirror", "net", str(tmp_path / "disk"))
    served = {path.relative_to(tmp_path / "disk").as_posix(): path for path in (tmp_path / "disk").rglob("*.h5")}
    for path, file in served.items():
        server.at(f"/mirror/{path}", file.read_bytes())
    site.environment["TLZOO_MIRROR"] = f"http://127.0.0.1:{server.server_port}/mirror/"
    site.tlzoo("cache", "prune", "--all", "--files")
    asked = len(server.asked)
    site.tlzoo("fetch", "net")
    assert [path for path, _ in server.asked[asked:]] == [f"/mirror/{path}" for path in served]


def test_a_mirror_with_other_bytes_is_refused(published, server, tmp_path: Path) -> None:
    site = published()
    site.tlzoo("mirror", "net", str(tmp_path / "disk"))
    for path in (tmp_path / "disk").rglob("*.h5"):
        path.write_bytes(b"other")
    site.environment["TLZOO_MIRROR"] = (tmp_path / "disk").as_uri()
    site.tlzoo("cache", "prune", "--all", "--files")
    assert "not the declared" in site.tlzoo("fetch", "net", code=4).stderr


def test_files_missing_in_a_mirror_come_from_the_source(published, tmp_path: Path) -> None:
    site = published()
    site.environment["TLZOO_MIRROR"] = (tmp_path / "empty").as_uri()
    site.tlzoo("fetch", "net")
    site.tlzoo("cache", "prune", "--all", "--files")
    done = site.tlzoo("fetch", "net", "--offline", code=3)
    assert "could not be downloaded from file://" in done.stderr
    assert "not found" in done.stderr
    assert "put it at" in done.stderr


def test_archives_and_folders_are_mirrored_as_they_were_published(
    server, cache, an_entry, archive, sha256, tmp_path
) -> None:
    from tlzoo.artifacts import mirror_entry, resolve, using
    from tlzoo.registry import File

    packed, members = archive({"a.txt": b"a"}), {"config.json": b"{}", "words/list.txt": b"a"}
    for path, data in members.items():
        server.at(f"/preset/{path}", data)
    preset = f"http://127.0.0.1:{server.server_port}/preset"
    files = {
        "module": File(server.at("/net", packed), sha256(packed), unpack=True),
        "preset": File(preset, members={path: sha256(data) for path, data in members.items()}),
    }
    entry = an_entry(files=files)
    assert [each.state for each in mirror_entry(entry, tmp_path / "disk")] == ["mirrored", "mirrored"]
    shutil.rmtree(cache)
    with using(offline=True, mirrors=((tmp_path / "disk").as_uri(),)):
        found = resolve(entry)
    assert (found["module"] / "a.txt").read_bytes() == b"a"
    assert (found["preset"] / "words/list.txt").read_bytes() == b"a"
