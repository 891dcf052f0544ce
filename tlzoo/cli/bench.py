"""``tlzoo bench``: measure backbones. ``--static`` measures what does not depend on the machine."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError

from .output import note, print_json, print_table
from .parsing import common_arguments
from .quiet_import import import_tensorflow

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from tlzoo.registry import Entry, Measured

EXAMPLE = """
tlzoo bench --static mobilenet-v2 --dry-run
tlzoo bench --static 'keras/resnet*'
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what to measure, and where to write it."""
    parser.add_argument("entries", nargs="*", metavar="ENTRY", help="ids or patterns; by default all installed entries")
    parser.add_argument(
        "--static", action="store_true", help="parameters, FLOPs and the shape of the features, written into a registry"
    )
    parser.add_argument("--registry", type=Path, metavar="FILE", help="where to; by default the plugin's own registry")
    parser.add_argument("--dry-run", action="store_true", help="measure, and write nothing")
    common_arguments(parser)


def run(arguments: Namespace) -> None:
    """Measure one entry after the other, writing each as soon as it is measured; then print all."""
    if not arguments.static:
        raise UsageError("only static figures can be measured so far", "add --static")
    chosen = _chosen(arguments.entries)
    import_tensorflow()
    from tlzoo.zoo.measuring import measure_static

    rows: list[dict[str, Any]] = []
    for entry in chosen:
        note(f"{entry.id}: measuring", quiet=arguments.quiet)
        measured = measure_static(entry)
        path = None if arguments.dry_run else _record(entry, measured, arguments.registry)
        rows.append({"id": entry.id, **_figures(measured), "registry": str(path) if path else None})
        _release()
    if arguments.json:
        print_json(rows)
    else:
        _print(rows)
        note(
            "`tlzoo registry build` brings what was written into the index", quiet=arguments.quiet or arguments.dry_run
        )


def _chosen(names: list[str]) -> list[Entry]:
    """Return the installed entries that the names say: each an id, a short name, or a pattern."""
    from tlzoo.plugins import catalog
    from tlzoo.zoo import query

    if not names:
        return [row.entry for row in query(installed=True)]
    chosen: dict[str, Entry] = {}
    for name in names:
        wild = any(sign in name for sign in "*?[")
        found = [row.entry for row in query([name], installed=True)] if wild else [catalog().get(name)]
        if not found:
            raise UsageError(f"no installed entry fits {name!r}", "`tlzoo list --installed` shows all")
        chosen.update((entry.id, entry) for entry in found)
    return list(chosen.values())


def _record(entry: Entry, measured: Measured, registry: Path | None) -> Path:
    from tlzoo.plugins import catalog
    from tlzoo.zoo.recording import record_measured

    own = catalog().require_installed(entry).registry
    assert own is not None
    path = registry or Path(own.origin)
    record_measured(path, entry.id, measured)
    return path


def _figures(measured: Measured) -> dict[str, Any]:
    return {
        "parameters": measured.parameters,
        "flops": measured.flops,
        "feature_shape": list(measured.feature_shape) if measured.feature_shape else None,
    }


def _release() -> None:
    """Give back the memory of a model that is no longer needed."""
    import keras

    keras.utils.clear_session()
    gc.collect()


def _print(rows: list[dict[str, Any]]) -> None:
    columns = ["id", "parameters", "flops", "features"]
    cells = ([row["id"], _text(row["parameters"]), _text(row["flops"]), _by(row["feature_shape"])] for row in rows)
    print_table(columns, list(cells), right=["parameters", "flops"])


def _text(figure: int | None) -> str:
    return "-" if figure is None else f"{figure:,}"


def _by(shape: list[int] | None) -> str:
    return "x".join(map(str, shape)) if shape else "-"
