"""Where an entry's files are, as listing shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlzoo.artifacts.paths import place
from tlzoo.artifacts.pins import pin
from tlzoo.registry import Entry, Features, File, ImageInput
from tlzoo.zoo.listing.availability import Places, sources_of

HASH, PINNED = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
ADDRESS = "https://example.org/net.weights.h5"


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TLZOO_LOCK", str(tmp_path / "tlzoo.lock"))


def found(*files: File, installed: bool = True) -> str | None:
    entry = Entry(
        id="acme/net.pets",
        plugin="acme",
        summary="An entry made for a test",
        modality="vision",
        loader="net",
        licence="MIT",
        files={f"file{number}": file for number, file in enumerate(files)} | {"card": File("package:acme/card.md")},
        input=ImageInput("image", (8, 8)),
        features=Features("map"),
    )
    return Places().availability(sources_of(entry), installed=installed)


def keep(hashed: str, name: str) -> None:
    place(hashed).mkdir(parents=True, exist_ok=True)
    (place(hashed) / name).touch()


def test_packaged_files_and_none_at_all() -> None:
    assert found(File("package:acme/net.h5")) == "packaged"
    assert found() is None


def test_a_plugin_that_is_not_installed_comes_first() -> None:
    assert found(File("package:acme/net.h5"), installed=False) == "plugin missing"


def test_a_cached_file_is_local() -> None:
    file = File(ADDRESS, hash=HASH)
    assert found(file) == "to fetch"
    place(HASH).mkdir(parents=True)  # what a process left that died before the file was published
    assert found(file) == "to fetch"
    keep(HASH, "net.weights.h5")
    assert found(file) == "here"
    assert found(file, File("package:acme/more.h5")) == "here"
    assert found(file, File("https://example.org/other.h5", hash=PINNED)) == "to fetch"


def test_an_unpacked_archive_is_local() -> None:
    keep(HASH, "unpacked")
    assert found(File("https://example.org/net.tar.gz", hash=HASH, unpack=True)) == "here"


def test_a_file_without_a_hash_is_found_by_its_pin(tmp_path: Path) -> None:
    keep(PINNED, "net.weights.h5")
    assert found(File(ADDRESS)) == "to fetch"
    pin(ADDRESS, PINNED, 1, "acme/net.pets: file0", "first use")
    assert found(File(ADDRESS)) == "here"
    (tmp_path / "tlzoo.lock").write_text("damaged")
    assert found(File(ADDRESS)) == "to fetch"


def test_a_file_put_there_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.weights.h5").touch()
    assert found(File(f"file:{tmp_path}/net.weights.h5")) == "here"
    assert found(File(f"file:{tmp_path}/none.h5")) == "to fetch"
    monkeypatch.setenv("TLZOO_MODELS", str(tmp_path))
    assert found(File(ADDRESS)) == "here"
