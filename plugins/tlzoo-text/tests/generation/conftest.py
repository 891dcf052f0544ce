"""Pairs for a tiny GPT-2."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tlzoo.plugins import forget
from tlzoo.registry import Entry, Provider, Registry
from tlzoo.registry.writing import index_text

WORDS = ("good", "bad", "film", "was", "the")


@pytest.fixture(scope="session")
def pairs() -> list[tuple[str, str]]:
    """Return forty pairs: the completion repeats a word of the prompt."""
    return [(f"{WORDS[n % 5]} {n}", f" was {WORDS[n % 5]}" + "!" * (n % 3)) for n in range(40)]


@pytest.fixture(scope="session")
def table(pairs: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Return a function that writes rows as CSV and returns their source; by default the forty pairs."""
    folder = tmp_path_factory.mktemp("prompts")

    def write(rows: list[tuple[str, ...]] | None = None, header: tuple[str, ...] = ("prompt", "completion")) -> str:
        path: Path = folder / f"{len(list(folder.iterdir()))}.csv"
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows([header, *(pairs if rows is None else rows)])
        return f"prompts:{path}"

    return write


@pytest.fixture(scope="module")
def zoo(tiny: Callable[[str], Entry], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Put tiny networks into a registry of the user's own."""
    path = tmp_path_factory.mktemp("registry") / "registry.toml"
    entries = tuple(tiny(name) for name in ("BertBackbone", "GPT2Backbone"))
    path.write_text(index_text(Registry("test", (Provider("tlzoo", "tlzoo", ">=0.2,<0.3", ("local",)),), entries)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TLZOO_REGISTRY", str(path))
        forget()
        yield path
    forget()
