"""Folders of the tests' own for what tlzoo keeps, in tests of the core and of the plugins alike."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tlzoo.plugins import catalog, forget
from tlzoo.registry import LOCAL


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """Take SIGINT again where the shell had it ignored: processes that tests start, and interrupt, inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the user's cache and pins out of the tests, the tests out of them, and the network out of both."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TLZOO_CACHE", str(folder))
        environment.setenv("TLZOO_LOCK", str(folder / "tlzoo.lock"))
        environment.setenv("TLZOO_OFFLINE", "1")
        # a process with TensorFlow for each module; it has its own tests
        environment.setenv("TLZOO_SECOND_WALL", "off")
        yield folder


@pytest.fixture(autouse=True, scope="module")
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the entries that one file of tests publishes, and its other settings, out of all other files."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TLZOO_SETTINGS", str(tmp_path_factory.mktemp("settings")))
        yield
        if catalog.cache_info().currsize and any(entry.namespace == LOCAL for entry in catalog().index.entries):
            forget()
