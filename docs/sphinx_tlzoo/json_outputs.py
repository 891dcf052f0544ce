"""The keys of what commands print with ``--json``, from ``json_outputs.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from .markdown import code, table

__all__ = ["json_outputs", "keys_of", "outputs"]


@cache
def outputs() -> dict[str, dict[str, Any]]:
    """Return what is documented of each command, or part of its value."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def keys_of(name: str) -> set[str]:
    """Return the documented keys of a command's objects, without optional ones."""
    output = outputs()[name]
    inherited = keys_of(output["same_as"]) if "same_as" in output else set()
    return {*output["keys"], *inherited}


def json_outputs() -> str:
    """Return a section for each command; parts of its value follow in tables of their own."""
    return "\n\n".join(_section(name, each) for name, each in outputs().items())


def _section(name: str, output: dict[str, Any]) -> str:
    command, _, part = name.partition(": ")
    said = f"{output['value'][0].upper()}{output['value'][1:]}."
    if also := output.get("also"):
        said += f" Also printed by {', '.join(code(f'tlzoo {each}') for each in also)}."
    head = f"`{part}`: {said}" if part else f"## tlzoo {command}\n\n{said}"
    keys = output["keys"] | output.get("optional", {})
    return f"{head}\n\n{table(('key', 'meaning'), ((code(key), meaning) for key, meaning in keys.items()))}"
