"""The Trainer contract: planning, running and evaluating phases, and optional features of runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from tlzoo.errors import UsageError
from tlzoo.training.batch_size import usual_batch_size

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.data import RunData
    from tlzoo.evaluation import ReportImage
    from tlzoo.export import PreparedSplit, ServingModel
    from tlzoo.heads import Head
    from tlzoo.strategies import Answer, Job, Phase, PhaseResult, Probe
    from tlzoo.tasks import Decision
    from tlzoo.training.contract import Evaluation, Plan, Record, Setup, UnlabelledAnswers

__all__ = ["Trainer"]


class Trainer(ABC):
    """Runs the phases of a run. The hook ``tlzoo_trainers`` returns its class, which takes no arguments.

    ``state`` belongs to the trainer: the model, the data, and values between phases. Methods that are not abstract
    have a default. Data without labelled samples (``TrainerData``) pass through tlzoo unchanged: their trainer also
    implements ``predict``, and may write videos and images for the report.
    """

    unit: Literal["epochs", "steps"] = "epochs"
    """The unit of budgets and plans: epochs over samples, or steps of the trainer."""

    unused_fields: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Fields of a recipe that the trainer refuses, with the reason: ``{"balance": "it has no classes"}``."""

    takes_callbacks: ClassVar[bool] = False
    """Whether it calls the Keras callbacks of a setup; otherwise runs with callbacks are refused."""

    streams: ClassVar[bool] = False
    """Whether its predictions are texts, which ``stream`` yields as they are produced."""

    # --- before the first phase ---

    @abstractmethod
    def check_data(self, data: RunData, head: Head) -> None:
        """Raise UsageError for data that the trainer cannot use. Nothing is loaded before this check."""

    def default_batch_size(self, data: RunData) -> int:
        """Return the default batch size.

        It is 32, halved down to 8 while an epoch has fewer than ten steps.
        """
        return usual_batch_size(data.sizes.get("train"))

    @abstractmethod
    def prepare(self, setup: Setup) -> Any:
        """Return the state before the first phase. The same setup gives the same state, in any process."""

    def initial_weights(self, state: Any) -> Mapping[str, Any] | None:  # noqa: ARG002 - of trainers with a choice
        """Return how the weights before the first phase were chosen, as JSON values; None if there was no choice.

        ``note`` is a sentence for the user. The values are in the plan (``--explain``), in the journal and, as they are
        after the last phase, in the result.
        """
        return None

    # --- phases ---

    @abstractmethod
    def job(self, state: Any) -> Job:
        """Return the facts for the strategy."""

    @abstractmethod
    def plan(self, state: Any, phase: Phase) -> Plan:
        """Return the plan of the phase, without running it."""

    def estimate(self, state: Any, plan: Plan) -> float | None:  # noqa: ARG002 - of trainers that can tell
        """Return the expected seconds of a plan on this machine, or None."""
        return None

    @abstractmethod
    def run(self, state: Any, phase: Phase, position: int, plan: Plan, record: Record) -> PhaseResult:
        """Run the phase at this position of the run. An interrupted one continues after its last finished unit."""

    def probe(self, state: Any, probe: Probe) -> Answer:  # noqa: ARG002 - of trainers that answer some
        """Run a probe of tlzoo without changing the weights. Raises UsageError for another probe.

        A probe of a user has its own ``answer``.
        """
        raise UsageError(
            f"{type(self).__name__} does not support the probe {probe.kind!r}",
            f"define {type(probe).__name__}.answer()",
        )

    @abstractmethod
    def restore(self, state: Any, checkpoint: str) -> None:
        """Set the weights to those of a checkpoint; ``"initial"`` is the state before the first phase."""

    # --- after training ---

    @abstractmethod
    def evaluate(self, state: Any, split: str) -> Evaluation:
        """Return the metrics on a split of the data, with labels and predictions if a report can show them.

        The split ``target`` is the test split of the setup's ``target_test``, evaluated if there is one. Other
        data of the same kind are evaluated by a state prepared with them, on the split ``test``.
        """

    def unlabelled_answers(self, state: Any) -> UnlabelledAnswers | None:  # noqa: ARG002 - of those with samples
        """Return features and answers of the setup's ``target`` with the present weights, for `tlzoo data next`.

        None if the trainer has no features of single samples.
        """
        return None

    def serving_model(self, state: Any) -> ServingModel | None:  # noqa: ARG002 - of those with a Keras model
        """Return the trained network with its preprocessing for exporters; None if there is no Keras model."""
        return None

    def decision(self, state: Any) -> Decision:  # noqa: ARG002 - of those who fit something
        """Return what is fitted after training, such as a calibration or decision thresholds."""
        from tlzoo.tasks import PLAIN

        return PLAIN

    def prepared_samples(self, state: Any, split: str, limit: int | None = None) -> PreparedSplit | None:  # noqa: ARG002 - of those with a network
        """Return samples of a split as the serving model takes them, to calibrate and compare exported files.

        ``limit`` is the largest number of samples, drawn at random with the run's seed; None for all. None if there is
        no serving model, or no samples: formats that are quantized with samples are then refused.
        """
        return None

    def predict(self, state: Any, inputs: Sequence[Any]) -> list[dict[str, Any]]:  # noqa: ARG002 - of those who answer
        """Return ``{"input": …}`` with the prediction for each input, in the form of ``tlzoo predict --json``.

        Only called for data without labelled samples: other runs predict with their serving model. An input is a string
        from the command line, or any value from Python. Check all inputs before the first prediction; raise UsageError
        for an invalid one. ``state.setup.progress``, if you keep it, reports progress.
        """
        raise UsageError(f"runs of {type(self).__name__} do not support predict", "use the exported model")

    def with_prediction_options(self, state: Any, options: Mapping[str, Any]) -> Any:  # noqa: ARG002 - of those with some
        """Return the state for ``predict`` and ``stream`` with other options, such as ``{"temperature": 0.8}``.

        Raises UsageError for an unknown or invalid option.
        """
        raise UsageError(
            f"predictions of {type(self).__name__} have no options; got {', '.join(options)}", "leave them out"
        )

    def stream(self, state: Any, inputs: Sequence[Any]) -> Iterator[tuple[int, str]]:  # noqa: ARG002 - of texts
        """Yield pieces of the predicted texts as they are produced, in the order of the inputs.

        A piece is the position of its input and a text. Only called if ``streams`` is True. Check all inputs before the
        first piece.
        """
        raise UsageError(f"predictions of {type(self).__name__} are not texts", "use predict")

    def write_video(self, state: Any, given: Any, path: Path) -> dict[str, Any]:  # noqa: ARG002 - of those who have some
        """Write a video of the prediction for one input, and return the prediction: ``predict --video``.

        The suffix of the path is the format. Raises UsageError for an unsupported suffix, and DataError if
        there is nothing to show.
        """
        raise UsageError(f"runs of {type(self).__name__} have no videos", "leave out --video")

    def inference_memory(self, state: Any) -> Mapping[str, int] | None:  # noqa: ARG002 - of those who plan memory
        """Return ``fixed_bytes`` of predictions, and ``sample_bytes`` for each input of a batch; None if unknown.

        `tlzoo predict` chooses its batch size by them.
        """
        return None

    def activation_maps(
        self,
        state: Any,  # noqa: ARG002 - of those who have maps
        pictures: Sequence[np.ndarray],  # noqa: ARG002
        labels: Sequence[str],  # noqa: ARG002
    ) -> Sequence[np.ndarray] | None:
        """Return an image uint8 (height, width, 3) for each in the report, with the evidence for its predicted label.

        ``pictures`` are those in the report. None if there are no such maps. An error is noted, and the report is
        written without them.
        """
        return None

    def report_images(self, state: Any, folder: Path) -> Sequence[ReportImage]:  # noqa: ARG002 - of those who have some
        """Return images for the run's report. Files for the user may be written into the run's ``folder``.

        An error is noted, and the run is finished without images.
        """
        return ()
