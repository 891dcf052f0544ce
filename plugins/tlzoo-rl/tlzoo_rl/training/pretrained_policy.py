"""Where a policy begins: with new weights, or with the pretrained policy of the trunk's own environment.

A pretrained policy can harm: on other physics it acts badly and confidently, and learning starts from there. So both
are measured, a few episodes each, acting by their odds as they do while they learn. Where there is none to begin with,
new weights are measured alone: what a run returns is compared with them at its end.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tlzoo.errors import RunError
from tlzoo.files.atomic import write_text
from tlzoo.files.format_number import with_format, without_format

if TYPE_CHECKING:
    import keras

    from tlzoo_rl.training.returns import Returns

__all__ = ["Asked", "Beginning", "begin_at_source", "choose_beginning"]

Asked = Literal["measured", "source", "new"]


@dataclass(frozen=True, slots=True)
class Beginning:
    """Which policy a run begins with, and the mean returns with their standard errors before any training.

    ``source`` is None if the entry has no pretrained policy with these actions.
    """

    chosen: Literal["source", "new"]
    asked: Asked
    source: tuple[float, float] | None
    new: tuple[float, float]

    @property
    def note(self) -> str | None:
        """Return the note for the user; None where there was no choice."""
        if self.source is None:
            return None
        source, new = _shown(self.source), _shown(self.new)
        if self.chosen == "source":
            way_out = "-H begin=new starts with a new one"
            return f"starting from the pretrained policy: it returns {source} here, a new one {new}; {way_out}"
        way_out = "" if self.asked == "new" else "; -H begin=source starts from it all the same"
        return f"starting with a new policy: the pretrained one returns {source} here, a new one {new}{way_out}"

    def verdict(self, mean: float, error: float) -> str | None:
        """Return what to say of a return after training that is not above that of a new policy before any."""
        least, noise = self.new
        if mean - least > math.hypot(error, noise):
            return None
        trained = _shown((mean, error))
        what = "training" if self.source is None else "transfer"
        return f"{what} did not help: the policy returns {trained}, and an untrained one {_shown(self.new)}"


def choose_beginning(
    head: keras.Model, source: keras.Model | None, asked: Asked, measure: Callable[[], Returns], checkpoints: Path
) -> Beginning | None:
    """Set a head's policy to its source's or leave it new; return the choice, None in a run of before it was measured.

    ``measure`` plays episodes with the head as it is. The choice is kept among the checkpoints, so that a run that is
    opened again begins with the same weights.
    """
    file = checkpoints / "beginning.json"
    fresh = head.get_weights()
    has_source = begin_at_source(head, source)
    known = _read(file)
    if known is None and (asked != "measured" or not has_source) and any(checkpoints.glob("phase-*")):
        if asked == "new":
            head.set_weights(fresh)
        return None
    if known is None:
        known = (
            _measured(head, fresh, asked, measure) if has_source else Beginning("new", asked, None, _figures(measure()))
        )
        _write(file, known)
    if known.chosen == "new":
        head.set_weights(fresh)
    return known


def _measured(head: keras.Model, fresh: list[Any], asked: Asked, measure: Callable[[], Returns]) -> Beginning:
    """Measure a head's pretrained policy and its fresh weights; leave the former."""
    source, pretrained = _figures(measure()), head.get_weights()
    head.set_weights(fresh)
    new = _figures(measure())
    head.set_weights(pretrained)
    better = source[0] - new[0] > math.hypot(source[1], new[1])
    measured: Literal["source", "new"] = "source" if better else "new"
    return Beginning(measured if asked == "measured" else asked, asked, source, new)


def begin_at_source(head: keras.Model, source: keras.Model | None) -> bool:
    """Set a head's policy to its source's (features to the odds of actions); say whether that could be.

    It cannot where the entry keeps none, or one of another number of actions, or where actions are numbers. Its value
    is learned anew, from zero: values of random weights would lead a policy astray that is good already, before they
    are learned.
    """
    if source is None:
        return False
    kept, begun = source.layers[-1], head.get_layer("policy")
    numbers = any(layer.name == "log_deviation" for layer in head.layers)
    if numbers or begun.kernel.shape != kept.kernel.shape:
        return False
    begun.set_weights(kept.get_weights())
    value = head.get_layer("value")
    value.set_weights([each * 0 for each in value.get_weights()])
    return True


def _figures(returns: Returns) -> tuple[float, float]:
    return returns.mean, returns.standard_error


def _shown(figures: tuple[float, float]) -> str:
    return f"{figures[0]:.4g} ± {figures[1]:.2g}"


def _read(file: Path) -> Beginning | None:
    try:
        found = without_format(json.loads(file.read_text("utf-8")), str(file), error=RunError)
        return Beginning(
            found["chosen"], found["asked"], found["source"] and tuple(found["source"]), tuple(found["new"])
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RunError(f"{file} cannot be read: {error}", "train again") from error


def _write(file: Path, beginning: Beginning) -> None:
    if file.parent.exists() and not file.parent.is_dir():  # where nothing is to be kept
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, json.dumps(with_format(asdict(beginning))))
