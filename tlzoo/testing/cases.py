"""Conformance checks as pytest base classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tlzoo.testing.checks.adapter import ADAPTER_CHECKS, AdapterSubject
from tlzoo.testing.checks.backbone import BACKBONE_CHECKS
from tlzoo.testing.checks.exporter import EXPORTER_CHECKS, ExporterSubject
from tlzoo.testing.checks.head import HEAD_CHECKS, HeadSubject
from tlzoo.testing.checks.objective import OBJECTIVE_CHECKS, ObjectiveSubject
from tlzoo.testing.checks.plugin import PLUGIN_CHECKS, PluginSubject
from tlzoo.testing.checks.score import SCORE_CHECKS, ScoreSubject
from tlzoo.testing.checks.strategy import STRATEGY_CHECKS, StrategySubject
from tlzoo.testing.checks.task import TASK_CHECKS, TaskSubject
from tlzoo.testing.checks.tracker import TRACKER_CHECKS, TrackerSubject
from tlzoo.testing.checks.trainer import TrainerSubject
from tlzoo.testing.checks.trainer_answers import TRAINER_CHECKS
from tlzoo.testing.methods import Checks
from tlzoo.testing.subject import BackboneSubject
from tlzoo.testing.tiny import tiny_setup

if TYPE_CHECKING:
    from tlzoo.training import Setup, Trainer

__all__ = [
    "AdapterChecks",
    "BackboneChecks",
    "ExporterChecks",
    "HeadChecks",
    "ObjectiveChecks",
    "PluginChecks",
    "ScoreChecks",
    "StrategyChecks",
    "TaskChecks",
    "TrackerChecks",
    "TrainerChecks",
]


class AdapterChecks(Checks):
    """Checks of a data adapter on a small source: ``class TestStripes(AdapterChecks): source = "stripes:40"``."""

    checks = ADAPTER_CHECKS
    of = AdapterSubject
    by = ("source", "digits:")
    source: ClassVar[str]


class BackboneChecks(Checks):
    """Checks of an entry: ``class TestGlyphnet(BackboneChecks): entry = "vision/glyphnet.glyphs"``."""

    checks = BACKBONE_CHECKS
    of = BackboneSubject
    by = ("entry", "vision/glyphnet.glyphs")
    entry: ClassVar[str]


class ExporterChecks(Checks):
    """Checks of an exporter: ``class TestWeights(ExporterChecks): exporter = "weights"``."""

    checks = EXPORTER_CHECKS
    of = ExporterSubject
    by = ("exporter", "keras")
    exporter: ClassVar[str]


class HeadChecks(Checks):
    """Checks of a head: ``class TestCosine(HeadChecks): head = "mine.heads:Cosine"``."""

    checks = HEAD_CHECKS
    of = HeadSubject
    by = ("head", "linear")
    head: ClassVar[str]


class ObjectiveChecks(Checks):
    """Checks of an objective: ``class TestRobust(ObjectiveChecks): objective = "mine.objectives:Robust"``."""

    checks = OBJECTIVE_CHECKS
    of = ObjectiveSubject
    by = ("objective", "coral")
    objective: ClassVar[str]


class ScoreChecks(Checks):
    """Checks of a score: ``class TestSpread(ScoreChecks): score = "spread"``."""

    checks = SCORE_CHECKS
    of = ScoreSubject
    by = ("score", "logme")
    score: ClassVar[str]


class PluginChecks(Checks):
    """Checks of a plugin as a whole: ``class TestPlugin(PluginChecks): plugin = "tlzoo-vision"``."""

    checks = PLUGIN_CHECKS
    of = PluginSubject
    by = ("plugin", "tlzoo-vision")
    plugin: ClassVar[str]


class StrategyChecks(Checks):
    """Checks of a strategy: ``class TestDescend(StrategyChecks): strategy = "mine.strategies:ThenDescend"``."""

    checks = STRATEGY_CHECKS
    of = StrategySubject
    by = ("strategy", "multi-step")
    strategy: ClassVar[str]


class TaskChecks(Checks):
    """Checks of a task: ``class TestGrades(TaskChecks): task = "acme-grades"``."""

    checks = TASK_CHECKS
    of = TaskSubject
    by = ("task", "classification")
    task: ClassVar[str]


class TrackerChecks(Checks):
    """Checks of a tracker: ``class TestLines(TrackerChecks): tracker = "lines"``."""

    checks = TRACKER_CHECKS
    of = TrackerSubject
    by = ("tracker", "tensorboard")
    tracker: ClassVar[str]


class TrainerChecks(Checks):
    """Checks of a trainer: ``class TestRanking(TrainerChecks): trainer = Ranking``, and a ``setup`` for it.

    ``inputs`` are a few inputs for its ``predict``, if supported; the first one is used for a video, if supported.
    """

    checks = TRAINER_CHECKS
    trainer: ClassVar[type[Trainer]]
    inputs: ClassVar[Sequence[Any]] = ()

    @classmethod
    def setup(cls, checkpoints: Path) -> Setup:
        """Return a small setup with checkpoints in this folder; by default with labelled images."""
        return tiny_setup(checkpoints)

    @classmethod
    def subject(cls) -> TrainerSubject:
        """Return the trainer with its setup."""
        if not hasattr(cls, "trainer"):
            raise TypeError(f"{cls.__name__} has no subject: add trainer = SupervisedTrainer to it")
        return TrainerSubject(cls.trainer, cls.setup, cls.inputs)
