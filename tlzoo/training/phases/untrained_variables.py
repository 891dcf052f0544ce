"""Reasons for trained variables that did not move in a phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tlzoo.training.phases.optimization import TrainingStep

__all__ = ["UNTRAINED", "why_untrained"]

UNTRAINED = ("nothing depends on them, or their gradient is zero", "leave them out of the selection")


def why_untrained(step: TrainingStep, steps: int) -> tuple[str, str]:
    """Return why variables did not move in a phase of ``steps`` steps, and a fix."""
    if step.skips_overflows and step.applied < steps:
        return (
            f"float16 overflowed in {steps - step.applied} of {steps} steps, which were skipped",
            "use --precision mixed_bfloat16 or float32, or more epochs for a smaller loss scale",
        )
    return UNTRAINED
