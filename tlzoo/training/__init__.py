"""Training: planning phases, caching features of frozen parts, running and auditing phases.

Public names are for trainers of plugins: the network with its parts, checkpoints, intents and their audit,
optimizers, schedules, and seeded random numbers.
"""

from tlzoo.training.batch_size import BatchSizeError
from tlzoo.training.callbacks import BatchCallbackError, callback_names, check_callbacks, wants_batches
from tlzoo.training.checkpoints import Checkpoints, digests
from tlzoo.training.contract import (
    Evaluation,
    Plan,
    Record,
    Resizing,
    Setup,
    UnlabelledAnswers,
    evaluation_json,
    refuse_fields,
)
from tlzoo.training.costs.peak_memory import MemoryLimitError, refuse_beyond_limit
from tlzoo.training.frozen.views import View, kept_view
from tlzoo.training.network import Network
from tlzoo.training.phases.audit import AuditResult, Intent, audit
from tlzoo.training.phases.intents import moving_statistics, set_intents
from tlzoo.training.phases.optimization import OPTIMIZERS, Regularization, apply_gradients, make_optimizer
from tlzoo.training.phases.schedules import multiplier
from tlzoo.training.planning import rates_of
from tlzoo.training.seeds import derive, generator, reseed
from tlzoo.training.supervised import SupervisedTrainer
from tlzoo.training.trainer import Trainer

__all__ = [
    "OPTIMIZERS",
    "AuditResult",
    "BatchCallbackError",
    "BatchSizeError",
    "Checkpoints",
    "Evaluation",
    "Intent",
    "MemoryLimitError",
    "Network",
    "Plan",
    "Record",
    "Regularization",
    "Resizing",
    "Setup",
    "SupervisedTrainer",
    "Trainer",
    "UnlabelledAnswers",
    "View",
    "apply_gradients",
    "audit",
    "callback_names",
    "check_callbacks",
    "derive",
    "digests",
    "evaluation_json",
    "generator",
    "kept_view",
    "make_optimizer",
    "moving_statistics",
    "multiplier",
    "rates_of",
    "refuse_beyond_limit",
    "refuse_fields",
    "reseed",
    "set_intents",
    "wants_batches",
]
