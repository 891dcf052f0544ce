"""Installation of a plugin: its wheel is inspected first, and refused before anything changes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tlzoo.errors import BytesRefusedError, InstallError, PluginError
from tlzoo.plugins.api import incompatibility
from tlzoo.plugins.catalog import Catalog
from tlzoo.plugins.selection import CORE

from .environments import Command, Environment, run_command
from .origins import Origin, find_origin
from .records import Record, keep_wheel, records, remember
from .wheel_files import refuse_replacements
from .wheel_source import obtain
from .wheels import Wheel, read_wheel

__all__ = ["Installation", "prepared", "sync_needed"]


@dataclass(frozen=True, slots=True)
class Installation:
    """An inspected plugin that may be installed; nothing has changed yet."""

    wheel: Wheel
    origin: Origin
    known: bool
    """Whether its hash is in the index."""
    environment: Environment
    record: Record

    @property
    def command(self) -> Command:
        """The command that will be run."""
        return self.environment.install(self.record.path)

    def run(self, *, quiet: bool) -> None:
        """Install and record it. Raises InstallError if the installer fails; then nothing is recorded."""
        kept = keep_wheel(self.wheel, self.record.origin)
        run_command(self.command, quiet=quiet)
        remember(kept)


@contextmanager
def prepared(text: str, environment: Environment, zoo: Catalog, *, quiet: bool) -> Iterator[Installation]:
    """Find, download or build a plugin, and check it; it may be installed within the block.

    Raises InstallError, PluginError if it is incompatible or claims names of another plugin, and BytesRefusedError if
    its hash is not that of the index.
    """
    environment.require_changeable()
    origin = find_origin(text, zoo.index)
    with tempfile.TemporaryDirectory(prefix="tlzoo-") as folder:
        wheel = obtain(origin, environment, Path(folder), quiet=quiet)
        _judge(wheel, origin, zoo)
        record = Record(wheel.name, wheel.version, origin.source, wheel.sha256, wheel.path.name)
        yield Installation(wheel, origin, origin.kind == "index", environment, record)


def sync_needed(zoo: Catalog, environment: Environment) -> list[Installation]:
    """Return the plugins that were installed and are now missing, from their stored wheel or else from their origin.

    Raises BytesRefusedError if a stored wheel has changed.
    """
    missing = [record for name, record in records().items() if name not in zoo.plugins]
    if missing:
        environment.require_changeable()
    return [_again(record, environment, zoo) for record in missing]


def _again(record: Record, environment: Environment, zoo: Catalog) -> Installation:
    if not record.path.is_file():
        raise InstallError(
            f"the stored wheel of {record.name} is missing", f"run `tlzoo plugins install {record.origin}` again"
        )
    wheel = read_wheel(record.path)
    if wheel.sha256 != record.sha256:
        raise BytesRefusedError(
            f"{record.path} differs from the installed wheel", f"run `tlzoo plugins install {record.origin}`"
        )
    origin = Origin("wheel", record.origin, record.name)
    _judge(wheel, origin, zoo)
    return Installation(wheel, origin, zoo.index.provider(record.name) is not None, environment, record)


def _judge(wheel: Wheel, origin: Origin, zoo: Catalog) -> None:
    """Raise an error for a plugin that could not be used after installation."""
    if wheel.name == CORE:
        raise PluginError("this is tlzoo itself", "upgrade it with the installer that you used")
    if origin.name is not None and wheel.name != origin.name:
        raise BytesRefusedError(f"{origin} has the distribution {wheel.name!r}, not {origin.name!r}", "do not use it")
    provider = wheel.registry.provider(wheel.name)
    if provider is None:
        raise PluginError(
            f"the registry in {wheel.path.name} is not for {wheel.name}", "report it to the plugin's author"
        )
    incompatible = incompatibility(wheel.name, provider.api)
    if incompatible is not None:
        raise PluginError(f"{wheel.name} {wheel.version} cannot be installed: {incompatible[0]}", incompatible[1])
    for namespace in provider.namespaces:
        owner = zoo.index.owner(namespace) or _claimed(namespace, wheel.name, zoo)
        if owner not in {None, wheel.name}:
            raise PluginError(
                f"{wheel.name} claims the namespace {namespace!r}, which belongs to {owner!r}",
                "report it to the plugin's author",
            )
    refuse_replacements(wheel.files, wheel.path.name, wheel.name)


def _claimed(namespace: str, name: str, zoo: Catalog) -> str | None:
    """Return the installed plugin, other than ``name``, that owns a namespace."""
    for plugin in zoo.plugins.values():
        if plugin.name != name and plugin.registry is not None and plugin.registry.owner(namespace) == plugin.name:
            return plugin.name
    return None
