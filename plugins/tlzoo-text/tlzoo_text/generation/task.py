"""The task of generation: completions of prompts."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Generation"]


@dataclass(frozen=True, slots=True)
class Generation:
    """The task: write the completion of a prompt."""

    kind: str = "generation"

    def __str__(self) -> str:
        return "completions of prompts"
