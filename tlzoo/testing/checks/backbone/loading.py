"""Checks that loading works, respects the request, and is reproducible."""

from __future__ import annotations

from tlzoo.errors import EntryError
from tlzoo.testing.outcome import SkippedError, expect
from tlzoo.testing.session import check
from tlzoo.testing.subject import BackboneSubject
from tlzoo.testing.tensors import SAME, difference, expect_equal

__all__ = ["deterministic", "loads", "pretrained_weights", "seeds_differ"]


@check()
def loads(subject: BackboneSubject) -> None:
    """Check that the plugin's loader returns a backbone that maps inputs to finite features."""
    try:
        outputs = subject.expected
    except EntryError as error:
        if subject.missing:
            raise SkippedError(str(error)) from error
        raise
    for output in outputs:
        expect(difference([output], [output]) == 0, "the output has values that are not finite")


@check(loads)
def deterministic(subject: BackboneSubject) -> None:
    """Check that one backbone gives the same output twice, and that two loads of one request give the same output."""
    expect_equal(subject.expected, subject.outputs(subject.backbone), "two calls of the same model")
    expect_equal(subject.expected, subject.second[1], "two loads of the same request")


@check(deterministic)
def seeds_differ(subject: BackboneSubject) -> None:
    """Check that random weights depend only on the seed: equal seeds give equal outputs, different seeds do not."""
    _skip_without_variables(subject)
    try:
        first = subject.random
    except EntryError as error:
        raise SkippedError(f"the entry has no random weights: {error}") from error
    again = subject.second[1] if subject.weights == "random" else subject.outputs(subject.load("random"))
    expect_equal(first, again, "random weights from the same seed")
    apart = difference(first, subject.outputs(subject.load("random", seed=1)))
    expect(apart > SAME, "random weights from seeds 0 and 1 give the same output: the loader ignores the seed")


@check(deterministic)
def pretrained_weights(subject: BackboneSubject) -> None:
    """Check that the files have the declared hashes, and that the loader uses them."""
    if subject.missing:
        raise SkippedError(f"not on this machine: {', '.join(subject.missing)}")
    _skip_without_variables(subject)
    if subject.weights == "random":
        raise SkippedError("the entry is an architecture without weights")
    try:
        random = subject.random
    except EntryError:
        return
    apart = difference(subject.expected, random)
    expect(apart > SAME, "pretrained and random weights give the same output: the loader ignores the files")


def _skip_without_variables(subject: BackboneSubject) -> None:
    if not subject.backbone.model.weights:
        raise SkippedError("the backbone has no variables")
