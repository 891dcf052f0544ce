"""Card of an entry: all known facts, in the order of interest."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tlzoo.artifacts import locate
from tlzoo.plugins import Catalog, catalog
from tlzoo.registry import Entry, plain
from tlzoo.zoo.benching import Measurement, latest, measurements

from .fields import FIELDS
from .formatting import with_unit
from .rows import features_text, input_fields, values_of

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """Facts of an entry: titled sections of labelled lines for people, and one object for programs."""

    entry: Entry
    sections: tuple[tuple[str, Lines], ...]
    facts: dict[str, Any]


def card(name: str, *, of: Catalog | None = None) -> Card:
    """Return the card of an entry. No plugin is imported and no weights are read.

    Args:
        name: Id or unambiguous short name.
        of: Catalog. None: that of this process.

    Returns:
        The card.

    Raises:
        EntryError: If the name is unknown or ambiguous.
    """
    zoo = of or catalog()
    return card_of(zoo.get(name), zoo)


def card_of(entry: Entry, of: Catalog | None = None) -> Card:
    """Return the card of an entry, which need not be in a registry."""
    zoo = of or catalog()
    sections = (
        *registered_sections(entry),
        ("on this machine", tuple(_timings(entry))),
        ("files", tuple(_files(entry))),
        ("plugin", tuple(_plugin(entry, zoo))),
        ("use", tuple(_use(entry))),
    )
    return Card(entry, tuple(section for section in sections if section[1]), _facts(entry, zoo))


def registered_sections(entry: Entry) -> tuple[tuple[str, Lines], ...]:
    """Return the sections that come only from the registry and are equal on every machine."""
    sections = (
        ("backbone", tuple(_backbone(entry))),
        ("training", tuple(_training(entry))),
        ("reported", tuple(_reported(entry))),
    )
    return tuple(section for section in sections if section[1])


def _backbone(entry: Entry) -> Iterator[tuple[str, str]]:
    measured = entry.measured
    yield "modality", entry.modality
    yield "input", ", ".join((entry.input.shown(), *entry.input.details()))
    yield from entry.input.lines()
    yield "features", features_text(entry) + _pooled(entry)
    yield "parameters", with_unit(measured.parameters) if measured else "not measured"
    if measured and measured.flops is not None:
        yield "FLOPs", f"{with_unit(measured.flops)} for one input (2 x multiply-adds)"
    if entry.tags:
        yield "tags", " ".join(entry.tags)
    if entry.experimental:
        yield "experimental", "yes: it does not reach its intended quality yet"


def _pooled(entry: Entry) -> str:
    if entry.features.pooling == "none":
        return ""
    size = values_of(entry, installed=True).get("feature_size")
    return f", pooled by {entry.features.pooling}" + (f" to {size}" if size is not None else "")


def _link(paper: str) -> str:
    """Return the URL of a reference: ``arXiv:1801.04381`` becomes an address."""
    name, _, number = paper.partition(":")
    return f"https://arxiv.org/abs/{number}" if name == "arXiv" else paper


def _training(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.training:
        yield "data", entry.training.name
        if entry.training.classes:
            yield "classes", str(entry.training.classes)
        if entry.training.examples:
            yield "examples", with_unit(entry.training.examples)
        if entry.training.url:
            yield "described at", entry.training.url
        yield from ((name, str(value)) for name, value in entry.training.statistics.items())
    if entry.paper:
        yield "paper", _link(entry.paper)
    yield "licence", entry.licence


def _reported(entry: Entry) -> Iterator[tuple[str, str]]:
    for each in entry.reported:
        figure = f"{100 * each.value:.1f} %" if 0 < each.value <= 1 else f"{each.value:g}"
        yield each.metric, f"{figure} on {each.data} ({each.source})"


def _timings(entry: Entry) -> Iterator[tuple[str, str]]:
    for each in _measurements(entry):
        figures = [
            f"{each.latency_ms:.3g} ms per prediction",
            f"{each.throughput:,.0f} per second at batch size {each.batch}",
        ]
        figures += [] if each.load_seconds is None else [f"loaded in {each.load_seconds:.2g} s"]
        figures += [] if each.peak_bytes is None else [f"{with_unit(each.peak_bytes, of_bytes=True)} peak memory"]
        yield each.engine, ", ".join(figures)


def _measurements(entry: Entry) -> list[Measurement]:
    engines = sorted({each.engine for each in measurements() if each.entry == entry.id})
    return [each for engine in engines if (each := latest(entry.id, engine=engine)) is not None]


def _files(entry: Entry) -> Iterator[tuple[str, str]]:
    for name, file in entry.files.items():
        size = f", {with_unit(file.bytes, of_bytes=True)}" if file.bytes is not None else ""
        here = locate(file)
        yield name, f"on this machine{size}: {here}" if here else f"not on this machine{size}"
        yield from (("from" if source == file.source else "or from", source) for source in file.sources)
        yield "hash", file.hash or "not declared"


def _plugin(entry: Entry, zoo: Catalog) -> Iterator[tuple[str, str]]:
    plugin = zoo.plugins.get(entry.plugin)
    if plugin is None:
        yield entry.plugin, f"not installed: {zoo.install_command(entry.plugin)}"
    elif plugin.usable:
        yield plugin.name, f"{plugin.version}, loader {entry.loader}"
    else:
        yield plugin.name, f"{plugin.version}, {plugin.status}: {plugin.reason}; {plugin.fix}"


def _use(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.input.example_source is not None:
        yield "train", f"tlzoo train --data {shlex.quote(entry.input.example_source)} --backbone {entry.id}"


def _facts(entry: Entry, zoo: Catalog) -> dict[str, Any]:
    """Return the entry as in its registry, with the additional facts of a listing."""
    values = values_of(entry, installed=zoo.installed(entry))
    listed = {name: values.get(name) for name in FIELDS}
    files = {name: {**plain(file), "here": locate(file) is not None} for name, file in entry.files.items()}
    timings = [each.to_json() for each in _measurements(entry)]
    listed |= input_fields(entry.input).values
    facts = {**listed, **plain(entry), "files": files, "name": entry.name, "timings": timings}
    if zoo.plugins.get(entry.plugin) is None:
        facts["install"] = zoo.install_command(entry.plugin)
    return facts
