"""The zoo as a table: its rows, and what has to be done for those whose plugin cannot be used.

The table is kept ready in the cache folder until a registry, the index, or what is installed has changed. So a second
listing imports neither registries nor plugins' metadata: it takes as long as Python needs to start, and a little more.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NamedTuple

from tlzoo.files.derived_cache import cached_from_files, stamp
from tlzoo.files.folders import disabled_plugins_path, failed_plugins_path, own_registry_path

from .availability import Places, sources_of
from .fields import FIELDS, InputFields, Row


class Listing(NamedTuple):
    """All rows, in the natural order of their ids."""

    rows: list[Row]
    missing: dict[str, str]
    """For each plugin that brings entries and cannot be used: why, or the command that installs it."""


def listing() -> Listing:
    """Return the table of this process's catalog. Raises RegistryError where the index cannot be used."""
    choices = [os.environ.get(name) for name in ("TLZOO_PLUGINS", "TLZOO_REGISTRY")]
    watched = (disabled_plugins_path(), own_registry_path(), failed_plugins_path(), *sys.path)
    stamps = [stamp(path) for path in watched]
    key = [sys.path, stamps, choices, list(FIELDS)]
    rows, missing, sources, contracts, contract_of = cached_from_files(
        "listings", os.pathsep.join(sys.path), key, _listed
    )
    places = Places()
    for values, files in zip(rows, sources, strict=True):
        values["tags"] = tuple(values["tags"])
        values.pop("weights", None)  # where they were when the table was made
        weights = places.availability(files, installed=values["installed"])
        if weights is not None:
            values["weights"] = weights
    inputs = [InputFields(*each) for each in contracts]
    return Listing([Row(values, inputs[at]) for values, at in zip(rows, contract_of, strict=True)], missing)


def _listed() -> tuple[Any, list[str] | None]:
    """Return rows and what is missing, and the files that they are from; None where a plugin's cannot be told."""
    from tlzoo.plugins.catalog import read_catalog
    from tlzoo.plugins.scanning import scanned_files
    from tlzoo.registry.index import index_files

    from . import rows

    zoo = read_catalog()  # not this process's, which may be older than the files
    made = rows.rows_of(zoo)
    listed = [row.values for row in made]
    plugins = dict.fromkeys(str(values["plugin"]) for values in listed if not values["installed"])
    broken = any(plugin.status == "broken" for plugin in zoo.plugins.values())
    files = [rows.__file__, *map(str, index_files()), *scanned_files()]
    sources = [sources_of(row.entry) for row in made]
    contracts = list(dict.fromkeys(row.entry.input for row in made))
    contract_of = [contracts.index(row.entry.input) for row in made]
    inputs = [rows.input_fields(each) for each in contracts]
    reasons = {plugin: zoo.missing(plugin) for plugin in plugins}
    return [listed, reasons, sources, inputs, contract_of], None if broken else files
