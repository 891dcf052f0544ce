"""Registries of plugins: broken ones are reported in a line each, by ``tlzoo registry check``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import tomli_w
from hypothesis import strategies as st
from made_registries import entry_text, head_text

from made_hostile.contract import Kind, command
from made_hostile.mutations import mutated

_SEED = (head_text("acme") + entry_text("acme/net.web", "acme")).encode()
_plain = st.one_of(
    st.text(max_size=6), st.integers(-5, 2**40), st.floats(), st.booleans(), st.sampled_from(["image", "map"])
)
_values = st.recursive(
    _plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def _paths(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inside = value.items() if isinstance(value, dict) else ()
    return [*([path] if path else []), *(each for key, one in inside for each in _paths(one, (*path, key)))]


def _replaced(path: tuple[str, ...], value: Any) -> bytes:
    whole = tomllib.loads(_SEED.decode())
    table = whole
    for key in path[:-1]:
        table = table[key]
    table[path[-1]] = value
    return tomli_w.dumps(whole).encode()


def feed(content: bytes, folder: Path) -> None:
    (folder / "registry.toml").write_bytes(content)
    command("registry", "check", str(folder / "registry.toml"))


KINDS = (
    Kind(
        "registries",
        mutated((_SEED,))
        | st.builds(_replaced, st.sampled_from(_paths(tomllib.loads(_SEED.decode()))), _values)
        | st.just(b"a=" + b"[" * 5000 + b"]" * 5000)
        | st.binary(max_size=60),
        feed,
    ),
)
