"""The Trainer contract: it plans and runs phases, evaluates, and says what else its runs can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from tlzoo.errors import UsageError
from tlzoo.training.batch_size import usual_batch_size

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.data import RunData
    from tlzoo.evaluation import ReportImage
    from tlzoo.export import ServingModel
    from tlzoo.heads import Head
    from tlzoo.strategies import Answer, Job, Phase, PhaseResult, Probe
    from tlzoo.training.contract import Evaluation, Plan, Record, Setup

__all__ = ["Trainer"]


class Trainer(ABC):
    """Runs the phases of a run. The hook ``tlzoo_trainers`` returns its class, which takes no arguments.

    ``state`` is the trainer's own: the model, the data, what is kept between phases. Methods without an abstract mark
    have a default. Data without labelled samples (``TrainerData``) pass through tlzoo untouched: their trainer also
    answers ``predict``, and may write videos and images for the report.
    """

    unit: Literal["epochs", "steps"] = "epochs"
    """The unit of budgets and plans: epochs over samples, or steps of the trainer's own."""

    unused_fields: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Fields of a recipe that the trainer refuses, and why: ``{"balance": "it has no classes"}``."""

    takes_callbacks: ClassVar[bool] = False
    """Whether it calls the Keras callbacks of a setup; a run with some is refused otherwise."""

    # --- before the first phase ---

    @abstractmethod
    def check_data(self, data: RunData, head: Head) -> None:
        """Raise UsageError for data that the trainer cannot use. Nothing is loaded yet: the check is cheap."""

    def default_batch_size(self, data: RunData) -> int:
        """Return the batch size of recipes that name none.

        It is 32, halved down to 8 while an epoch would have fewer than ten steps.
        """
        return usual_batch_size(data.sizes.get("train"))

    @abstractmethod
    def prepare(self, setup: Setup) -> Any:
        """Return the state before the first phase. The same setup gives the same state, in any process."""

    # --- phases ---

    @abstractmethod
    def job(self, state: Any) -> Job:
        """Return what the strategy may know."""

    @abstractmethod
    def plan(self, state: Any, phase: Phase) -> Plan:
        """Return how the phase will be run, without running anything."""

    def estimate(self, state: Any, plan: Plan) -> float | None:  # noqa: ARG002 - of trainers that can tell
        """Return the expected seconds of a plan on this machine, or None."""
        return None

    @abstractmethod
    def run(self, state: Any, phase: Phase, position: int, plan: Plan, record: Record) -> PhaseResult:
        """Run the phase at this position of the run. An interrupted one continues after its last finished unit."""

    def probe(self, state: Any, probe: Probe) -> Answer:  # noqa: ARG002 - of trainers that answer some
        """Answer one of tlzoo's own probes and leave the weights as they were; raise UsageError for another one.

        A probe of a user's own has its own ``answer``.
        """
        raise UsageError(
            f"{type(self).__name__} has no answer to the probe {probe.kind!r}", f"write {type(probe).__name__}.answer()"
        )

    @abstractmethod
    def restore(self, state: Any, checkpoint: str) -> None:
        """Set the weights to those of a checkpoint; ``"initial"`` is the state before the first phase."""

    # --- after training ---

    @abstractmethod
    def evaluate(self, state: Any, split: str) -> Evaluation:
        """Return the metrics on a split of the data, with labels and answers if a report can show some.

        The split ``target`` is the test split of the setup's ``target_test``; it is asked for if there is one. Other
        data of the same kind are evaluated by a state that was prepared with them, on the split ``test``.
        """

    def serving_model(self, state: Any) -> ServingModel | None:  # noqa: ARG002 - of those with a Keras model
        """Return the trained network with its preprocessing, as exporters take it; None if there is no Keras model."""
        return None

    def predict(self, state: Any, inputs: Sequence[Any]) -> list[dict[str, Any]]:  # noqa: ARG002 - of those who answer
        """Return ``{"input": …}`` and the answer to each input, as ``tlzoo predict --json`` has them.

        Only called for data without labelled samples: other runs answer by their serving model. An input is a string
        from the command line, or any value from Python. Check all of them before you answer the first; raise UsageError
        for one that is not an input. ``state.setup.progress``, if you keep it, reports the work.
        """
        raise UsageError(f"runs of {type(self).__name__} do not predict", "use the exported model")

    def write_video(self, state: Any, given: Any, path: Path) -> dict[str, Any]:  # noqa: ARG002 - of those who have some
        """Write a video of one input's answer and return the answer as ``predict`` does: ``predict --video``.

        The path's ending names the format. Raises UsageError for an ending that is not supported, and DataError if
        there is nothing to show.
        """
        raise UsageError(f"runs of {type(self).__name__} have no videos", "leave out --video")

    def inference_memory(self, state: Any) -> Mapping[str, int] | None:  # noqa: ARG002 - of those who plan memory
        """Return ``fixed_bytes`` of predicting, and ``sample_bytes`` for each input of a batch; None if unknown.

        `tlzoo predict` chooses its batches by them.
        """
        return None

    def activation_maps(
        self,
        state: Any,  # noqa: ARG002 - of those who have maps
        pictures: Sequence[np.ndarray],  # noqa: ARG002
        labels: Sequence[str],  # noqa: ARG002
    ) -> Sequence[np.ndarray] | None:
        """Return a picture uint8 (height, width, 3) for each of the report's: where it speaks for its predicted label.

        ``pictures`` are as a report shows them. None if there are no such maps. An error is noted, and the report is
        written without them.
        """
        return None

    def report_images(self, state: Any, folder: Path) -> Sequence[ReportImage]:  # noqa: ARG002 - of those who have some
        """Return images for the run's report. Files for readers may be written into the run's ``folder``.

        An error is noted, and the run is finished without images.
        """
        return ()
