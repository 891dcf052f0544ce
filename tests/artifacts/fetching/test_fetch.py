"""What is not here is fetched, once, checked, resumed, and kept under its hash."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tlzoo.artifacts import resolution, resolve, tree_digest, using
from tlzoo.artifacts.fetching import fetch
from tlzoo.artifacts.in_use import stop_using
from tlzoo.errors import BytesRefusedError, EntryError, FetchError
from tlzoo.registry import File

BODY = os.urandom(3_000_000)
SHA256 = "sha256:" + hashlib.sha256(BODY).hexdigest()
MD5 = "md5:" + hashlib.md5(BODY).hexdigest()


@pytest.mark.parametrize("declared", [SHA256, MD5], ids=["sha256", "md5"])
def test_a_file_is_fetched_once_and_kept_under_its_hash(server, cache: Path, an_entry, declared: str) -> None:
    entry = an_entry(server.at("/net.h5.bin", BODY), declared, bytes=len(BODY))
    path = resolve(entry)["weights"]
    assert path == cache / "files" / declared.replace(":", "-") / "net.h5.bin"
    assert path.read_bytes() == BODY
    assert resolve(entry)["weights"] == path
    assert len(server.asked) == 1
    assert not [each for each in (cache / "downloads").iterdir() if each.is_dir()]


def prune_before(patch: pytest.MonkeyPatch, module: ModuleType, name: str) -> None:
    """Let another process prune the cache just before a function of a module does its work."""
    work, prune = getattr(module, name), ("cache", "prune", "--all", "--files", "--quiet")

    def pruned(*given: object) -> object:
        subprocess.run([sys.executable, "-m", "tlzoo.cli", *prune], check=True, stdout=subprocess.DEVNULL)
        return work(*given)

    patch.setattr(module, name, pruned)


def test_pruning_leaves_a_file_that_is_just_put_into_the_cache(server, an_entry, monkeypatch) -> None:
    entry = an_entry(server.at("/net.h5.bin", BODY), SHA256)
    prune_before(monkeypatch, fetch, "remove_leftovers")  # also between making the file's folder and filling it
    assert resolve(entry)["weights"].read_bytes() == BODY


def test_pruning_leaves_a_file_that_is_just_opened(server, an_entry, monkeypatch) -> None:
    entry = an_entry(server.at("/net.h5.bin", BODY), SHA256)
    path = resolve(entry)["weights"]
    stop_using(path.parent)  # as a new process
    prune_before(monkeypatch, resolution, "verify")
    assert resolve(entry)["weights"].read_bytes() == BODY
    assert len(server.asked) == 1


def test_one_hash_is_one_file_for_all_entries(server, an_entry) -> None:
    resolve(an_entry(server.at("/a/net.bin", BODY), SHA256))
    resolve(an_entry(f"http://127.0.0.1:{server.server_port}/b/net.bin", SHA256))
    assert [path for path, _ in server.asked] == ["/a/net.bin"]


def test_a_broken_download_is_resumed(server, behaving, an_entry) -> None:
    server.at("/net.bin", behaving.one_after_another(behaving.breaking_off(BODY, 2_000_000), behaving.well(BODY)))
    resolve(an_entry(f"http://127.0.0.1:{server.server_port}/net.bin", SHA256))
    (_, first), (_, second) = server.asked
    assert "Range" not in first
    assert (second["Range"], second["If-Range"]) == ("bytes=2000000-", '"1"')


def test_another_process_resumes_the_download_of_a_killed_one(server, behaving, an_entry) -> None:
    entry = an_entry(server.at("/net.bin", behaving.breaking_off(BODY, 2_000_000)), SHA256)
    with pytest.raises(FetchError, match="ended early, 1,000,000 bytes"):
        resolve(entry)
    server.at("/net.bin", BODY)
    resolve(entry)
    assert server.asked[-1][1]["Range"] == "bytes=2000000-"


def test_bytes_of_a_changed_file_are_not_mixed(server, behaving, an_entry) -> None:
    entry = an_entry(server.at("/net.bin", behaving.breaking_off(bytes(len(BODY)), 2_000_000, '"old"')), SHA256)
    with pytest.raises(FetchError):
        resolve(entry)
    server.at("/net.bin", behaving.well(BODY, '"new"'))
    assert resolve(entry)["weights"].read_bytes() == BODY


def test_a_server_that_lies_about_the_version_is_asked_for_all_of_it(server, behaving, an_entry) -> None:
    entry = an_entry(server.at("/net.bin", behaving.breaking_off(bytes(len(BODY)), 2_000_000)), SHA256)
    with pytest.raises(FetchError):
        resolve(entry)
    server.at("/net.bin", BODY)
    assert resolve(entry)["weights"].read_bytes() == BODY
    assert ["Range" in headers for _, headers in server.asked[-2:]] == [True, False]


def test_a_server_without_ranges_sends_all_of_it_again(server, behaving, an_entry) -> None:
    def without_ranges(request) -> None:
        request.reply(BODY)

    server.at("/net.bin", behaving.one_after_another(behaving.breaking_off(BODY, 5_000, None), without_ranges))
    resolve(an_entry(f"http://127.0.0.1:{server.server_port}/net.bin", SHA256))
    assert not ["Range" for _, headers in server.asked if "Range" in headers]


@pytest.mark.parametrize("time", [0, "Fri, 31 Dec 1999 23:59:59 GMT", "soon", "9" * 30_000])
def test_a_busy_server_is_asked_again_after_the_time_it_names(server, behaving, an_entry, time: object) -> None:
    def busy(request) -> None:
        request.reply(status=503, Retry_After=time)

    server.at("/net.bin", behaving.one_after_another(busy, behaving.well(BODY)))
    assert resolve(an_entry(f"http://127.0.0.1:{server.server_port}/net.bin", SHA256))


def test_redirects_are_followed(server, an_entry) -> None:
    server.at("/real.bin", BODY)
    source = server.at("/net.bin", lambda request: request.reply(status=302, Location="/real.bin"))
    assert resolve(an_entry(source, SHA256))["weights"].name == "net.bin"


def test_eight_processes_make_one_download(server, behaving, cache: Path, tmp_path: Path) -> None:
    source = server.at("/net.bin", BODY)
    script = f"""
