"""The compiled copy: used while it fits, made again when it does not, done without where it cannot be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tlzoo.registry.compiled import compiled


class Parser:
    """Parses a file by counting how often it was asked to."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
        self.times += 1
        return {"text": path.read_text()}, ()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "registry.toml"
    path.write_text("one")
    return path


@pytest.mark.usefixtures("cache")
def test_it_is_read_instead_of_the_file(source: Path) -> None:
    parser = Parser()
    assert compiled(source, parser, "1") == compiled(source, parser, "1") == {"text": "one"}
    assert parser.times == 1


@pytest.mark.usefixtures("cache")
def test_it_is_made_again_when_size_time_or_version_change(source: Path) -> None:
    parser = Parser()
    compiled(source, parser, "1")
    os.utime(source, ns=(1, 1))
    compiled(source, parser, "1")
    source.write_text("three")
    os.utime(source, ns=(1, 1))
    assert compiled(source, parser, "1") == {"text": "three"}
    compiled(source, parser, "2")
    assert parser.times == 4


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'{"key": 1}'])
def test_a_corrupt_copy_is_made_again(source: Path, cache: Path, junk: bytes) -> None:
    parser = Parser()
    compiled(source, parser, "1")
    (copy,) = cache.rglob("*.json")
    copy.write_bytes(junk)
    assert compiled(source, parser, "1") == {"text": "one"}
    assert compiled(source, parser, "1") == {"text": "one"}
    assert parser.times == 2


def test_it_is_done_without_where_it_cannot_be_written(source: Path, cache: Path) -> None:
    cache.write_text("a file stands where the folder should be")
    parser = Parser()
    assert compiled(source, parser, "1") == {"text": "one"}
    assert cache.is_file()


def test_nothing_half_written_stays(source: Path, cache: Path) -> None:
    compiled(source, Parser(), "1")
    assert len([path for path in cache.rglob("*") if path.is_file()]) == 1
