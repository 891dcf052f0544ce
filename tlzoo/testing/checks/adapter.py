"""Conformance checks of a data adapter, on a small source given by its author."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.errors import TlzooError, UsageError
from tlzoo.testing.outcome import CheckFailedError, SkippedError, expect
from tlzoo.testing.session import Check, check

if TYPE_CHECKING:
    from tlzoo.data import Samples, TrainerData

__all__ = [
    "ADAPTER_CHECKS",
    "AdapterSubject",
    "gives_what_is_asked_for",
    "names_are_its_own",
    "opens",
    "opens_the_same_elsewhere",
    "refuses_unknown_options",
    "splits_are_disjoint_and_the_same",
]

_FINGERPRINT = """
import sys
result, sys.stdout = sys.stdout, sys.stderr
from tlzoo.progress import Silent
from tlzoo.runs.opening.sources import open_any
sys.path[:0] = sys.argv[2:]
print(open_any(sys.argv[1], Silent()).fingerprint, file=result)
"""
_FEW = 8


@final
class AdapterSubject:
    """A source string, small enough to be read many times: ``stripes:40``."""

    def __init__(self, source: str) -> None:
        """Store the source; the first check opens it."""
        self.source = source

    @property
    def title(self) -> str:
        """The source."""
        return self.source

    @cached_property
    def opened(self) -> Samples | TrainerData:
        """The opened source."""
        return self.open()

    @property
    def samples(self) -> Samples:
        """The samples of the source; checks of samples are skipped for data of a trainer."""
        from tlzoo.data import Samples

        if not isinstance(self.opened, Samples):
            raise SkippedError("its data are for a trainer")
        return self.opened

    def open(self, source: str | None = None) -> Samples | TrainerData:
        """Open the source, or another one."""
        from tlzoo.progress import Silent
        from tlzoo.runs.opening.sources import open_any

        return open_any(source or self.source, Silent())

    def read(self, positions: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
        """Return the raw inputs at these positions."""
        return [np.asarray(each) for each in self.samples.examples.stream(positions)]


@check()
def opens(subject: AdapterSubject) -> None:
    """Check that the source opens: samples with labels valid for the task and a SHA-256 each, or data for a trainer."""
    from tlzoo.data import Samples, TrainerData
    from tlzoo.data.lookup import has_samples

    if isinstance(subject.opened, TrainerData):
        data = subject.opened
        expect(not has_samples(subject.source), "the data are for a trainer: set has_samples = False on the adapter")
        expect(bool(data.task.kind and data.modality), "the data have no task or no modality")
        expect(re.fullmatch("[0-9a-f]{64}", data.fingerprint) is not None, "the fingerprint is not a SHA-256 in hex")
        return
    expect(
        isinstance(subject.opened, Samples),
        f"the adapter returned {type(subject.opened).__name__}, not Samples or TrainerData",
    )
    expect(has_samples(subject.source), "the source has samples, but the adapter has has_samples = False")
    samples = subject.samples
    expect(len(samples.examples) > 0, "the source has no samples")
    digests = {each.tobytes() for each in samples.digests}
    expect(len(digests) > 1, "all inputs have the same digest, so cached features of one would be used for all")


@check(opens)
def names_are_its_own(subject: AdapterSubject) -> None:
    """Check that every input has a unique name, for use in reports."""
    examples = subject.samples.examples
    names = [examples.name(position) for position in range(len(examples))]
    expect(all(names), "an input has no name")
    twice = next((one for one, other in pairwise(sorted(names)) if one == other), None)
    expect(twice is None, f"two inputs have the name {twice!r}")


@check(opens)
def gives_what_is_asked_for(subject: AdapterSubject) -> None:
    """Check that inputs come in the requested order, one per position, and equal in every call."""
    count = len(subject.samples.examples)
    some = np.arange(min(_FEW, count))
    forward, again, backward = subject.read(some), subject.read(some), subject.read(some[::-1])
    expect(len(forward) == len(some), f"{len(some)} positions gave {len(forward)} inputs")
    expect(_equal(forward, again), "a second reading gives different inputs")
    expect(_equal(forward, backward[::-1]), "the same positions in another order give different inputs")
    repeated = subject.read(np.repeat(some[:1], 2))
    expect(len(repeated) == 2 and _equal(repeated[:1], repeated[1:]), "a repeated position gives different inputs")  # noqa: PLR2004


@check(opens)
def splits_are_disjoint_and_the_same(subject: AdapterSubject) -> None:
    """Check that two openings give the same splits for one seed, and that no sample is in two splits."""
    from tlzoo.data import split

    first, second = (split(samples, seed=3) for samples in (subject.samples, AdapterSubject(subject.source).samples))
    for name in ("train", "validation", "test"):
        expect(
            np.array_equal(getattr(first, name), getattr(second, name)), f"the {name} split differs between openings"
        )
    together = np.concatenate([first.train, first.validation, first.test])
    expect(len(together) == len(np.unique(together)), "a sample is in two splits")
    expect(first.fingerprint == second.fingerprint, "two openings have different fingerprints")


@check(opens)
def opens_the_same_elsewhere(subject: AdapterSubject) -> None:
    """Check that another process finds the same data, as required for resuming a run."""
    command = [sys.executable, "-P", "-c", _FINGERPRINT, subject.source, *filter(None, sys.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    if done.returncode:
        raise CheckFailedError(f"opening fails in a new process: {done.stderr.strip().rpartition(chr(10))[2]}")
    expect(done.stdout.strip() == subject.opened.fingerprint, "another process finds different data")


@check(opens)
def refuses_unknown_options(subject: AdapterSubject) -> None:
    """Check that an unknown option is rejected, because a misspelt one would have no effect."""
    base = subject.source + ("&" if "?" in subject.source else "?")
    try:
        subject.open(f"{base}no-such-option=1")
    except UsageError:
        return
    except TlzooError as error:
        raise CheckFailedError(f"it raised {type(error).__name__} instead of UsageError: {error}") from error
    raise CheckFailedError("the adapter accepted the option 'no-such-option'; call refuse_unknown_options first")


@check(opens)
def empty_location_is_an_error(subject: AdapterSubject) -> None:
    """Check that a source without a location opens or raises an error of tlzoo."""
    try:
        subject.open(subject.source.partition(":")[0] + ":")
    except TlzooError:
        return
    raise SkippedError("the source needs no location")


ADAPTER_CHECKS: tuple[Check[AdapterSubject], ...] = (
    opens,
    names_are_its_own,
    gives_what_is_asked_for,
    splits_are_disjoint_and_the_same,
    opens_the_same_elsewhere,
    refuses_unknown_options,
    empty_location_is_an_error,
)


def _equal(these: list[np.ndarray[Any, Any]], others: list[np.ndarray[Any, Any]]) -> bool:
    return len(these) == len(others) and all(map(np.array_equal, these, others))
