"""Initial policy of a run: new weights, or the pretrained policy of the trunk's source environment.

A pretrained policy can harm: on other physics it acts badly with high confidence. So both are measured in a few
episodes with sampled actions, as in training. If there is no pretrained policy, only new weights are measured: the
result of the run is compared with them.
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
    """The initial policy of a run, and the mean returns with their standard errors before training.

    ``source`` is None if the entry has no pretrained policy with these actions.
    """

    chosen: Literal["source", "new"]
    asked: Asked
    source: tuple[float, float] | None
    new: tuple[float, float]

    @property
    def note(self) -> str | None:
        """Return the note for the user; None if there was no choice."""
        if self.source is None:
            return None
        source, new = _shown(self.source), _shown(self.new)
        if self.chosen == "source":
            way_out = "-H begin=new starts with a new one"
            return (
                f"starting from the pretrained policy: its return here is {source}, that of a new one {new}; {way_out}"
            )
        way_out = "" if self.asked == "new" else "; -H begin=source starts from it nevertheless"
        return f"starting with a new policy: its return here is {new}, that of the pretrained one {source}{way_out}"

    def verdict(self, mean: float, error: float) -> str | None:
        """Return a note if the return after training is not above that of an untrained policy."""
        least, noise = self.new
        if mean - least > math.hypot(error, noise):
            return None
        trained = _shown((mean, error))
        what = "training" if self.source is None else "transfer"
        return f"{what} did not help: the return is {trained}, that of an untrained policy {_shown(self.new)}"


def choose_beginning(
    head: keras.Model, source: keras.Model | None, asked: Asked, measure: Callable[[], Returns], checkpoints: Path
) -> Beginning | None:
    """Choose the pretrained or the new policy; return the choice, None for runs from before it was measured.

    ``measure`` plays episodes with the current head. The choice is stored with the checkpoints, so that a reopened run
    starts from the same weights.
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
    """Measure a head's pretrained policy and its new weights; keep the pretrained policy."""
    source, pretrained = _figures(measure()), head.get_weights()
    head.set_weights(fresh)
    new = _figures(measure())
    head.set_weights(pretrained)
    better = source[0] - new[0] > math.hypot(source[1], new[1])
    measured: Literal["source", "new"] = "source" if better else "new"
    return Beginning(measured if asked == "measured" else asked, asked, source, new)


def begin_at_source(head: keras.Model, source: keras.Model | None) -> bool:
    """Copy the source's policy (features to action logits) to a head; return whether this is possible.

    It is not possible if the entry has no policy, or one with another number of actions, or if actions are
    continuous. The value starts from zero, since random values would spoil a good policy before they are learned.
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
    if file.parent.exists() and not file.parent.is_dir():  # without a run folder
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, json.dumps(with_format(asdict(beginning))))
