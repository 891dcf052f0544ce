"""Metrics of every epoch for TensorBoard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.files.atomic import atomic_folder
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.trackers.tensorboard import write_scalar

if TYPE_CHECKING:
    from tlzoo.runs.files.folder import RunFolder

__all__ = ["write_tensorboard"]


def write_tensorboard(folder: RunFolder) -> None:
    """Write ``tensorboard/`` from ``metrics.jsonl``: one scalar per metric, over the epochs of all phases."""
    import tensorflow as tf

    lines = MetricsFile(folder.metrics).lines
    with atomic_folder(folder.tensorboard) as temporary:
        writer = tf.summary.create_file_writer(str(temporary))
        with writer.as_default():
            for epoch, line in enumerate(lines, start=1):
                for name, value in line.items():
                    if isinstance(value, float):
                        write_scalar(name, value, epoch)
        writer.close()
