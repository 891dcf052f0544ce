"""Recipes: any TOML under the fields of a recipe, and broken text."""

from __future__ import annotations

from pathlib import Path

import tomli_w
from hypothesis import strategies as st

from made_hostile.contract import DifferentAnswerError, Kind
from made_hostile.mutations import mutated
from tlzoo.runs.recipe import Recipe, read_recipe

_SEEDS = (
    b'data = "digits:"\nbackbone = "glyphnet"\nseed = 3\nepochs = 2\n[strategy]\nname = "fine-tune"\nbatch_size = 8\n',
    b'data = "table:a.csv?text=b"\nbackbone = "auto"\nhead = "mlp"\n[missing]\nlabel = "drop"\n',
)
_plain = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["digits:", "glyphnet", "none", "5m", "1e999h", "-3s", "balanced", "file.py:Class", "drop"]),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.booleans(),
    st.dates(),
)
_values = st.recursive(
    _plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
_fields = st.dictionaries(st.sampled_from(sorted(Recipe.model_fields)) | st.text(max_size=6), _values, max_size=6)


def feed_fields(fields: dict[str, object], folder: Path) -> None:
    path = folder / "recipe.toml"
    path.write_text(tomli_w.dumps({"data": "digits:", "backbone": "glyphnet"} | fields), encoding="utf-8")
    _check_round_trip(read_recipe(path, {}), folder)


def feed_bytes(content: bytes, folder: Path) -> None:
    (folder / "recipe.toml").write_bytes(content)
    _check_round_trip(read_recipe(folder / "recipe.toml", {}), folder)


def _check_round_trip(recipe: Recipe, folder: Path) -> None:
    again = folder / "again.toml"
    again.write_text(recipe.to_toml(), encoding="utf-8")
    if read_recipe(again, {}).model_dump_json() != recipe.model_dump_json():
        raise DifferentAnswerError(f"the recipe reads back otherwise: {recipe.to_toml()}")


KINDS = (
    Kind("recipes", _fields, feed_fields),
    Kind("recipe-bytes", mutated(_SEEDS) | st.binary(max_size=100) | st.just(b"a=" + b"[" * 5000), feed_bytes),
)
