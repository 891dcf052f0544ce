"""Conformance checks of a trainer's data and of its finished runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError
from tlzoo.testing.checks.trainer import RUN_CHECKS, TrainerSubject, figures_of
from tlzoo.testing.outcome import CheckFailedError, SkippedError, expect
from tlzoo.testing.session import Check, check

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlzoo.training import Trainer

__all__ = [
    "TRAINER_CHECKS",
    "answers_inputs",
    "gives_report_images",
    "refuses_fields_of_recipes",
    "refuses_other_data",
    "writes_videos",
]


@check()
def refuses_other_data(subject: TrainerSubject) -> None:
    """Check that ``check_data`` accepts the setup's data, and raises UsageError for data of no trainer."""
    from tlzoo.data import TrainerData
    from tlzoo.tasks import Classification

    nobodys = TrainerData(source="nothing:", task=Classification(("a", "b")), modality="none", fingerprint="0" * 64)
    with subject.prepared() as (trainer, setup, _, _):
        trainer.check_data(setup.data, setup.head)
        _refuses(
            "check_data", lambda: trainer.check_data(nobodys, setup.head), "data without samples that it cannot read"
        )
        size = trainer.default_batch_size(setup.data)
        expect(isinstance(size, int) and size > 0, f"default_batch_size is {size!r}, not 1 or more")


@check()
def refuses_fields_of_recipes(subject: TrainerSubject) -> None:
    """Check that ``unused_fields`` has fields of a recipe, each with a reason."""
    from tlzoo.runs import Recipe

    with subject.prepared() as (trainer, _, _, _):
        expect(trainer.unit in {"epochs", "steps"}, f"the unit is {trainer.unit!r}, not epochs or steps")
        for name, reason in trainer.unused_fields.items():
            expect(name in Recipe.model_fields, f"unused_fields has {name!r}, which is not a field of a recipe")
            expect(bool(reason), f"unused_fields has no reason for {name!r}")


@check()
def answers_inputs(subject: TrainerSubject) -> None:
    """Check that ``predict`` answers each input as JSON, reproducibly, and does not change the weights."""
    with subject.prepared() as (trainer, _, state, _):
        _require(subject, trainer, "predict")
        before = figures_of(trainer, state)
        answers = trainer.predict(state, subject.inputs)
        expect(len(answers) == len(subject.inputs), f"{len(answers)} predictions for {len(subject.inputs)} inputs")
        for each in answers:
            expect("input" in each and len(each) > 1, f"a prediction needs its input and a value: {each!r:.80}")
        try:
            text = json.dumps(answers)
        except (TypeError, ValueError) as error:
            raise CheckFailedError(f"a prediction is not JSON: {error}") from error
        expect(text == json.dumps(trainer.predict(state, subject.inputs)), "two predictions for the same inputs differ")
        expect(before == figures_of(trainer, state), "predicting changes the state")
        _refuses("predict", lambda: trainer.predict(state, [object()]), "an input of another type")


@check()
def writes_videos(subject: TrainerSubject) -> None:
    """Check that ``write_video`` writes a GIF and returns the prediction, and rejects an unknown extension."""
    with subject.prepared() as (trainer, _, state, out):
        _require(subject, trainer, "write_video")
        first = subject.inputs[0]
        answer = trainer.write_video(state, first, out / "answer.gif")
        expect((out / "answer.gif").is_file(), "write_video wrote no file")
        expect((out / "answer.gif").read_bytes().startswith(b"GIF8"), "the file is not a GIF")
        expect(answer == trainer.predict(state, [first])[0], "write_video and predict return different predictions")
        _refuses("write_video", lambda: trainer.write_video(state, first, out / "a.nothing"), "an unknown extension")


@check()
def gives_report_images(subject: TrainerSubject) -> None:
    """Check that reports get ``ReportImage`` objects, each with a title and a description."""
    from tlzoo.evaluation import ReportImage

    with subject.prepared() as (trainer, _, state, out):
        images = list(trainer.report_images(state, out))
        if not images:
            raise SkippedError("the trainer has no report images")
        for each in images:
            expect(isinstance(each, ReportImage), f"report_images returned {type(each).__name__}, not ReportImage")
            expect(bool(each.title and each.description), "an image needs a title and a description")


TRAINER_CHECKS: tuple[Check[TrainerSubject], ...] = (
    refuses_other_data,
    refuses_fields_of_recipes,
    *RUN_CHECKS,
    answers_inputs,
    writes_videos,
    gives_report_images,
)


def _require(subject: TrainerSubject, trainer: Trainer, method: str) -> None:
    """Skip a trainer with the default of an optional method, and one without inputs."""
    from tlzoo.training import Trainer

    if getattr(type(trainer), method, None) is getattr(Trainer, method):
        raise SkippedError(f"the trainer does not override {method}")
    if not subject.inputs:
        raise SkippedError(f"give inputs to check {method}")


def _refuses(method: str, call: Callable[[], Any], what: str) -> None:
    try:
        call()
    except UsageError:
        return
    except Exception as error:
        raise CheckFailedError(f"{method} raised {type(error).__name__} for {what}, not UsageError: {error}") from error
    raise CheckFailedError(f"{method} accepted {what}; it must raise UsageError")
