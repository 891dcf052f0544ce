"""Transfer against training from scratch in eight changed environments, with ten seeds each.

    python tests/benchmarks/changed_environments.py [ENVIRONMENT …] [--seeds 10] [--out FOLDER] [--jobs 1] [--table]

Environments and budgets were fixed before the first run. Transfer is the strategy `fine-tune` with default options: the
run itself decides which policy it begins with, and the steps of this decision count in its budget. From scratch is the
strategy `from-scratch`: three learning rates, each with the whole budget; the best one counts. Both use the same
seed, and are tested in the same 100 episodes.

Each finished run is a line of FOLDER/runs.jsonl, so an interrupted benchmark continues with the missing runs. The table
has means over seeds, and the difference of both with the 95 % bootstrap interval of paired seeds: of the return in the
test, and of the mean return over the budget (the area under the learning curve, with the measured steps). `--table`
prints it without training.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

THREADS = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
GROUPS = ("transfer", "scratch")
POINTS = 200
RESAMPLED = 10_000


@dataclass(frozen=True)
class Changed:
    """A changed environment: its source, the entry to transfer from, the budget in steps, and options of the head."""

    source: str
    backbone: str
    steps: int
    head: dict[str, Any] = field(default_factory=dict)


ENVIRONMENTS = {
    **{
        f"CartPole, {name}": Changed(f"gym:CartPole-v1?{options}", "rl/mlp.cartpole", 20_000)
        for name, options in {
            "pole of 0.25 times the length": "pole_length=0.25",
            "pole of 0.5 times the length": "pole_length=0.5",
            "pole of 2 times the length": "pole_length=2",
            "pole of 3 times the length": "pole_length=3",
            "twice the mass": "pole_mass=0.2&cart_mass=2",
            "half the gravity": "gravity=4.9",
        }.items()
    },
    "Acrobot, twice the mass": Changed("gym:Acrobot-v1?link_mass=2", "rl/mlp.acrobot", 24_000),
    "DoorKey, 6 x 6 cells": Changed(
        "gym:MiniGrid-DoorKey-6x6-v0", "rl/grid-cnn.doorkey", 12_000, {"entropy": 0.01, "acts": "sampled"}
    ),
}


def main() -> None:
    """Train the missing runs, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("environments", nargs="*", metavar="ENVIRONMENT", help="beginnings of names; default: all")
    parser.add_argument("--seeds", type=int, default=10, metavar="N")
    parser.add_argument("--out", type=Path, default=Path("changed-environments"), metavar="FOLDER")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes at a time, with one thread each")
    parser.add_argument("--table", action="store_true", help="print the table of finished runs, without training")
    parser.add_argument("--cells", metavar="JSON", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.cells:
        for name, group, seed in json.loads(asked.cells):
            print(json.dumps(train_cell(name, group, seed)), flush=True)
        return
    names = [each for each in ENVIRONMENTS if not asked.environments or each.startswith(tuple(asked.environments))]
    if not names:
        parser.error(f"no such environment; there are: {'; '.join(ENVIRONMENTS)}")
    file = asked.out / "runs.jsonl"
    if not asked.table:
        asked.out.mkdir(parents=True, exist_ok=True)
        done = {(run["environment"], run["group"], run["seed"]) for run in read_runs(file)}
        cells = [(name, group, seed) for seed in range(asked.seeds) for name in names for group in GROUPS]
        missing = [each for each in cells if each not in done]
        run_cells(missing, asked.jobs, file)
    print_table([run for run in read_runs(file) if run["environment"] in names and run["seed"] < asked.seeds])


def run_cells(cells: Sequence[tuple[str, str, int]], jobs: int, file: Path) -> None:
    """Train cells in processes that take every n-th one; append a line for each finished run."""

    def work(own: Sequence[tuple[str, str, int]]) -> None:
        command = [sys.executable, __file__, "--cells", json.dumps(own)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | THREADS) as process:
            assert process.stdout is not None
            for line in process.stdout:
                with file.open("a") as stream:
                    stream.write(line)
                run = json.loads(line)
                print(
                    f"{run['environment']}, {run['group']}, seed {run['seed']}: "
                    f"{run['return']:.4g}, {run['seconds']:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )
        if process.returncode:
            raise SystemExit(process.returncode)

    with ThreadPoolExecutor(jobs) as pool:
        for _ in pool.map(work, [cells[place::jobs] for place in range(jobs) if cells[place::jobs]]):
            pass


def train_cell(name: str, group: str, seed: int) -> dict[str, Any]:
    """Return the figures of one run."""
    from tlzoo import train
    from tlzoo_rl.transfer.comparison import curve_of

    changed = ENVIRONMENTS[name]
    with tempfile.TemporaryDirectory() as folder:
        run = train(
            data=changed.source,
            backbone=changed.backbone,
            strategy="fine-tune" if group == "transfer" else "from-scratch",
            head={"name": "policy", **changed.head},
            steps=changed.steps,
            seed=seed,
            export=[],
            out=folder,
        )
        curve = curve_of(run)
        notes = [json.loads(line) for line in (run.path / "journal.jsonl").read_text("utf-8").splitlines()]
    return {
        "environment": name,
        "group": group,
        "seed": seed,
        "return": run.test["mean_return"],
        "area": float(curve.at(np.linspace(0, changed.steps, POINTS)).mean()),
        "seconds": run.result["seconds"],
        "initial_weights": run.result["initial_weights"],
        "notes": [each["text"] for each in notes if each["event"] == "told"],
        "curve": [curve.steps, curve.returns],
    }


def read_runs(file: Path) -> list[dict[str, Any]]:
    """Return the finished runs."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def print_table(runs: Sequence[dict[str, Any]]) -> None:
    """Print a row for each environment: seeds, means, differences with intervals, and the initial policies."""
    print("| environment | seeds | steps | begins with | return: transfer, from scratch, difference |", end="")
    print(" mean over the budget: transfer, from scratch, difference |")
    print("|---|---|---|---|---|---|")
    for name, changed in ENVIRONMENTS.items():
        groups = {group: {run["seed"]: run for run in of(runs, name, group)} for group in GROUPS}
        seeds = sorted(groups["transfer"].keys() & groups["scratch"].keys())
        if not seeds:
            continue
        pairs = [[groups[group][seed] for seed in seeds] for group in GROUPS]
        chosen = [run["initial_weights"]["chosen"] for run in pairs[0]]
        begun = f"pretrained {chosen.count('source')}, new {chosen.count('new')}"
        cells = " | ".join(compared(*([run[key] for run in group] for group in pairs)) for key in ("return", "area"))
        print(f"| {name} | {len(seeds)} | {changed.steps:,} | {begun} | {cells} |")


def of(runs: Sequence[dict[str, Any]], name: str, group: str) -> Iterator[dict[str, Any]]:
    """Yield the runs of a group in an environment."""
    return (run for run in runs if (run["environment"], run["group"]) == (name, group))


def compared(transfer: Sequence[float], scratch: Sequence[float]) -> str:
    """Return both means, and their difference with its interval: a percentile bootstrap over paired seeds."""
    apart = np.subtract(transfer, scratch)
    draws = np.random.default_rng(0).integers(len(apart), size=(RESAMPLED, len(apart)))
    low, high = np.percentile(apart[draws].mean(axis=1), [2.5, 97.5])
    return f"{np.mean(transfer):.4g}, {np.mean(scratch):.4g}, {apart.mean():+.3g} ({low:+.3g} to {high:+.3g})"


if __name__ == "__main__":
    main()
