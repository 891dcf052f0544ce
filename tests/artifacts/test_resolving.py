"""Files are handed out only when they are here and have their hash."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from tlzoo.artifacts import digest, locate, resolve
from tlzoo.errors import BytesRefusedError, EntryError
from tlzoo.registry import Entry, Features, File, ImageInput

BYTES = b"weights"
SHA256 = "sha256:" + hashlib.sha256(BYTES).hexdigest()
MD5 = "md5:" + hashlib.md5(BYTES).hexdigest()
URL = "https://example.org/some/net%20a.weights.h5?x=1"


def entry(source: str, declared: str | None = None) -> Entry:
    return Entry(
        id="acme/net.pets",
        plugin="acme",
        summary="",
        modality="vision",
        loader="net",
        files={"weights": File(source, declared)},
        input=ImageInput("image", (32, 32)),
        features=Features("map"),
        licence="MIT",
    )


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("TLZOO_MODELS", raising=False)
    return tmp_path / "cache"


def written(path: Path, data: bytes = BYTES) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("declared", [SHA256, MD5])
def test_a_digest_is_that_of_the_bytes(tmp_path: Path, declared: str) -> None:
    assert digest(written(tmp_path / "x"), declared.partition(":")[0]) == declared


@pytest.mark.parametrize("declared", [SHA256, MD5, None])
def test_a_packaged_file_is_found_without_importing(tmp_path: Path, monkeypatch, declared: str | None) -> None:
    written(tmp_path / "site" / "acme_weights" / "__init__.py", b"raise AssertionError('imported')")
    path = written(tmp_path / "site" / "acme_weights" / "in" / "net.h5")
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert resolve(entry("package:acme_weights/in/net.h5", declared)) == {"weights": path}
    assert "acme_weights" not in sys.modules


@pytest.mark.parametrize("form", ["file:{}", "file://{}"])
def test_a_file_is_at_the_reported_path(tmp_path: Path, form: str) -> None:
    path = written(tmp_path / "net.h5")
    assert resolve(entry(form.format(path), SHA256)) == {"weights": path}


def test_a_file_below_home_is_found(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve(entry("file:~/net.h5", SHA256)) if written(tmp_path / "net.h5") else None


@pytest.mark.parametrize("declared", [SHA256, MD5])
def test_a_changed_file_is_refused_every_time(tmp_path: Path, declared: str) -> None:
    path = written(tmp_path / "net.h5")
    resolve(entry(f"file:{path}", declared))
    written(path, b"weightz")
    with pytest.raises(BytesRefusedError, match=r"acme/net\.pets: weights: .* not the declared"):
        resolve(entry(f"file:{path}", declared))


def test_a_remote_file_comes_from_the_cache_under_its_own_name(cache: Path) -> None:
    path = written(cache / "files" / SHA256.replace(":", "-") / "net a.weights.h5")
    assert resolve(entry(URL, SHA256)) == {"weights": path}


def test_a_corrupt_file_in_the_cache_is_refused(cache: Path) -> None:
    written(cache / "files" / SHA256.replace(":", "-") / "net a.weights.h5", b"other")
    with pytest.raises(BytesRefusedError):
        resolve(entry(URL, SHA256))


def test_a_remote_file_comes_from_a_folder_of_the_user(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TLZOO_MODELS", f"{tmp_path / 'none'}:{tmp_path / 'models'}")
    path = written(tmp_path / "models" / "net a.weights.h5")
    assert resolve(entry(URL, SHA256)) == {"weights": path}
    written(path, b"other")
    with pytest.raises(BytesRefusedError):
        resolve(entry(URL, SHA256))


def test_a_missing_one_names_file_hash_source_and_place(cache: Path) -> None:
    with pytest.raises(EntryError) as caught:
        resolve(entry(URL, SHA256))
    for part in ("net a.weights.h5", SHA256, URL, str(cache / "files"), "TLZOO_MODELS"):
        assert part in str(caught.value)


def test_a_remote_file_without_a_hash_is_refused_even_when_it_is_here(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TLZOO_MODELS", str(tmp_path))
    written(tmp_path / "net a.weights.h5")
    with pytest.raises(EntryError, match="has no declared hash"):
        resolve(entry(URL))


@pytest.mark.parametrize("source", ["package:not_there/net.h5", "package:tlzoo/net.h5", "file:/not/there"])
def test_a_missing_local_file_is_named(source: str) -> None:
    assert locate(File(source)) is None
    with pytest.raises(EntryError, match="does not exist"):
        resolve(entry(source))


def test_a_folder_may_stand_for_a_file_without_a_hash(tmp_path: Path) -> None:
    assert resolve(entry(f"file:{tmp_path}")) == {"weights": tmp_path}
    with pytest.raises(EntryError, match="is a folder"):
        resolve(entry(f"file:{tmp_path}", SHA256))
