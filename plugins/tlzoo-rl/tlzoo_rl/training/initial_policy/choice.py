"""Initial policy of a run: new weights, or the pretrained policy of the backbone's source environment.

A pretrained policy can harm: in another environment it may act badly with high confidence. So both are measured in a
few episodes with sampled actions, as in training. These steps count in the budget. If the returns do not decide, both
train for a small share of the first phase (``race``). Without a pretrained policy, only new weights are measured: the
result of the run is compared with them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from tlzoo.errors import RunError
from tlzoo.files.atomic import write_text
from tlzoo.files.format_number import with_format, without_format
from tlzoo_rl.training.initial_policy.race_result import Policy, Race, Return, read_policy

__all__ = ["Asked", "InitialPolicy", "choose", "read", "write"]

Asked = Literal["measured", "source", "new"]
_NAMES: Mapping[Policy, str] = {"source": "pretrained", "new": "new"}
_FILE = "beginning.json"


@dataclass(frozen=True, slots=True)
class InitialPolicy:
    """The initial policy of a run, and the returns before training.

    ``source`` is None if the entry has no pretrained policy with these actions. ``steps`` are the measured steps that
    count in the budget: none if the measurement decides nothing. ``undecided`` says that the first phase begins with
    a race of both; ``races`` has its result, by the name of the phase.
    """

    chosen: Policy
    asked: Asked
    source: Return | None
    new: Return
    steps: int = 0
    undecided: bool = False
    races: Mapping[str, Race] = field(default_factory=dict)

    @property
    def note(self) -> str | None:
        """The note before the first phase; None if there was no choice."""
        if self.source is None:
            return None
        counted = f" ({self.steps:,} steps of the budget)" if self.steps else ""
        measured = f"its return here is {{}}, that of {{}} {{}}{counted}"
        if self.undecided:
            return (
                f"the pretrained policy returns {self.source} here, a new one {self.new}{counted}; the first phase "
                "begins with a few rollouts to find the better one"
            )
        if self.chosen == "source":
            said = measured.format(self.source, "a new one", self.new)
            return f"starting from the pretrained policy: {said}; -H begin=new starts with a new one"
        said = measured.format(self.new, "the pretrained one", self.source)
        way_out = "" if self.asked == "new" else "; -H begin=source starts from it nevertheless"
        return f"starting with a new policy: {said}{way_out}"

    def race_note(self, phase: str) -> str | None:
        """Return the note after a phase that starts from the initial weights; None if it did not need a race."""
        if phase in self.races:
            return self.races[phase].note
        if not self.undecided:
            return None
        return f"phase {phase!r} is too short to try both policies: it started from the {_NAMES[self.chosen]} one"

    def verdict(self, trained: Return) -> str | None:
        """Return a note if the return after training is not above that of an untrained policy."""
        if trained.mean - self.new.mean > math.hypot(trained.error, self.new.error):
            return None
        what = "training" if self.source is None else "transfer"
        return f"{what} did not help: the return is {trained}, that of an untrained policy {self.new}"

    def with_race(self, phase: str, race: Race) -> InitialPolicy:
        """Return the choice with the result of a race at the start of a phase."""
        return replace(self, races={**self.races, phase: race})

    def to_json(self) -> dict[str, Any]:
        """Return the values of ``initial_weights`` in the JSON of a run."""
        return {
            "chosen": next(iter(self.races.values())).chosen if self.races else self.chosen,
            "asked": self.asked,
            "undecided": self.undecided and not self.races,
            "source": self.source and list(self.source),
            "new": list(self.new),
            "steps": self.steps,
            "races": {name: race.to_json() for name, race in self.races.items()},
        }


def choose(source: Return, new: Return, solved: float | None) -> Policy | None:
    """Return the better initial policy by its return before training; None if only training can tell.

    The pretrained policy is chosen if it reaches the return at which the environment counts as ``solved``, within
    noise. The new one is chosen if the pretrained one is not better and the returns of the new one differ: then it has
    something to learn from. In all other cases the pretrained policy may be a local optimum that the new one would
    soon pass, or both may have the lowest possible return.
    """
    if new.above(source):
        return "new"
    if solved is not None and source.mean + source.error >= solved:
        return "source"
    return None if source.above(new) or (new.error == 0 and source.mean >= new.mean) else "new"


def read(checkpoints: Path) -> InitialPolicy | None:
    """Return the choice stored with the checkpoints of a run, or None. Raises RunError if it cannot be read."""
    file = checkpoints / _FILE
    try:
        found = without_format(json.loads(file.read_text("utf-8")), str(file), error=RunError)
        return InitialPolicy(
            read_policy(found["chosen"]),
            _asked(found["asked"]),
            found["source"] and Return.from_json(found["source"]),
            Return.from_json(found["new"]),
            int(found.get("steps", 0)),
            bool(found.get("undecided", False)),
            {name: Race.from_json(race) for name, race in found.get("races", {}).items()},
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise RunError(f"{file} cannot be read: {error}", "train again") from error


def write(checkpoints: Path, chosen: InitialPolicy) -> None:
    """Store the choice, so that a reopened run starts from the same weights."""
    if checkpoints.exists() and not checkpoints.is_dir():  # without a run folder
        return
    checkpoints.mkdir(parents=True, exist_ok=True)
    write_text(checkpoints / _FILE, json.dumps(with_format(asdict(chosen))))


def _asked(value: Any) -> Asked:
    return "measured" if value == "measured" else read_policy(value)
