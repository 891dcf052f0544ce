"""``tlzoo plugins install``, ``uninstall`` and ``sync``: show the changes, ask, then apply them."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

from tlzoo.cli.output import note
from tlzoo.cli.prompt import confirm
from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, Sequence

    from tlzoo.plugins.installation import Installation

__all__ = ["install", "sync", "uninstall"]

Row = dict[str, Any]


def install(arguments: Namespace) -> list[Row]:
    """Install plugins one by one; return a row for each."""
    from tlzoo.plugins import catalog
    from tlzoo.plugins.installation import detect_environment, prepared

    environment, rows = detect_environment(), []
    for name in arguments.names:
        with prepared(name, environment, catalog(), quiet=arguments.quiet) as installation:
            rows.append(_install(installation, arguments))
    return rows


def sync(arguments: Namespace) -> list[Row]:
    """Reinstall missing plugins; return a row for each."""
    from tlzoo.plugins import catalog
    from tlzoo.plugins.installation import detect_environment, sync_needed

    needed = sync_needed(catalog(), detect_environment())
    if not needed:
        note("nothing to do: no plugin is missing", quiet=arguments.quiet)
    return [_install(installation, arguments) for installation in needed]


def uninstall(arguments: Namespace) -> list[Row]:
    """Uninstall plugins one by one; return a row for each."""
    from tlzoo.plugins import enable, forget
    from tlzoo.plugins.installation import detect_environment, forget_record, removal
    from tlzoo.plugins.installation.environments import run_command
    from tlzoo.plugins.scanning import normalized

    environment, rows = detect_environment(), []
    for name in map(normalized, arguments.names):
        command = removal(name, environment)
        note(f"{name} will be uninstalled with\n  {shlex.join(command)}")
        if not arguments.dry_run:
            _ask("uninstall it?", arguments)
            run_command(command, quiet=arguments.quiet)
            forget_record(name)
            enable([name])
            forget()
            note(f"{name} is uninstalled", quiet=arguments.quiet)
        rows.append(_row(name, None, "installed" if arguments.dry_run else "removed", command))
    return rows


def _install(installation: Installation, arguments: Namespace) -> Row:
    wheel = installation.wheel
    provider = wheel.registry.provider(wheel.name)
    namespaces = ", ".join(provider.namespaces) if provider else ""
    trust = "hash matches the index" if installation.known else "not in the index: its code runs with your permissions"
    note(
        f"{wheel.name} {wheel.version} from {installation.record.origin}, {trust}\n"
        f"  provides {len(wheel.registry.entries)} entries in {namespaces or 'no namespace'}; sha256 {wheel.sha256}\n"
        f"  will be installed into a {installation.environment.kind} with\n  {shlex.join(installation.command)}"
    )
    if arguments.dry_run:
        return _row(wheel.name, wheel.version, "not installed", installation.command)
    _ask("install it?", arguments)
    installation.run(quiet=arguments.quiet)
    plugin = _tried(wheel.name)
    status, error, fix = plugin["status"], plugin["error"], plugin["fix"]
    if status == "ok":
        note(f"{wheel.name} is installed and works", quiet=arguments.quiet)
    else:
        note(f"{wheel.name} is installed but cannot be used ({status}): {error}; {fix}")
    return _row(wheel.name, wheel.version, status, installation.command, error, fix)


def _tried(name: str) -> Mapping[str, Any]:
    """Load the new plugin in a child process; return status, error and fix."""
    from importlib import invalidate_caches

    from tlzoo.errors import InstallError
    from tlzoo.plugins import catalog, forget
    from tlzoo.plugins.installation import try_plugin

    invalidate_caches()
    forget()
    if name not in catalog().plugins:
        raise InstallError(
            f"the installer finished, but {name} is not installed", "see `tlzoo doctor` for the environment"
        )
    tried = try_plugin(name)
    forget()
    return tried


def _ask(question: str, arguments: Namespace) -> None:
    """Ask in the terminal; raise UsageError before any change if there is no terminal or the answer is not yes."""
    if arguments.yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            "cannot ask for confirmation: this is not a terminal", "add --yes, or --dry-run to change nothing"
        )
    if not confirm(question):
        raise UsageError("cancelled; nothing was changed")


def _row(
    name: str,
    version: str | None,
    status: str,
    command: Sequence[str],
    error: str | None = None,
    fix: str | None = None,
) -> Row:
    return {
        "name": name, "version": version, "status": status, "error": error, "fix": fix, "command": list(command),
    }  # fmt: skip
