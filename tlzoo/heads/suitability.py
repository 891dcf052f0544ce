"""Compatibility of heads with backbones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from tlzoo.heads.contract import Head
    from tlzoo.heads.inputs import Takes
    from tlzoo.tasks import OutputForm, Task

__all__ = ["check_suits", "check_task"]

Gives = Literal["vector", "map", "sequence"]

_GIVEN: dict[OutputForm, str] = {
    "vector": "a vector",
    "map": "a map",
    "boxes": "boxes",
    "sequence": "a sequence",
}

_SUITED: dict[Takes, tuple[Gives, ...]] = {
    "vector": ("vector", "map", "sequence"),
    "map": ("map",),
    "sequence": ("sequence", "map"),
    "pyramid": ("map",),
}


def check_suits(head: Head, gives: Gives, backbone: str) -> None:
    """Raise UsageError for a head that does not fit the named backbone, with the names of heads that fit.

    ``gives`` is the kind of the backbone's features.
    """
    if gives in _SUITED[head.takes]:
        return
    from tlzoo.plugins import registered

    heads = {each.name: each.value for each in registered("tlzoo_heads")}
    suited = [
        name
        for name, other in heads.items()
        if gives in _SUITED[other.takes] and (other.trainer, other.output_form) == (None, head.output_form)
    ]
    name = getattr(head, "name", type(head).__name__)
    raise UsageError(
        f"the head {name!r} needs a {head.takes}, but the features of {backbone} are a {gives}",
        f"heads for a {gives}: {', '.join(suited)}",
    )


def check_task(head: Head, task: Task, source: str) -> None:
    """Raise UsageError for a head whose outputs are not those of a task, with the names of heads that fit."""
    if head.output_form == task.output_form:
        return
    from tlzoo.plugins import registered

    known = [each for each in registered("tlzoo_heads") if each.value.output_form == task.output_form]
    names = ", ".join(each.name for each in known if each.value.trainer is None)
    name = getattr(head, "name", type(head).__name__)
    given, wanted = _GIVEN[head.output_form], _GIVEN[task.output_form]
    raise UsageError(
        f"the head {name!r} returns {given}, but {task.kind} of {source} needs {wanted}",
        f"heads for {wanted}: {names or 'none'}",
    )
