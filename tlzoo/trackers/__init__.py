"""Trackers: send the figures and files of a run elsewhere while it trains. One a module."""

from tlzoo.trackers.contract import TrackedRun, Tracker
from tlzoo.trackers.mlflow import MLflow
from tlzoo.trackers.tensorboard import TensorBoard

__all__ = ["MLflow", "TensorBoard", "TrackedRun", "Tracker"]
