"""Records of runs and run sets: the fields of their rows in lists and pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, RunError, TlzooError
from tlzoo.runs.run_sets.folder import read_set

if TYPE_CHECKING:
    from tlzoo.runs.recipe import Recipe
    from tlzoo.runs.run import Run
    from tlzoo.runs.run_sets.result import RunSet

__all__ = ["flat_record", "known_shape", "run_record", "set_record"]

_FIELDS = ("backbone", "data", "strategy", "head", "seed", "weights", "seconds")


def run_record(run: Run, *, plugins: bool = True) -> dict[str, Any]:
    """Return the row of a run: recipe values, ``seconds``, and ``test`` with the headline metrics.

    An unfinished run has the values of its recipe, an unreadable one its path and ``error``. Without ``plugins``, no
    plugin is imported.
    """
    from tlzoo.evaluation import headline

    named = {"run": str(run.path)}
    try:
        with known_shape(run):
            result = run.result
            test = headline(result["test"], result.get("task"), plugins=plugins)
            return {"finished": True} | named | {key: result[key] for key in _FIELDS} | {"test": test}
    except RunError:
        return _unfinished(named, lambda: run.recipe)
    except (TlzooError, OSError) as error:
        return named | {"finished": False, "error": str(error)}


def set_record(run_set: RunSet) -> dict[str, Any]:
    """Return the row of a run set: ``test`` has the means, ``runs`` is the number of runs."""
    named = {"run": str(run_set.path)}
    try:
        result = run_set.result
    except RunError:
        record = _unfinished(named, lambda: read_set(run_set.path).recipe)
        return record if "error" in record else record | {"runs": len(run_set.runs)}
    except (TlzooError, OSError) as error:
        return named | {"finished": False, "error": str(error)}
    return (
        {"finished": True}
        | named
        | {key: result.get(key) for key in _FIELDS}
        | {"test": result["mean"], "spread": result["spread"], "interval": result["interval"]}
        | {"runs": len(result["runs"])}
    )


def flat_record(record: dict[str, Any]) -> dict[str, Any]:
    """Return a row with the metrics as fields of their own, without spreads and intervals."""
    figures: dict[str, Any] = record.get("test", {})
    nested = ("test", "weights", "spread", "interval")
    return {key: value for key, value in record.items() if key not in nested} | figures


@contextmanager
def known_shape(run: Run | RunSet) -> Iterator[None]:
    """Replace the error for a missing field, or one of another type, by an error that names the folder."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise BytesRefusedError(
            f"{run.path}: its result.json is damaged ({type(error).__name__}: {error})", "see `tlzoo verify`"
        ) from error


def _unfinished(named: dict[str, str], read: Callable[[], Recipe]) -> dict[str, Any]:
    """Return the row of an unfinished run or set, or the reason as ``error`` if its recipe cannot be read."""
    try:
        recipe = read()
    except (TlzooError, OSError) as error:
        return named | {"finished": False, "error": str(error)}
    of_recipe = {key: getattr(recipe, key) for key in ("backbone", "data", "seed", "weights")}
    parts = {"strategy": recipe.strategy.name, "head": recipe.head.name}
    return {"finished": False} | named | of_recipe | parts
