"""Output of commands that train: results, metrics and plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.cli.output import counted, print_line, print_table
from tlzoo.durations import format_duration
from tlzoo.process.memory import format_bytes

if TYPE_CHECKING:
    from tlzoo.tasks import Figure

__all__ = ["number", "percent", "print_metrics", "print_plan", "print_result", "score_format"]


def print_result(result: Mapping[str, Any]) -> None:
    """Print the backbone, the data, the phases, the metrics and the run folder."""
    examples = result["examples"]
    augmented = "" if result.get("augment", "none") == "none" else f", augmentation {result['augment']}"
    how = f"(strategy {result['strategy']}, head {result['head']}{augmented}, seed {result['seed']})"
    counts = ", ".join(f"{examples[split]} {split}" for split in ("train", "validation", "test") if split in examples)
    print_line(f"{result['backbone']} on {result['data']} {how}" + (f"; examples: {counts}" if counts else "") + "\n")
    shown = score_format(result)
    rows = [_phase_row(phase, shown) for phase in result["phases"]]
    validation = f"validation {result.get('score', '')}".strip()  # missing in results of earlier versions
    print_table(("phase", "length", "seconds", "mode", validation, ""), rows, right=("length", "seconds", validation))
    print_metrics(result["test"], "test", result.get("task"))
    _print_target(result)
    path = result["run"]
    print_line(f"\nrun      {path}")
    exported = result.get("exported", {"keras": "model.keras"})  # missing in runs of earlier versions
    for what, name in (("report", "report.html"), *(("model", each) for each in exported.values())):
        if Path(path, name).exists():
            print_line(f"{what:8} {path}/{name}{_imports(result) if name == 'model.keras' else ''}")
    if examples["set_aside"]:
        print_line(
            f"skipped  {path}/set-aside.jsonl: {counted(examples['set_aside'], 'unusable input', 'unusable inputs')}"
        )


def _imports(result: Mapping[str, Any]) -> str:
    """Return the imports that Keras needs to load the model, if any."""
    found = result.get("imports")
    return f" (for Keras: import {', '.join(found)} first)" if found else ""


def _print_target(result: Mapping[str, Any]) -> None:
    """Print the metrics after each phase on the target, if they were measured."""
    from tlzoo.runs import headline

    target = result.get("target")
    if target is None or target["phases"] is None:
        return
    print_line(f"\non the target {target['test']}, {target['examples']} labelled examples not used in training\n")
    figures = [headline(phase["metrics"], result.get("task")) for phase in target["phases"]]
    rows = [
        (phase["name"], *(f"{value:.4g}" for value in each.values()), "kept" if phase["kept"] else "")
        for phase, each in zip(target["phases"], figures, strict=True)
    ]
    print_table(("after phase", *figures[0], ""), rows, right=tuple(figures[0]))


def print_metrics(metrics: Mapping[str, Any], split: str, task: str | None = None) -> None:
    """Print the metrics of any task, overall and per label. ``task`` is its kind, if known."""
    from tlzoo.evaluation import read_metrics

    found = read_metrics(metrics, task)
    said = [_described(each) for each in found.figures if each.unit != "count"]
    counts = [f"{each.value} {each.title}" for each in found.figures if each.unit == "count"]
    if counts:
        said.append(f"on {counts[0]}" + (f" with {', '.join(counts[1:])}" if counts[1:] else ""))
    print_line(f"\n{split} " + ", ".join(said))
    if before := metrics.get("uncalibrated"):
        print_line(f"calibration: {_calibration(metrics)}; before: {_calibration(before)}")
    if covered := metrics.get("coverage"):
        low, high = covered["interval"]
        size = "" if covered["size"] is None else f", mean size {number(covered['size'])}"
        print_line(
            f"coverage of {percent(covered['asked'])}: {percent(covered['coverage'])} measured (95 % interval "
            f"{percent(low)} to {percent(high)}){size}"
        )
    if measured := metrics.get("keras_metrics"):
        print_line(", ".join(f"{name} {number(value)}" for name, value in measured.items()))
    if found.rows:
        print_line()
        columns = (found.row_title, *(each.title for each in next(iter(found.rows.values()))))
        rows = [(name, *map(_cell, row)) for name, row in found.rows.items()]
        print_table(columns, rows, right=columns[1:])


def _calibration(metrics: Mapping[str, Any]) -> str:
    low, high = metrics["calibration_interval"]
    error = f"error {percent(metrics['calibration_error'])} (95 % interval {percent(low)} to {percent(high)})"
    return f"{error}, log loss {number(metrics['log_loss'])}"


def _described(figure: Figure) -> str:
    """Return a metric with its name, and its interval if it has one."""
    text = f"{figure.title} {_cell(figure)}"
    if figure.interval is None:
        return text
    low, high = (_cell(replace(figure, value=end)) for end in figure.interval)
    return f"{text} (95 % interval {low} to {high})"


def _cell(figure: Figure) -> str:
    if figure.unit == "count":
        return str(figure.value)
    return percent(figure.value) if figure.unit == "share" else number(figure.value)


def print_plan(plan: Mapping[str, Any]) -> None:
    """Print the plan of ``--explain``."""
    rows = [
        (
            phase["name"] + (" (assumed)" if phase["simulated"] else ""),
            phase["trains"] + (f", {phase['objective']['kind']}" if phase["objective"] else ""),
            f"{phase['trained']:,}",
            "to convergence" if phase["solver"] == "lbfgs" else _length(phase["units"], plan["unit"]),
            (f"{phase['views']} " if phase["views"] else "") + phase["mode"] + _at(phase),
            phase["engine"],
            f"{phase['cache_bytes'] / 1e6:.1f} MB",
            "-" if phase["peak_bytes"] is None else format_bytes(phase["peak_bytes"]),
            f"{phase['forward_passes_saved']:,}",
            "-" if phase["seconds"] is None else format_duration(phase["seconds"], estimate=True),
            phase["reason"],
        )
        for phase in plan["phases"]
    ]
    columns = (
        "phase",
        "trains",
        "parameters",
        "length",
        "mode",
        "engine",
        "cached",
        "peak memory",
        "passes saved",
        "time",
        "why",
    )
    print_table(columns, rows, right=("parameters", "length", "cached", "peak memory", "passes saved", "time"))
    for text in (*_memory(plan), *plan["told"]):
        print_line(f"\n{text}")


def _memory(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield the memory limit, and the phases whose batch exceeds it."""
    memory, phases = plan["memory"], plan["phases"]
    if all(phase["peak_bytes"] is None for phase in phases):
        return
    yield f"Memory limit: {format_bytes(memory['limit_bytes'])} ({memory['source']})."
    for phase in phases:
        largest = phase["largest_batch"]
        if largest is None or largest >= phase["batch_size"]:
            continue
        fits = f"the largest batch that fits is {largest}" if largest else "not even 1 sample fits"
        yield (
            f"Phase {phase['name']!r} would be refused: batches of {phase['batch_size']} need about "
            f"{format_bytes(phase['peak_bytes'])}; {fits}."
        )


