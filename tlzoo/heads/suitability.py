"""Compatibility of heads with backbones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from tlzoo.heads.contract import Head
    from tlzoo.heads.inputs import Takes

__all__ = ["check_suits"]

Gives = Literal["vector", "map", "sequence"]

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
    suited = [name for name, other in heads.items() if gives in _SUITED[other.takes] and other.trainer is None]
    name = getattr(head, "name", type(head).__name__)
    raise UsageError(
        f"the head {name!r} needs a {head.takes}, but the features of {backbone} are a {gives}",
        f"heads for a {gives}: {', '.join(suited)}",
    )
