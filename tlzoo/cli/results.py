"""How the commands that train show what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tlzoo.cli.output import counted, print_table

__all__ = ["percent", "print_metrics", "print_plan", "print_result"]


def print_result(result: Mapping[str, Any]) -> None:
    """Print what was trained on what, the phases, the figures, and where the run lies."""
    examples = result["examples"]
    how = f"by {result['strategy']}, head {result['head']}, seed {result['seed']}"
    counts = f"{examples['train']} train, {examples['validation']} validation, {examples['test']} test"
    print(f"{result['backbone']} on {result['data']} {how}; examples: {counts}\n")
    rows = [_phase_row(phase) for phase in result["phases"]]
    print_table(
        ("phase", "length", "seconds", "mode", "validation", ""), rows, right=("length", "seconds", "validation")
    )
    print_metrics(result["test"], "test")
    path = result["run"]
    print(f"\nrun      {path}\nreport   {path}/report.html\nmodel    {path}/model.keras")
    if examples["set_aside"]:
        print(f"aside    {path}/set-aside.jsonl: {counted(examples['set_aside'], 'unusable input', 'unusable inputs')}")


def print_metrics(metrics: Mapping[str, Any], split: str) -> None:
    """Print accuracy, precision, recall and F1, averaged and by class."""
    low, high = metrics["accuracy_interval"]
    print(
        f"\n{split} accuracy {percent(metrics['accuracy'])} (95 % interval {percent(low)} to {percent(high)}), "
        f"macro F1 {percent(metrics['macro_f1'])}, on {metrics['examples']} examples\n"
    )
    rows = [
        (name, percent(each["precision"]), percent(each["recall"]), percent(each["f1"]), str(each["support"]))
        for name, each in metrics["per_class"].items()
    ]
    print_table(
        ("class", "precision", "recall", "F1", "examples"), rows, right=("precision", "recall", "F1", "examples")
    )


def print_plan(plan: Mapping[str, Any]) -> None:
    """Print what ``--explain`` found."""
    rows = [
        (
            phase["name"] + (" (simulated)" if phase["simulated"] else ""),
            phase["trains"],
            f"{phase['trained']:,}",
            _length(phase["units"], plan["unit"]),
            (f"{phase['views']} " if phase["views"] else "") + phase["mode"],
            phase["engine"],
            f"{phase['cache_bytes'] / 1e6:.1f} MB",
            f"{phase['forward_passes_saved']:,}",
            "-" if phase["seconds"] is None else duration(phase["seconds"]),
            phase["reason"],
        )
        for phase in plan["phases"]
    ]
    columns = ("phase", "trains", "parameters", "length", "mode", "engine", "kept", "passes saved", "about", "why")
    print_table(columns, rows, right=("parameters", "length", "kept", "passes saved", "about"))


def percent(share: float | None) -> str:
    """Return 0.9312 as ``93.1 %``, None as a dash."""
    return "-" if share is None else f"{100 * share:.1f} %"


def duration(seconds: float) -> str:
    """Return seconds in words that are no more exact than an estimate: ``40 s``, ``7 min``, ``2.5 h``."""
    if seconds < 90:  # noqa: PLR2004 - the rest are minutes and hours
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004


def _phase_row(phase: Mapping[str, Any]) -> tuple[str, ...]:
    unit = "epochs" if "epochs" in phase else "steps"
    mode = phase["mode"] if phase["mode"] != "cached prefix" else f"cached prefix up to {phase['cut']}"
    remark = "undone" if phase["stopped"] == "undone" else "kept" if phase["kept"] else ""
    return phase["name"], _length(phase[unit], unit), f"{phase['seconds']:.1f}", mode, percent(phase["score"]), remark


def _length(units: int, unit: str) -> str:
    return counted(units, unit.removesuffix("s"), unit)
