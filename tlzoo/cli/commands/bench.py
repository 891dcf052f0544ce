"""``tlzoo bench``: measure backbones on this machine. ``--static`` measures machine-independent facts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.cli.arguments.numbers import seconds
from tlzoo.cli.output import note, print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from tlzoo.registry import Entry, Measured

EXAMPLE = """
tlzoo bench glyphnet efficientnet-lite0
tlzoo bench mobilenet-v2 --weights random --engine tensorflow
tlzoo bench --static mobilenet-v2 --dry-run
tlzoo bench --static 'keras/resnet*'
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the entries, the measurement options and the output."""
    parser.add_argument("entries", nargs="*", metavar="ENTRY", help="ids, short names or patterns")
    parser.add_argument("--all", action="store_true", help="measure all entries with files on this machine")
    parser.add_argument(
        "--engine",
        nargs="+",
        default=[],
        metavar="NAME",
        help="tensorflow, openvino or openvino-bf16; default: all available",
    )
    parser.add_argument(
        "--weights",
        choices=["pretrained", "random"],
        default="pretrained",
        help="weights of the backbone; default: pretrained",
    )
    parser.add_argument(
        "--seconds", type=seconds, default=1.0, metavar="S", help="measuring time for each batch size; default: 1"
    )
    parser.add_argument(
        "--static",
        action="store_true",
        help="measure parameters, FLOPs and feature shapes, and write them to a registry",
    )
    parser.add_argument(
        "--registry", type=Path, metavar="FILE", help="registry to write; default: the plugin's registry"
    )
    parser.add_argument("--dry-run", action="store_true", help="measure without writing")
    common_arguments(parser)


def run(arguments: Namespace) -> None:
    """Measure entries one by one, write each result at once, then print all results."""
    if arguments.static:
        _run_static(arguments)
    else:
        _run_timings(arguments)


def _run_timings(arguments: Namespace) -> None:
    """Measure load time, latency, throughput and memory. A failed measurement is reported, and the others continue.

    The JSON is an array of ``id``, ``engine``, ``latency_ms``, ``throughput``, ``batch``, ``load_seconds``,
    ``peak_bytes``, ``machine``, ``digest``, …; or ``id``, ``engine``, ``error`` and ``fix``.
    """
    from tlzoo.errors import TlzooError
    from tlzoo.zoo.benching import this_machine
    from tlzoo.zoo.benching.bench import bench_entry, default_engines

    if not arguments.entries and not arguments.all:
        raise UsageError("nothing to measure", "give entries, or use --all for all entries on this machine")
    chosen = [
        entry for entry in _chosen([] if arguments.all else arguments.entries) if not arguments.all or _here(entry)
    ]
    rows: list[dict[str, Any]] = []
    for entry in chosen:
        for engine in arguments.engine or default_engines():
            note(f"{entry.id}: {engine}", quiet=arguments.quiet)
            try:
                measured = bench_entry(
                    entry, engine, weights=arguments.weights, seconds=arguments.seconds, keep=not arguments.dry_run
                )
            except UsageError:
                raise
            except TlzooError as error:
                note(str(error), quiet=arguments.quiet)
                rows.append({"id": entry.id, "engine": engine, "error": error.what, "fix": error.fix})
            else:
                facts = measured.to_json()
                rows.append({"id": facts.pop("entry"), **facts})
    if arguments.json:
        print_json(rows)
    else:
        print_line(f"on {this_machine()}\n")
        _print_timings(rows)
    if rows and all("error" in row for row in rows):
        raise TlzooError("no measurement succeeded", "see the errors above")


def _here(entry: Entry) -> bool:
    from tlzoo.artifacts import locate

    return all(locate(file) is not None for file in entry.files.values())


def _print_timings(rows: list[dict[str, Any]]) -> None:
    columns = ["id", "engine", "load", "latency", "samples/s", "batch", "peak memory"]
    cells = [
        [row["id"], row["engine"], *["-"] * 5]
        if "error" in row
        else [
            row["id"],
            row["engine"],
            f"{row['load_seconds']:.2f} s",
            f"{row['latency_ms']:.3g} ms",
            f"{row['throughput']:,.0f}",
            str(row["batch"]),
            f"{row['peak_bytes'] / 1e6:,.0f} MB",
        ]
        for row in rows
    ]
    print_table(columns, cells, right=columns[2:])


def _run_static(arguments: Namespace) -> None:
    chosen = _chosen(arguments.entries)
    from tlzoo.zoo.benching.static_figures import measure_static

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
        note("run `tlzoo registry build` to update the index", quiet=arguments.quiet or arguments.dry_run)


def _chosen(names: list[str]) -> list[Entry]:
    """Return the installed entries that match the names: ids, short names or patterns."""
    from tlzoo.plugins import catalog
    from tlzoo.zoo import query

    if not names:
        return [row.entry for row in query(installed=True)]
    chosen: dict[str, Entry] = {}
    for name in names:
        wild = any(sign in name for sign in "*?[")
        found = [row.entry for row in query([name], installed=True)] if wild else [catalog().get(name)]
        if not found:
            raise UsageError(f"no installed entry matches {name!r}", "`tlzoo list --installed` lists all")
        chosen.update((entry.id, entry) for entry in found)
    return list(chosen.values())


def _record(entry: Entry, measured: Measured, registry: Path | None) -> Path:
    from tlzoo.plugins import catalog
    from tlzoo.zoo.benching.registry_update import record_measured

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
    """Free the memory of a model that is no longer needed."""
    import keras

    keras.utils.clear_session()  # it collects garbage, too


def _print(rows: list[dict[str, Any]]) -> None:
    columns = ["id", "parameters", "flops", "features"]
    cells = ([row["id"], _text(row["parameters"]), _text(row["flops"]), _by(row["feature_shape"])] for row in rows)
    print_table(columns, list(cells), right=["parameters", "flops"])


def _text(figure: int | None) -> str:
    return "-" if figure is None else f"{figure:,}"


def _by(shape: list[int] | None) -> str:
    return "x".join(map(str, shape)) if shape else "-"
