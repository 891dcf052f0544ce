"""Returns of two initial policies, and the result of their race."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple, get_args

__all__ = ["Policy", "Race", "Return", "Round", "read_policy"]

Policy = Literal["source", "new"]
_SIGNIFICANT = 2.0
"""Standard errors of a difference that is not noise."""


class Return(NamedTuple):
    """A mean return with its standard error."""

    mean: float
    error: float

    def above(self, other: Return, errors: float = _SIGNIFICANT) -> bool:
        """Return whether the mean is higher than another by more than noise, in standard errors of the difference."""
        return self.mean - other.mean > errors * math.hypot(self.error, other.error)

    def __str__(self) -> str:
        return f"{self.mean:.4g} ± {self.error:.2g}"

    @classmethod
    def from_json(cls, values: Iterable[Any]) -> Return:
        """Return the two numbers of a file; raise ValueError, TypeError or OverflowError for other values."""
        return cls(*map(float, values))


@dataclass(frozen=True, slots=True)
class Round:
    """One policy trained; both returns after that, and the rollouts of the race so far."""

    trained: Policy
    source: Return
    new: Return
    rollouts: int


@dataclass(frozen=True, slots=True)
class Race:
    """The rounds of a race, and the policy that continues."""

    chosen: Policy
    rounds: tuple[Round, ...]

    @property
    def rollouts(self) -> int:
        """The length of the race in rollouts, with measured steps."""
        return self.rounds[-1].rollouts

    @property
    def note(self) -> str:
        """The note after the phase."""
        last = self.rounds[-1]
        name, other = ("pretrained", "new") if self.chosen == "source" else ("new", "source")
        reason = "the returns are equal within noise"
        if last.source.above(last.new):
            reason = "it returns more" if self.chosen == "source" else "it improves faster"
        elif last.new.above(last.source):
            reason = "it returns more"
        return (
            f"continuing with the {name} policy, because {reason}: after {self.rollouts} rollouts of the phase, the "
            f"pretrained one returns {last.source}, the new one {last.new}; -H begin={other} starts from the other one"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the values for a checkpoint, and for the JSON of a run."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Race:
        """Return the race of such values."""
        rounds = [
            Round(
                read_policy(each["trained"]),
                Return.from_json(each["source"]),
                Return.from_json(each["new"]),
                int(each["rollouts"]),
            )
            for each in values["rounds"]
        ]
        return cls(read_policy(values["chosen"]), tuple(rounds))


def read_policy(value: Any) -> Policy:
    """Return the name of a policy; raise ValueError for another value."""
    names: tuple[Policy, ...] = get_args(Policy)
    if value not in names:
        raise ValueError(f"no policy {value!r:.40}")
    found: Policy = value
    return found