from tlzoo.artifacts import resolve_file
from tlzoo.registry import File
print(resolve_file("acme/net.pets: weights", File({source!r}, {SHA256!r})))
"""
    command = [sys.executable, "-c", script]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(8)]
    said = {process.communicate() for process in started}
    assert said == {(f"{cache / 'files' / SHA256.replace(':', '-') / 'net.bin'}\n", "")}
    assert len(server.asked) == 1


def test_eight_processes_that_trust_on_first_use_make_one_download(server, cache: Path) -> None:
    source = server.at("/net.bin", BODY)
    script = f"""
from tlzoo.artifacts import resolve_file, using
from tlzoo.registry import File
with using(trust_on_first_use=True):
    resolve_file("acme/net.pets: weights", File({source!r}))
"""
    started = [subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True) for _ in range(8)]
    assert {process.communicate()[1] for process in started} == {""}
    assert len(server.asked) == 1


def test_hub_handles_are_asked_for_in_their_compressed_form(server, behaving, an_entry, archive) -> None:
    server.at("/google/nnlm/2", archive({"a.txt": b"a", "b/c.txt": b"c"}))
    with using(trust_on_first_use=True):
        folder = resolve(an_entry(f"hub:http://127.0.0.1:{server.server_port}/google/nnlm/2"))["weights"]
    assert server.asked[0][0] == "/google/nnlm/2?tf-hub-format=compressed"
    assert (folder / "a.txt").read_bytes() == b"a"
    assert (folder / "b/c.txt").read_bytes() == b"c"


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
def test_an_archive_is_unpacked_for_the_loader(server, an_entry, archive, sha256, kind: str) -> None:
    packed = archive({"a.txt": b"a", "b/c.txt": BODY}, kind)
    entry = an_entry(server.at("/net", packed), sha256(packed), unpack=True)
    folder = resolve(entry)["weights"]
    assert (folder / "b/c.txt").read_bytes() == BODY
    assert resolve(entry)["weights"] == folder
    assert len(server.asked) == 1


def test_a_flipped_bit_of_an_unpacked_file_is_refused(server, an_entry, archive, sha256) -> None:
    packed = archive({"a.txt": b"a", "b/c.txt": BODY})
    entry = an_entry(server.at("/net", packed), sha256(packed), unpack=True)
    tree = resolve(entry)["weights"].parent
    for path in [path for path in tree.rglob("*") if path.is_file()]:
        before = path.read_bytes()
        path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        with pytest.raises(BytesRefusedError, match=r"^acme/net\.pets: weights: .*`tlzoo fetch acme/net\.pets`"):
            resolve(entry)
        path.write_bytes(before)
    assert resolve(entry)


@pytest.mark.parametrize("change", ["added", "removed", "link"])
def test_an_unpacked_folder_has_the_content_of_the_archive(
    server, an_entry, archive, sha256, tmp_path: Path, change: str
) -> None:
    packed = archive({"a.txt": b"a", "b/c.txt": b"c"})
    entry = an_entry(server.at("/net", packed), sha256(packed), unpack=True)
    folder = resolve(entry)["weights"]
    if change != "added":
        (folder / "a.txt").unlink()
    if change == "link":
        (tmp_path / "elsewhere").write_bytes(b"a")
        (folder / "a.txt").symlink_to(tmp_path / "elsewhere")
    elif change == "added":
        (folder / "saved_model.cpb").touch()
    with pytest.raises(BytesRefusedError):
        resolve(entry)


MEMBERS = {"config.json": b"{}", "assets/vocabulary.txt": b"a\nb\n", "model.weights.bin": BODY}


@pytest.fixture
def declared(sha256) -> dict[str, str]:
    return {path: sha256(data) for path, data in MEMBERS.items()}


def test_a_folder_is_fetched_file_by_file(server, cache: Path, an_entry, declared) -> None:
    for path, data in MEMBERS.items():
        server.at(f"/preset/{path}", data)
    entry = an_entry(f"http://127.0.0.1:{server.server_port}/preset", members=declared)
    folder = resolve(entry)["weights"]
    assert {path: (folder / path).read_bytes() for path in MEMBERS} == MEMBERS
    assert resolve(entry)["weights"] == folder
    assert len(server.asked) == len(MEMBERS)
    (folder / "config.json").write_bytes(b"[]")
    with pytest.raises(BytesRefusedError, match=r"config\.json has"):
        resolve(entry)


def test_a_folder_download_continues_with_the_missing_file(server, an_entry, declared) -> None:
    for path, data in MEMBERS.items():
        server.at(f"/preset/{path}", data if path != "config.json" else b"other")
    entry = an_entry(f"http://127.0.0.1:{server.server_port}/preset", members=dict(reversed(declared.items())))
    with pytest.raises(BytesRefusedError, match=r"config\.json"):
        resolve(entry)
    server.at("/preset/config.json", MEMBERS["config.json"])
    assert resolve(entry)


def test_hugging_face_files_come_from_its_addresses(server, an_entry, declared, monkeypatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    for path, data in MEMBERS.items():
        server.at(f"/acme/bert/resolve/v1/{path}", data)
    assert resolve(an_entry("hf://acme/bert@v1", tree_digest(declared), members=declared))["weights"].is_dir()


@pytest.mark.parametrize("place", ["file:{}", "models"])
def test_a_folder_that_is_here_is_checked_and_not_copied(
    cache: Path, tmp_path: Path, an_entry, declared, monkeypatch, place: str
) -> None:
    for path, data in MEMBERS.items():
        (tmp_path / "models/preset" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "models/preset" / path).write_bytes(data)
    monkeypatch.setenv("TLZOO_MODELS", str(tmp_path / "models"))
    source = "https://example.org/preset" if place == "models" else place.format(tmp_path / "models/preset")
    entry = an_entry(source, members=declared)
    assert resolve(entry)["weights"] == tmp_path / "models/preset"
    (tmp_path / "models/preset/config.json").write_bytes(b"other")
    with pytest.raises(BytesRefusedError, match=r"config\.json"):
        resolve(entry)


def test_a_local_folder_may_have_one_hash(cache: Path, tmp_path: Path, an_entry, declared) -> None:
    for path, data in MEMBERS.items():
        (tmp_path / "preset" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "preset" / path).write_bytes(data)
    entry = an_entry(f"file:{tmp_path / 'preset'}", tree_digest(declared))
    assert resolve(entry)
    (tmp_path / "preset/more.json").touch()
    with pytest.raises(BytesRefusedError, match="not the declared tree-sha256:"):
        resolve(entry)


def test_offline_there_are_no_requests_and_the_error_names_the_fix(server, cache: Path, an_entry) -> None:
    source = server.at("/net.bin", BODY)
    with using(offline=True), pytest.raises(EntryError) as caught:
        resolve(an_entry(source, SHA256))
    assert not server.asked
    for part in (
        "acme/net.pets: weights",
        "net.bin is not on this machine",
        source,
        SHA256,
        str(cache),
        "TLZOO_MODELS",
    ):
        assert part in str(caught.value)


def test_the_error_without_a_network_is_the_same(behaving, server, cache: Path, an_entry) -> None:
    source = f"http://127.0.0.1:{behaving.dead_port()}/net.bin"
    with pytest.raises(FetchError) as caught:
        resolve(an_entry(source, SHA256))
    for part in ("acme/net.pets: weights", "Connection refused", source, SHA256, str(cache / "files"), "TLZOO_MODELS"):
        assert part in str(caught.value)


def test_a_folder_without_a_network_names_its_files(cache: Path, an_entry, declared) -> None:
    with pytest.raises(EntryError, match=r"config\.json is not on this machine"):
        resolve(an_entry("https://example.org/preset", members=declared))


def test_a_proxy_of_the_environment_is_used(server, an_entry, monkeypatch) -> None:
    server.at("http://127.0.0.1:9/net.bin", BODY)
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
    assert resolve(an_entry("http://127.0.0.1:9/net.bin", SHA256))


def test_progress_is_reported_in_bytes(server, an_entry) -> None:
    told: list[object] = []

    class Progress:
        def track(self, what, total, unit):
            from contextlib import nullcontext

            told.extend([what, total, unit])
            return nullcontext(told.append)

        def note(self, text: str) -> None:
            pass

    with using(progress=Progress()):
        resolve(an_entry(server.at("/net.bin", BODY), SHA256))
    assert told[:4] == ["net.bin", len(BODY), "bytes", 0]
    assert sum(told[4:]) == len(BODY)  # type: ignore[arg-type]


def test_several_files_of_an_entry_come_from_several_places(server, an_entry, tmp_path: Path) -> None:
    (tmp_path / "vocabulary.txt").write_bytes(b"a")
    files = {"weights": File(server.at("/net.bin", BODY), SHA256), "words": File(f"file:{tmp_path / 'vocabulary.txt'}")}
    assert set(resolve(an_entry(files=files))) == {"weights", "words"}
