"""Lookup of modalities by name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tlzoo.errors import PluginError, did_you_mean

if TYPE_CHECKING:
    from tlzoo.modalities.contract import Modality

__all__ = ["core_modalities", "find_modality", "modality_names", "modality_of_argument", "require_modality"]


def core_modalities() -> dict[str, type[Modality]]:
    """Return the modalities of tlzoo, by name, without reading the index or a plugin."""
    from tlzoo.modalities.numeric import Numeric
    from tlzoo.modalities.text import Text
    from tlzoo.modalities.vision import Vision

    return {each.name: each for each in (Vision, Text, Numeric)}


def find_modality(name: str) -> Modality | None:
    """Return a modality, None if no plugin has it. Other plugins are imported only if tlzoo itself has not."""
    found = core_modalities().get(name)
    if found is None:
        from tlzoo.plugins import registered

        found = next((each.value for each in registered("tlzoo_modalities") if each.name == name), None)
    return None if found is None else _made(found)


def require_modality(name: str) -> Modality:
    """Return a modality. Raises PluginError if no plugin has it."""
    found = find_modality(name)
    if found is None:
        what = f"no installed plugin has the modality {name!r}"
        raise PluginError(what, did_you_mean(name, modality_names()))
    return found


def modality_of_argument(argument: str) -> Modality | None:
    """Return the modality whose serving signatures have this argument; None if no plugin has it."""
    core = next((each for each in core_modalities().values() if each.argument == argument), None)
    if core is not None:
        return _made(core)
    from tlzoo.plugins import registered

    given = (each.value for each in registered("tlzoo_modalities"))
    found = next((each for each in given if getattr(each, "argument", None) == argument), None)
    return None if found is None else _made(found)


def modality_names() -> tuple[str, ...]:
    """Return the names of all modalities of all plugins."""
    from tlzoo.plugins import registered

    return tuple(each.name for each in registered("tlzoo_modalities"))


def _made(found: Any) -> Modality:
    """Return the instance of a modality's class. Raises PluginError for another class, or for a missing member."""
    from tlzoo.modalities.contract import Modality

    if not (isinstance(found, type) and issubclass(found, Modality)):
        what = f"the modality {found!r:.80} is not a subclass of tlzoo.modalities.Modality"
        raise PluginError(what, "report this to its authors")
    members = (*sorted(found.__abstractmethods__), "name", "argument")
    missing = [each for each in members if each in found.__abstractmethods__ or not hasattr(found, each)]
    if missing:
        raise PluginError(
            f"the modality {found.__qualname__} does not define {missing[0]!r}", "report this to its authors"
        )
    try:
        return _object(found)
    except Exception as error:
        what = f"the modality {found.__qualname__} cannot be constructed: {type(error).__name__}: {error}"
        raise PluginError(what, "report this to its authors") from error


@cache
def _object(found: type[Modality]) -> Modality:
    return found()
