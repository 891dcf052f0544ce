"""Trackers: log the metrics and files of a run elsewhere during training. One module per tracker."""

from tlzoo.trackers.contract import TrackedRun, Tracker
from tlzoo.trackers.mlflow import MLflow
from tlzoo.trackers.tensorboard import TensorBoard

__all__ = ["MLflow", "TensorBoard", "TrackedRun", "Tracker"]
