"""TensorBoard tracker: metrics, parameters and files of a run as events."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from tlzoo.trackers.contract import TrackedRun, Tracker

__all__ = ["TensorBoard", "write_scalar"]

_SCALARS, _TEXT = 1, 2
"""Classes of data in TensorBoard's protocol: scalars, and tensors."""


class TensorBoard(Tracker):
    """Write events for ``tensorboard --logdir runs`` during training, into the run's folder ``tensorboard/``."""

    name: ClassVar[str] = "tensorboard"

    folder: str | None = Field(
        default=None, description="folder of the events; default: tensorboard/ in the run folder"
    )

    def start(self, run: TrackedRun, key: str | None) -> None:
        """Open the folder of events. A resumed run adds a file, which TensorBoard merges with the others."""
        import tensorflow as tf

        folder = run.folder / "tensorboard" if self.folder is None else Path(self.folder, run.name)
        self.state["writer"] = tf.summary.create_file_writer(str(folder))
        self.state["step"] = 0
        if not any(folder.glob("events.*")) or key is None:
            rows = "\n".join(f"| {name} | {value} |" for name, value in run.parameters.items())
            self._text("parameters", f"| parameter | value |\n|---|---|\n{rows}")

    def log_epoch(self, phase: str, epoch: int, step: int, figures: Mapping[str, float]) -> None:
        """Write a scalar per metric, over the epochs of all phases."""
        if epoch == 1:
            self.state["step"] = step
            self._text("phase", phase)
        self._scalars(step, figures)

    def log_result(self, figures: Mapping[str, float]) -> None:
        """Write a scalar per metric on the test split."""
        self._scalars(self.state["step"], figures)

    def log_file(self, path: Path, kind: str) -> None:
        """Write the path of the file, and the text of a recipe."""
        text = f"`{path}`"
        if kind == "recipe":
            text += "\n\n" + "".join(f"    {line}\n" for line in path.read_text(encoding="utf-8").splitlines())
        self._text(kind, text)

    def finish(self, status: str) -> None:  # noqa: ARG002 - events have no word for it
        """Close the file."""
        self.state["writer"].close()

    def _scalars(self, step: int, figures: Mapping[str, float]) -> None:
        self.state["step"] = step
        with self.state["writer"].as_default():
            for name, value in figures.items():
                if math.isfinite(value):
                    write_scalar(name, value, step)
        self.state["writer"].flush()

    def _text(self, name: str, text: str) -> None:
        import tensorflow as tf

        with self.state["writer"].as_default():
            tf.summary.write(name, tf.constant(text), step=self.state["step"], metadata=_metadata("text", _TEXT))
        self.state["writer"].flush()


def write_scalar(name: str, value: float, step: int) -> None:
    """Write a scalar with the default writer.

    TensorFlow no longer installs TensorBoard, which ``tf.summary.scalar`` needs. These events have the same format.
    """
    import tensorflow as tf

    tf.summary.write(name, tf.constant(value, tf.float32), step=step, metadata=_metadata("scalars", _SCALARS))


def _metadata(plugin: str, data_class: int) -> Any:
    import tensorflow as tf

    metadata = tf.compat.v1.SummaryMetadata
    return metadata(plugin_data=metadata.PluginData(plugin_name=plugin), data_class=data_class)