def percent(share: float | None) -> str:
    """Return 0.9312 as ``93.1 %``, and None as a dash."""
    return "-" if share is None else f"{100 * share:.1f} %"


def number(value: float | None) -> str:
    """Return a number with four significant digits, and None as a dash."""
    return "-" if value is None else f"{value:.4g}"


def score_format(result: Mapping[str, Any]) -> Callable[[float | None], str]:
    """Return the function that formats the scores of a run or a search."""
    from tlzoo.tasks import task_of_result

    task = task_of_result(result)
    return percent if task is not None and task.score_unit == "share" else number


def _phase_row(phase: Mapping[str, Any], score: Callable[[float | None], str]) -> tuple[str, ...]:
    unit = "epochs" if "epochs" in phase else "steps"
    mode = phase["mode"] if phase["mode"] != "cached prefix" else f"cached prefix up to {phase['cut']}"
    mode += ", solved" if phase.get("solver") == "lbfgs" else ""
    mode += _at(phase)
    remark = "undone" if phase["stopped"] == "undone" else "kept" if phase["kept"] else ""
    return phase["name"], _length(phase[unit], unit), f"{phase['seconds']:.1f}", mode, score(phase["score"]), remark


def _at(phase: Mapping[str, Any]) -> str:
    """Return the image size of a phase, if it has its own; runs of earlier versions do not record it."""
    return f", {phase['image_size']} px" if phase.get("image_size") else ""


def _length(units: int, unit: str) -> str:
    return counted(units, unit.removesuffix("s"), unit)
