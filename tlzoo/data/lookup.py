"""Data adapters by scheme, and their properties before a source is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from tlzoo.data.source import Source, parse_source
from tlzoo.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.data.adapter_contract import DataAdapter

__all__ = ["as_pool", "find_adapter", "has_samples", "imported_module", "like_training"]

_CORE = "tlzoo"


def find_adapter(source: str) -> DataAdapter:
    """Return the adapter of a source string. No plugin is imported for a scheme of the core.

    Raises:
        UsageError: For an unknown scheme.
    """
    from tlzoo.plugins import registered

    scheme = parse_source(source).scheme
    adapters: dict[str, DataAdapter] = {}
    for plugin in (_CORE, None):
        adapters = {each.name: each.value for each in registered("tlzoo_data_adapters", plugin=plugin)}
        if scheme in adapters:
            return adapters[scheme]
    raise UsageError(f"unknown adapter {scheme!r} in {source!r}", did_you_mean(scheme, adapters))


def imported_module(source: str) -> str | None:
    """Return the name of the Python module that opening a source imports, or None."""
    module = getattr(find_adapter(source), "module", None)
    name: str | None = None if module is None else module(parse_source(source).location)
    return name


def has_samples(source: str) -> bool:
    """Whether a source can have labelled samples; False if its adapter declares data for a trainer."""
    return bool(getattr(find_adapter(source), "has_samples", True))


def like_training(source: str, trained: str) -> str:
    """Return a source whose inputs are read as those of the source ``trained`` on, with its ``reading_options``.

    Options of ``source`` stay, and options that its adapter does not have are not added.
    """
    asked, known = parse_source(source), parse_source(trained)
    shared = [name for name in known.options if name not in asked.options]
    if shared:
        shared = [name for name in shared if name in _reading_options(trained) and name in _reading_options(source)]
    return _with_options(source, {name: known.options[name] for name in shared})


def as_pool(source: str, trained: str) -> str:
    """Return a source of a pool: its inputs as those of the source ``trained`` on, without labels.

    A source with options for labels keeps them. Inputs of the same scheme have the columns of the training data unless
    the source names some.

    Raises:
        UsageError: If the source names other columns of numbers than the training data, or in another order.
    """
    source, asked, known = like_training(source, trained), parse_source(source), parse_source(trained)
    adapter = find_adapter(source)
    labels: tuple[str, ...] = getattr(adapter, "label_options", ())
    inputs: tuple[str, ...] = getattr(adapter, "input_options", ()) if asked.scheme == known.scheme else ()
    added = {}
    if not any(name in asked.options for name in inputs):
        added = {name: known.options[name] for name in inputs if name in known.options}
    elif _columns(asked) != _columns(known):
        wanted = known.options.get("numbers", "none")
        raise UsageError(
            f"{source} has other columns of numbers than {trained}, or in another order", f"use numbers={wanted}"
        )
    if labels and not any(name in asked.options for name in labels):
        added["labels"] = "none"
    return _with_options(source, added)


def _columns(source: Source) -> list[str]:
    return source.options.get("numbers", "").replace("+", ",").split(",")


def _with_options(source: str, options: Mapping[str, str]) -> str:
    if not options:
        return source
    joint = "&" if parse_source(source).options else "" if source.endswith("?") else "?"
    return source + joint + "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items())


def _reading_options(source: str) -> tuple[str, ...]:
    """Return the options for how raw inputs are read; none for a source that cannot be opened."""
    try:
        found: tuple[str, ...] = getattr(find_adapter(source), "reading_options", ())
    except UsageError:
        return ()
    return found
