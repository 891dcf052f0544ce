"""The cache folder is where the system has it, though the system's library is not asked where it need not be."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs
import pytest

from tlzoo.files.folders import cache_folder, cache_path


@pytest.mark.parametrize("xdg", [None, "", "/somewhere", "/somewhere/", "not/absolute", "~/mine"])
def test_it_is_the_systems(monkeypatch: pytest.MonkeyPatch, xdg: str | None) -> None:
    monkeypatch.delenv("TLZOO_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if xdg is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", xdg)
    assert cache_folder() == platformdirs.user_cache_path("tlzoo", appauthor=False)


@pytest.mark.skipif(sys.platform != "linux", reason="only there the home folder decides")
def test_it_is_the_systems_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TLZOO_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    assert cache_path() == platformdirs.user_cache_dir("tlzoo", appauthor=False)


def test_it_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_CACHE", "~/elsewhere")
    assert cache_folder() == Path("~/elsewhere").expanduser()
