"""Text generation: completions of prompts by causal transformers, fine-tuned in full or with low-rank adapters.

Names are imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adapters import load_adapter, load_generator
    from .data import PromptData, prompts
    from .head import CausalLM
    from .memory import prompts_in_memory
    from .runs import export_preset, save_adapter
    from .sampling import Generator, Sampling
    from .training.trainer import GenerationTrainer

__all__ = [
    "CausalLM",
    "GenerationTrainer",
    "Generator",
    "PromptData",
    "Sampling",
    "export_preset",
    "load_adapter",
    "load_generator",
    "prompts",
    "prompts_in_memory",
    "save_adapter",
]

_HOME = {
    "CausalLM": "head",
    "GenerationTrainer": "training.trainer",
    "Generator": "sampling",
    "PromptData": "data",
    "Sampling": "sampling",
    "export_preset": "runs",
    "load_adapter": "adapters",
    "load_generator": "adapters",
    "prompts": "data",
    "prompts_in_memory": "memory",
    "save_adapter": "runs",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
