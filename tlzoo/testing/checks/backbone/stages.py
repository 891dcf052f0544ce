"""Checks that stages contain every variable once, and that cuts preserve the output."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tlzoo.testing.checks.backbone.loading import deterministic, loads
from tlzoo.testing.outcome import SkippedError, expect
from tlzoo.testing.session import check
from tlzoo.testing.tensors import as_list, expect_equal

if TYPE_CHECKING:
    import keras

    from tlzoo.testing.subject import BackboneSubject

__all__ = ["cuts_reproduce_the_whole", "every_variable_in_one_stage"]

_SHOWN = 3


@check(loads)
def every_variable_in_one_stage(subject: BackboneSubject) -> None:
    """Check that variables have unique paths, and that each is in exactly one stage; stages contain nothing else."""
    backbone = subject.backbone
    paths = Counter(variable.path for variable in backbone.model.weights)
    held = Counter(path for stage in backbone.stages for path in stage.variables)
    names = Counter(stage.name for stage in backbone.stages)
    expect(names, "the backbone has no stages")
    _expect_none([path for path, times in paths.items() if times > 1], "variables that share one path")
    _expect_none([name for name, times in names.items() if times > 1], "stages that share one name")
    _expect_none(sorted(paths - held), "variables in no stage")
    _expect_none([path for path, times in held.items() if times > 1], "variables in two stages")
    _expect_none(sorted(held - paths), "paths in a stage that the model does not have")


@check(deterministic, every_variable_in_one_stage)
def cuts_reproduce_the_whole(subject: BackboneSubject) -> None:
    """Check that the two parts of every cut reproduce the whole, and that no later stage is below the cut."""
    backbone = subject.load()  # a separate one: Keras changes the graph of a model that is cut at one of its inputs
    ready = subject.ready(backbone)
    cuttable = [(position, stage) for position, stage in enumerate(backbone.stages) if stage.cut is not None]
    if not cuttable:
        raise SkippedError("no stage has a cut")
    for position, stage in cuttable:
        below = _submodel(backbone.model.input, list(stage.cut or ()))
        later = frozenset[str]().union(*(each.variables for each in backbone.stages[position + 1 :]))
        early = sorted(later & {variable.path for variable in below.weights})
        _expect_none(early, f"variables of later stages below the cut of {stage.name!r}")
        reached = as_list(below(ready, training=False))
        if position < len(backbone.stages) - 1:
            above = _submodel(list(stage.cut or ()), list(backbone.model.outputs))
            reached = as_list(above(reached if len(reached) > 1 else reached[0], training=False))
        expect_equal(subject.expected, reached, f"cut at {stage.name!r}")


def _submodel(inputs: Any, outputs: list[Any]) -> keras.Model:
    import keras

    return keras.Model(inputs[0] if isinstance(inputs, list) and len(inputs) == 1 else inputs, outputs)


def _expect_none(wrong: list[str], what: str) -> None:
    more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    expect(not wrong, f"{what}: {', '.join(wrong[:_SHOWN])}{more}")
