"""The zoo as a table, with fixes for plugins that cannot be used.

The table is cached until a registry, the index or an installed package changes. So a second listing reads neither
registries nor plugin metadata, and takes little longer than the start of Python.
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
    """All rows, in natural order of ids."""

    rows: list[Row]
    missing: dict[str, str]
    """For each plugin with entries that cannot be used: the reason, or the command that installs it."""


def listing() -> Listing:
    """Return the table of this process's catalog. Raises RegistryError if the index is invalid."""
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
        values.pop("weights", None)  # may have changed since the table was cached
        weights = places.availability(files, installed=values["installed"])
        if weights is not None:
            values["weights"] = weights
    inputs = [InputFields(*each) for each in contracts]
    return Listing([Row(values, inputs[at]) for values, at in zip(rows, contract_of, strict=True)], missing)


def _listed() -> tuple[Any, list[str] | None]:
    """Return rows, missing plugins and the files they come from; None if a plugin's files are unknown."""
    from tlzoo.plugins.catalog import read_catalog
    from tlzoo.plugins.scanning import scanned_files
    from tlzoo.registry.index import index_files

    from . import rows

    zoo = read_catalog()  # this process's catalog may be older than the files
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
