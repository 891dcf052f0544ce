"""Modules of every kind, each made once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_modules import MODULES


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function from a kind's name to the folder of such a module."""
    parent = tmp_path_factory.mktemp("modules")

    def make(name: str) -> Path:
        folder = parent / name
        return folder if folder.exists() else MODULES[name](folder)

    return make
