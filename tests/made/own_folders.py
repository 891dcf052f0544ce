"""Folders of the tests' own for what tlzoo keeps, in tests of the core and of the plugins alike."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tlzoo.files.folders import own_registry_path
from tlzoo.plugins import catalog, forget
from tlzoo.registry import LOCAL


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """Take SIGINT again where the shell had it ignored: processes that tests start, and interrupt, inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the user's cache, settings and pins out of the tests, the tests out of them, and the network out of both."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TLZOO_CACHE", str(folder))
        environment.setenv("TLZOO_LOCK", str(folder / "tlzoo.lock"))
        environment.setenv("TLZOO_OFFLINE", "1")
        # a process with TensorFlow for each module; it has its own tests
        environment.setenv("TLZOO_SECOND_WALL", "off")
        environment.setenv("TLZOO_SETTINGS", str(tmp_path_factory.mktemp("settings")))
        yield folder


@pytest.fixture(autouse=True, scope="module")
def entries_of_one_file(own_cache: Path) -> Iterator[None]:
    """Keep the entries that one file of tests publishes out of all other files."""
    yield
    Path(own_registry_path()).unlink(missing_ok=True)
    if catalog.cache_info().currsize and any(entry.namespace == LOCAL for entry in catalog().index.entries):
        forget()
