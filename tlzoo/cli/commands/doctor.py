"""``tlzoo doctor``: check the installation and report problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlzoo.cli.output import note, print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.process.memory import format_bytes

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EXAMPLE = "tlzoo doctor"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the common arguments."""
    common_arguments(parser)


def run(arguments: Namespace) -> int:
    """Print the findings; return 3 if a plugin is unusable, 1 for another problem, 0 if there is none."""
    from tlzoo.zoo.diagnosis import diagnose

    note("importing TensorFlow and all plugins …", quiet=arguments.quiet)
    found = diagnose()
    if arguments.json:
        print_json(found)
    else:
        _print(found)
    aside = any(plugin["status"] not in {"ok", "disabled"} for plugin in found["plugins"])
    return 3 if aside else 1 if found["problems"] else 0


def _print(found: dict[str, Any]) -> None:
    python, tensorflow, cache, memory = found["python"], found["tensorflow"], found["cache"], found["memory"]
    limit = "unknown" if memory["error"] else f"limit {format_bytes(memory['limit_bytes'])} ({memory['source']})"
    facts = [
        ("python", f"{python['version']}, {python['executable']}"),
        ("system", f"{found['system']}, {found['cores']} cores"),
        ("devices", ", ".join(tensorflow["devices"]) or tensorflow["error"] or "none"),
        ("plugin API", found["plugin_api"]),
        ("cache", f"{cache['folder']}: {cache['bytes'] / 1e6:.1f} MB, {cache['free_bytes'] / 1e9:.1f} GB free"),
        ("memory", limit),
        ("settings", found["settings"]),
        ("second wall", found["second_wall"]),
        *((name, value) for name, value in found["environment"].items()),
    ]
    width = max(len(name) for name, _ in facts) + 2
    for name, value in facts:
        print_line(f"{name:{width}}{value}")
    print_line()
    print_table(
        ["package", "version"], ([name, version or "not installed"] for name, version in found["packages"].items())
    )
    print_line()
    print_table(
        ["plugin", "version", "status", "entries", "module"],
        (
            [plugin["name"], plugin["version"], plugin["status"], str(plugin["entries"]), plugin["module"]]
            for plugin in found["plugins"]
        ),
        right=["entries"],
    )
    for plugin in found["plugins"]:
        if plugin["traceback"]:
            print_line(f"\n{plugin['name']}:\n{plugin['traceback'].rstrip()}")
    print_line("\nno problems found" if not found["problems"] else "\nproblems:")
    for problem in found["problems"]:
        print_line(f"  {problem['what']}\n      {problem['fix']}")
