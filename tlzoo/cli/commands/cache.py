"""``tlzoo cache``: list and remove cached files."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tlzoo.cli.output import counted, note, print_json, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.durations import parse_duration
from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from tlzoo.zoo.cache import Cached

EXAMPLE = """\
tlzoo cache list
tlzoo cache prune --older-than 30d --dry-run
tlzoo cache prune --max-size 5GB"""

_BYTES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_WORDS = {"removed": "removed", "would remove": "would be removed", "in use": "in use by a process"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``list`` and ``prune``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list cached files with size and time of last use")
    common_arguments(listing)
    pruning = actions.add_parser("prune", help="remove cached files not in use; they are recreated when needed")
    pruning.add_argument("--older-than", metavar="TIME", help="remove files not used for this time: 12h, 30d, 8w")
    pruning.add_argument(
        "--max-size", metavar="SIZE", help="remove least recently used files until this size: 500MB, 5GB"
    )
    pruning.add_argument("--all", action="store_true", help="remove everything")
    pruning.add_argument(
        "--files", action="store_true", help="also remove downloaded files, which then have to be downloaded again"
    )
    pruning.add_argument("--dry-run", action="store_true", help="show what would be removed, without removing it")
    common_arguments(pruning)


def run(arguments: argparse.Namespace) -> None:
    """List or prune. The JSON is an array of cached files; after pruning, each has the result as ``action``."""
    from tlzoo.files.folders import cache_folder
    from tlzoo.zoo.cache import list_cache

    cached = list_cache()
    if arguments.action == "prune":
        _prune(arguments, cached)
        return
    if arguments.json:
        print_json([each.to_json() for each in cached])
        return
    rows = [(*_row(each), "in use" if each.in_use else "") for each in cached]
    print_table(("kind", "name", "size", "rows", "last used", "what", ""), rows, right=("size", "rows"))
    total = sum(each.bytes for each in cached)
    note(f"{_size(total)} in {cache_folder()}", quiet=arguments.quiet)


def _prune(arguments: argparse.Namespace, cached: list[Cached]) -> None:
    from tlzoo.zoo.cache import DOWNLOADS, FILES, remove_cached, to_remove

    if not (arguments.all or arguments.older_than or arguments.max_size):
        raise UsageError("nothing to remove", "specify what to remove: --older-than 30d, --max-size 5GB or --all")
    before = None
    if arguments.older_than:
        before = datetime.now(UTC) - timedelta(seconds=parse_duration(arguments.older_than, "--older-than"))
    most = 0 if arguments.all else _bytes(arguments.max_size) if arguments.max_size else None
    candidates = [each for each in cached if arguments.files or each.kind not in {FILES, DOWNLOADS}]
    done: list[tuple[Cached, str]] = []
    for each in candidates if arguments.all else to_remove(candidates, before, most):
        if each.in_use:
            done.append((each, "in use"))
        elif arguments.dry_run:
            done.append((each, "would remove"))
        else:
            done.append((each, "removed" if remove_cached(each) else "in use"))
    freed = sum(each.bytes for each, action in done if action != "in use")
    if arguments.json:
        print_json([each.to_json() | {"action": action} for each, action in done])
        return
    columns = ("kind", "name", "size", "rows", "last used", "what", "")
    print_table(columns, [(*_row(each), _WORDS[action]) for each, action in done], right=("size", "rows"))
    said = "would be freed" if arguments.dry_run else "freed"
    note(f"{_size(freed)} {said}, of {counted(len(cached), 'item', 'items')}", quiet=arguments.quiet)


def _row(each: Cached) -> tuple[Any, ...]:
    used = each.last_used.astimezone().strftime("%Y-%m-%d %H:%M")
    return each.kind, each.name, _size(each.bytes), "" if each.rows is None else str(each.rows), used, each.what


def _size(count: int) -> str:
    unit, power = next(
        ((name, power) for name, power in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)) if count >= power), ("B", 1)
    )
    return f"{count} B" if power == 1 else f"{count / power:.1f} {unit}"


def _bytes(text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?B)?", text.strip().upper())
    size = float("inf") if match is None else float(match[1]) * _BYTES[match[2] or ""]
    if size == float("inf"):
        raise UsageError(f"--max-size: {text!r} is not a size", "give one such as 500MB or 5GB")
    return int(size)
