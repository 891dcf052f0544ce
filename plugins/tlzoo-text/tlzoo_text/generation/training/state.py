"""State of a run: the network, rows of the splits, and compiled functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import DataError
from tlzoo.progress import Progress, Silent
from tlzoo.training import Checkpoints, generator, rates_of

from .packing import Rows, rows_of
from .perplexity import Likelihoods
from .steps import Step, hidden_states, token_losses

if TYPE_CHECKING:
    from tlzoo.strategies import Phase
    from tlzoo.training import Setup
    from tlzoo_text.generation.data import PromptData
    from tlzoo_text.generation.head import CausalLM
    from tlzoo_text.generation.sampling import Generator, Sampling
    from tlzoo_text.generation.tokens import Codec

    from .network import CausalNetwork

__all__ = ["GenerationState"]


@dataclass(slots=True)
class GenerationState:
    """The state of a run; ``budget`` is in epochs."""

    setup: Setup
    data: PromptData
    head: CausalLM
    network: CausalNetwork
    codec: Codec
    budget: int
    checkpoints: Checkpoints
    sampling: Sampling
    compiled: dict[str, Any] = field(default_factory=dict)
    packed: dict[str, Rows] = field(default_factory=dict)

    def rows(self, split: str) -> Rows:
        """Return the packed rows of a split, with a note on truncated completions.

        The pairs of the training split are packed in an order drawn from the run's seed.
        """
        if split not in self.packed:
            positions = self.data.splits[split]
            if split == "train":
                positions = generator(self.setup.seed, "packing").permutation(positions)
            pairs = self.codec.pairs(self.data, positions, self.setup.progress)
            if pairs.cut:
                self.setup.progress.note(
                    f"{pairs.cut} of {len(pairs)} {split} completions are cut to rows of {self.codec.length} tokens; "
                    "a larger --sequence-length keeps them whole"
                )
            self.packed[split] = rows_of(pairs, self.codec.length, packing=self.head.packing)
        return self.packed[split]

    def steps(self, batch_size: int) -> int:
        """Return the number of batches of an epoch."""
        return -(-len(self.rows("train")) // batch_size)

    def step(self, phase: Phase, frozen: int | None, *, cached: bool) -> tuple[Step, np.ndarray]:
        """Return the step of a phase with a new optimizer, and the learning rates (groups,) float32."""
        groups = rates_of(phase, self.network)
        paths = [paths for paths, _ in groups]
        key = repr((paths, phase.weight_decay, phase.clip_norm, phase.accumulate, frozen, cached))
        if key not in self.compiled:
            self.compiled[key] = Step(self.network, phase, groups, self.setup.optimizer, frozen, cached=cached)
        step: Step = self.compiled[key]
        step.reset()
        return step, np.array([rate for _, rate in groups], np.float32)

    def hidden(self, frozen: int, batch_size: int) -> np.ndarray:
        """Return the outputs of the frozen blocks for the training rows."""
        return hidden_states(self.network, self.rows("train"), frozen, batch_size)

    def likelihoods(self, split: str, progress: Progress | None = None) -> Likelihoods:
        """Return the negative log-likelihood of each pair of a split, with the present weights.

        Raises:
            DataError: For a split without pairs.
        """
        if not self.data.sizes[split]:
            raise DataError(f"{self.data.source} has no {split} pairs", "name another split")
        rows, size = self.rows(split), self.setup.batch_size
        if "losses" not in self.compiled:
            self.compiled["losses"] = token_losses(self.network)
        losses: list[np.ndarray] = []
        owners: list[np.ndarray] = []
        with (progress or Silent()).track("evaluating", len(rows), "rows") as advance:
            for begin in range(0, len(rows), size):
                some = np.arange(begin, min(begin + size, len(rows)))
                losses.append(self.compiled["losses"](*rows.batch(some, size)).numpy())
                owners.append(rows.owners[some][rows.weights[some] > 0])
                advance(len(some))
        owner, count = np.concatenate(owners), len(self.data.splits[split])
        return Likelihoods(
            np.bincount(owner, np.concatenate(losses).astype(np.float64), count), np.bincount(owner, minlength=count)
        )

    def generator(self) -> Generator:
        """Return the generator of completions with the options of sampling."""
        from tlzoo_text.generation.sampling import Generator

        if "generator" not in self.compiled:
            self.compiled["generator"] = Generator(self.network, self.codec)
        found: Generator = self.compiled["generator"]
        return found.with_sampling(self.sampling)
