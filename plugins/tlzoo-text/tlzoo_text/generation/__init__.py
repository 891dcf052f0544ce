"""Text generation: completions of prompts by causal transformers, fine-tuned in full or with low-rank adapters.

Names are imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .head import CausalLM
    from .memory import prompts_in_memory
    from .data import PromptData, prompts
    from .trainer import GenerationTrainer

__all__ = ["CausalLM", "GenerationTrainer", "PromptData", "prompts", "prompts_in_memory"]

_HOME = {
    "CausalLM": "head",
    "GenerationTrainer": "trainer",
    "PromptData": "data",
    "prompts": "data",
    "prompts_in_memory": "memory",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
