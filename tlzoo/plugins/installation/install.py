"""Installing a plugin: its wheel is looked at first, and what does not fit is refused before anything changes."""

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
    """A plugin that was looked at and may be installed; nothing has changed yet."""

    wheel: Wheel
    origin: Origin
    known: bool
    """Whether the index vouches for it."""
    environment: Environment
    record: Record

    @property
    def command(self) -> Command:
        """The command that will be run."""
        return self.environment.install(self.record.path)

    def run(self, *, quiet: bool) -> None:
        """Install it and write that down. Raises InstallError where the installer fails; then nothing is recorded."""
        kept = keep_wheel(self.wheel, self.record.origin)
        run_command(self.command, quiet=quiet)
        remember(kept)


@contextmanager
def prepared(text: str, environment: Environment, zoo: Catalog, *, quiet: bool) -> Iterator[Installation]:
    """Find, download or build a plugin, and judge it: what comes out may be installed within the block.

    Raises InstallError, PluginError where it does not fit this tlzoo or claims what is another's, and
    BytesRefusedError where its hash is not the promised one.
    """
    environment.require_changeable()
    origin = find_origin(text, zoo.index)
    with tempfile.TemporaryDirectory(prefix="tlzoo-") as folder:
        wheel = obtain(origin, environment, Path(folder), quiet=quiet)
        _judge(wheel, origin, zoo)
        record = Record(wheel.name, wheel.version, origin.source, wheel.sha256, wheel.path.name)
        yield Installation(wheel, origin, origin.kind == "index", environment, record)


def sync_needed(zoo: Catalog, environment: Environment) -> list[Installation]:
    """Return what was installed once and is not there now, as it was then: its kept wheel, or else from its origin.

    Raises BytesRefusedError where a kept wheel has changed.
    """
    missing = [record for name, record in records().items() if name not in zoo.plugins]
    if missing:
        environment.require_changeable()
    return [_again(record, environment, zoo) for record in missing]


def _again(record: Record, environment: Environment, zoo: Catalog) -> Installation:
    if not record.path.is_file():
        raise InstallError(
            f"the kept wheel of {record.name} is gone", f"run `tlzoo plugins install {record.origin}` again"
        )
    wheel = read_wheel(record.path)
    if wheel.sha256 != record.sha256:
        raise BytesRefusedError(
            f"{record.path} is not what was installed", f"run `tlzoo plugins install {record.origin}`"
        )
    origin = Origin("wheel", record.origin, record.name)
    _judge(wheel, origin, zoo)
    return Installation(wheel, origin, zoo.index.provider(record.name) is not None, environment, record)


def _judge(wheel: Wheel, origin: Origin, zoo: Catalog) -> None:
    """Refuse what would be set aside once it is installed."""
    if wheel.name == CORE:
        raise PluginError("that is tlzoo itself", "upgrade it with what installed it")
    if origin.name is not None and wheel.name != origin.name:
        raise BytesRefusedError(f"{origin} gave the distribution {wheel.name!r}, not {origin.name!r}", "do not use it")
    provider = wheel.registry.provider(wheel.name)
    if provider is None:
        raise PluginError(f"the registry in {wheel.path.name} is not {wheel.name}'s", "tell its author")
    incompatible = incompatibility(wheel.name, provider.api)
    if incompatible is not None:
        raise PluginError(f"{wheel.name} {wheel.version} cannot be installed: {incompatible[0]}", incompatible[1])
    for namespace in provider.namespaces:
        owner = zoo.index.owner(namespace) or _claimed(namespace, wheel.name, zoo)
        if owner not in {None, wheel.name}:
            raise PluginError(
                f"{wheel.name} claims the namespace {namespace!r}, which belongs to {owner!r}", "tell its author"
            )
    refuse_replacements(wheel.files, wheel.path.name, wheel.name)


def _claimed(namespace: str, name: str, zoo: Catalog) -> str | None:
    """Return the installed plugin, other than ``name``, that has a namespace."""
    for plugin in zoo.plugins.values():
        if plugin.name != name and plugin.registry is not None and plugin.registry.owner(namespace) == plugin.name:
            return plugin.name
    return None
