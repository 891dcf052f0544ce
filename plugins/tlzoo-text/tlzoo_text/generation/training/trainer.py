"""Trainer of causal transformers on prompts and completions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

from tlzoo.errors import UsageError
from tlzoo.strategies import Epochs, Job, Phase, PhaseResult, Share, Steps
from tlzoo.training import Checkpoints, Evaluation, Plan, Record, Setup, Trainer, rates_of, refuse_fields
from tlzoo_text.generation.adapters import write_adapter
from tlzoo_text.generation.data import PromptData
from tlzoo_text.generation.head import CausalLM
from tlzoo_text.generation.sampling import Sampling
from tlzoo_text.generation.tokens import Codec

from .network import CausalNetwork
from .perplexity import PerplexityMetrics
from .phases import run_phase
from .state import GenerationState

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.data import RunData
    from tlzoo.evaluation import ReportImage
    from tlzoo.heads import Head

__all__ = ["GenerationTrainer"]

_BUDGET = 5
"""Default budget in epochs."""
_ROWS = 8
_CACHE_SHARE = 4
"""Frozen activations may take one part in so many of the memory limit."""


@final
class GenerationTrainer(Trainer):
    """Trains next-token prediction of completions, and completes prompts.

    Pairs are packed into rows. The outputs of frozen blocks are computed once for each row, if they fit in a quarter of
    the memory limit. Frozen blocks compute without dropout.
    """

    unit: Literal["epochs", "steps"] = "epochs"
    streams: ClassVar[bool] = True
    unused_fields: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("balance", "loss", "thresholds", "calibrate", "coverage"), "has no labels"),
        "augment": "has prompts, which are not augmented",
    }

    def check_data(self, data: RunData, head: Head) -> None:
        """Raise UsageError for data other than prompts, or another head."""
        if not isinstance(data, PromptData):
            raise UsageError(
                f"{data.source} has no prompts with completions", "use a source such as prompts:replies.csv"
            )
        if not isinstance(head, CausalLM):
            raise UsageError(f"the head {type(head).name!r} does not generate text", "use --head causal-lm")

    def default_batch_size(self, data: RunData) -> int:  # noqa: ARG002 - the same for all data
        """Return the number of rows of a batch."""
        return _ROWS

    def prepare(self, setup: Setup) -> GenerationState:
        """Return the state before the first phase.

        Raises:
            EntryError: If the backbone's tokens cannot be turned into text.
            UsageError: For a prompt that fills a row.
        """
        data, head = setup.data, setup.head
        assert isinstance(data, PromptData)
        assert isinstance(head, CausalLM)
        network = CausalNetwork(setup.backbone)
        return GenerationState(
            setup=setup,
            data=data,
            head=head,
            network=network,
            codec=Codec(setup.backbone, head.separator),
            budget=setup.budget or _BUDGET,
            checkpoints=Checkpoints(setup.checkpoints, network.variables),
            sampling=Sampling.of(head),
        )

    def job(self, state: GenerationState) -> Job:
        """Return the facts for the strategy."""
        return Job(
            backbone=state.network.backbone,
            parts=state.network.parts,
            unit=self.unit,
            budget=state.budget,
            seed=state.setup.seed,
            examples=state.data.sizes,
            labels_per_class=state.data.sizes["train"],
            batch_size=state.setup.batch_size,
        )

    def plan(self, state: GenerationState, phase: Phase) -> Plan:
        """Return the plan of a phase in epochs.

        Raises:
            UsageError: For a field that does not apply, and for data without training or test pairs.
        """
        refuse_fields(
            phase,
            ("label_smoothing", "l2_sp", "ema", "patience", "objective", "image_size", "augment"),
            "the trainer of text generation does not support it",
        )
        for split in ("train", "test"):
            if not state.data.sizes[split]:
                raise UsageError(f"{state.data.source} has no {split} pairs", "leave out all=")
        batch_size = phase.batch_size or state.setup.batch_size
        rates_of(phase, state.network)
        trained = phase.train.paths(state.network.parts)
        cut = state.network.highest_cut(trained)
        stages = state.network.backbone.stages
        rows = state.rows("train")
        units = _epochs(phase, state, batch_size)
        size = 0 if cut is None else 4 * rows.tokens.size * state.network.size
        fits = size <= state.setup.memory // _CACHE_SHARE
        mode: Literal["live", "cached prefix", "cached features"] = "live"
        if cut is None:
            reason = "the embeddings train"
        elif units == 1:
            reason = "one epoch: caching the outputs of frozen blocks would save nothing"
        elif not fits:
            reason = f"the outputs of frozen blocks would take {size / 1e9:.1f} GB"
        else:
            mode = "cached features" if cut == len(stages) - 1 else "cached prefix"
            reason = f"nothing trains up to {stages[cut].name}"
        return Plan(
            mode=mode,
            cut=None if cut is None else stages[cut].name,
            units=units,
            batch_size=batch_size,
            cache_bytes=0 if mode == "live" else size,
            trained=sum(math.prod(state.network.variables[path].shape) for path in trained),
            reason=reason,
            forward_passes_saved=0 if mode == "live" else (units - 1) * len(rows),
        )

    def run(self, state: GenerationState, phase: Phase, position: int, plan: Plan, record: Record) -> PhaseResult:
        """Run the phase at this position of the run, after the last epoch of an interrupted one."""
        frozen = state.network.highest_cut(phase.train.paths(state.network.parts))
        return run_phase(state, phase, position, plan, frozen, record)

    def restore(self, state: GenerationState, checkpoint: str) -> None:
        """Set the weights to those of a checkpoint."""
        state.checkpoints.load(checkpoint)

    def evaluate(self, state: GenerationState, split: str) -> Evaluation:
        """Return the perplexity on a split; on the test split also that of the entry as loaded."""
        tuned = state.likelihoods(split, state.setup.progress)
        if split != "test":
            return Evaluation(PerplexityMetrics(tuned))
        kept = {path: variable.value.numpy() for path, variable in state.network.variables.items()}
        try:
            _assign(state, state.checkpoints.loaded)
            untuned = state.likelihoods(split, state.setup.progress)
        finally:
            _assign(state, kept)
        metrics = PerplexityMetrics(tuned, untuned)
        state.setup.progress.note(f"{split}: {metrics}")
        return Evaluation(metrics)

    def report_images(self, state: GenerationState, folder: Path) -> Sequence[ReportImage]:
        """Write the low-rank adapters of the run, if it has some, into ``adapter``; there are no images."""
        now = {path: variable.value.numpy() for path, variable in state.network.variables.items()}
        with suppress(UsageError):  # a run without adapters, or with more
            write_adapter(folder / "adapter", now, state.checkpoints.loaded, state.setup.backbone, state.codec)
        return ()

    def with_prediction_options(self, state: GenerationState, options: Mapping[str, Any]) -> GenerationState:
        """Return the state with other options of sampling: temperature, top_k, top_p, max_tokens, seed.

        Raises:
            UsageError: For an unknown or invalid option.
        """
        return replace(state, sampling=state.sampling.changed(options))

    def predict(self, state: GenerationState, inputs: Sequence[Any]) -> list[dict[str, Any]]:
        """Return ``completion``, ``tokens`` and ``stopped`` of each prompt, a string.

        Raises:
            UsageError: For a prompt that is not a text, or that fills a row.
        """
        _check_prompts(state, inputs)
        generator, answers = state.generator(), []
        with state.setup.progress.track("generating", len(inputs), "prompts") as advance:
            for number, each in enumerate(inputs):
                found = generator.complete(each, number)
                answers.append(
                    {"input": each, "completion": found.text, "tokens": found.tokens, "stopped": found.stopped}
                )
                advance(1)
        return answers

    def stream(self, state: GenerationState, inputs: Sequence[Any]) -> Iterator[tuple[int, str]]:
        """Yield the completions of prompts piece by piece, each with the position of its prompt.

        Raises:
            UsageError: For a prompt that is not a text, or that fills a row.
        """
        _check_prompts(state, inputs)
        generator = state.generator()
        for number, each in enumerate(inputs):
            yield from ((number, piece) for piece in generator.stream(each, number))


def _assign(state: GenerationState, values: Mapping[str, np.ndarray]) -> None:
    for path, value in values.items():
        state.network.variables[path].assign(value)


def _check_prompts(state: GenerationState, inputs: Sequence[Any]) -> None:
    for each in inputs:
        if not isinstance(each, str):
            raise UsageError(f"{each!r:.60} is not a prompt", "give a string")
        state.codec.prompt(each)


def _epochs(phase: Phase, state: GenerationState, batch_size: int) -> int:
    match phase.budget:
        case Share(amount=share, of=of):
            return max(1, int(share * (of or state.budget)))
        case Steps(amount=steps):
            return max(1, round(steps / state.steps(batch_size)))
        case Epochs(amount=epochs):
            return epochs
