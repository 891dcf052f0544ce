"""Training: planning phases, keeping what frozen parts compute, running and auditing phases."""

from tlzoo.training.contract import Evaluation, Metrics, Plan, Record, Resizing, Setup, Trainer, refuse_fields
from tlzoo.training.optimization import OPTIMIZERS
from tlzoo.training.supervised import SupervisedTrainer
from tlzoo.training.views import View, kept_view

__all__ = [
    "OPTIMIZERS",
    "Evaluation",
    "Metrics",
    "Plan",
    "Record",
    "Resizing",
    "Setup",
    "SupervisedTrainer",
    "Trainer",
    "View",
    "kept_view",
    "refuse_fields",
]
