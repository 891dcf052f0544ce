"""Backbones on the pixels of two environments: a pretrained network frozen and tuned, random features, from scratch.

python tests/benchmarks/pixels.py FOLDER [--seeds 10] [--only PART…]
python tests/benchmarks/pixels.py FOLDER --table

Each finished run is a line of ``FOLDER/runs.jsonl``; a second call runs the missing ones. Seeds take turns, so that all
rows of the table have about the same number of runs at any time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

ENVIRONMENTS = {
    "MiniGrid, random start": "gym:MiniGrid-Empty-Random-6x6-v0?observations=pixels&tile_size=12&max_steps=60",
    "CartPole, rendered": "gym:CartPole-v1?observations=pixels&stack=2&skip=2&max_steps=200",
}
STEPS = 8192
HEAD = {"name": "policy", "rollout": 64, "passes": 4, "entropy": 0.01, "acts": "sampled", "episodes": 10}
_LITE, _NATURE = "vision/efficientnet-lite0.imagenet", "rl/nature-cnn-rgb.blank"
METHODS: dict[str, dict[str, Any]] = {
    "EfficientNet-Lite0, frozen": {"backbone": _LITE, "strategy": "feature-extraction"},
    "EfficientNet-Lite0, top stage tuned": {"backbone": _LITE, "strategy": {"name": "fine-tune", "head_share": 0.5}},
    "EfficientNet-Lite0, random and frozen": {"backbone": _LITE, "strategy": "feature-extraction", "weights": "random"},
    "Nature CNN, random and frozen": {"backbone": _NATURE, "strategy": "feature-extraction", "weights": "random"},
    "Nature CNN, from scratch, best of three rates": {"backbone": _NATURE, "strategy": "from-scratch"},
}
UNTRAINED = "untrained policy"
_SIZE = 64


def main() -> None:
    """Run the missing cells, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", nargs="*", default=[], help="parts of names of environments or methods")
    parser.add_argument("--table", action="store_true", help="print the table of finished runs")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    if not asked.table:
        run_missing(asked.folder, asked.seeds, asked.only)
    print(table(finished(asked.folder)))


def run_missing(folder: Path, seeds: int, only: list[str]) -> None:
    """Run every cell without a line, and append its line."""
    known = {(line["environment"], line["method"], line["seed"]) for line in finished(folder)}
    for environment, method, seed in cells(seeds):
        name = f"{environment}, {method}"
        if (environment, method, seed) in known or not all(part in name for part in only):
            continue
        line = {"environment": environment, "method": method, "seed": seed} | trained(folder, environment, method, seed)
        with (folder / "runs.jsonl").open("a") as stream:
            stream.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)


def cells(seeds: int) -> Iterator[tuple[str, str, int]]:
    """Yield environment, method and seed, seed by seed."""
    for seed in range(seeds):
        for environment in ENVIRONMENTS:
            for method in METHODS:
                yield environment, method, seed


def trained(folder: Path, environment: str, method: str, seed: int) -> dict[str, Any]:
    """Return the figures of a run: mean return of 100 test episodes, that before training, and the time."""
    from tlzoo import train

    began, used = time.perf_counter(), time.process_time()
    runs = folder / "runs"
    run = train(
        data=ENVIRONMENTS[environment],
        image_size=_SIZE,
        head=HEAD,
        steps=STEPS,
        seed=seed,
        export=[],
        out=runs,
        **METHODS[method],
    )
    test = run.test  # read from the folder, which is removed
    beginning = json.loads((run.path / "checkpoints" / "beginning.json").read_text("utf-8"))
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text("utf-8").splitlines()]
    shutil.rmtree(run.path)
    return {
        "return": test["mean_return"],
        "untrained": beginning["new"][0],
        "training": [[line["phase"], line["steps"], line.get("return")] for line in lines],
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - used, 1),
    }


def finished(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of finished runs; an incomplete last line of a killed process is ignored."""
    path = folder / "runs.jsonl"
    found = []
    for text in path.read_text("utf-8").splitlines() if path.is_file() else []:
        try:
            found.append(json.loads(text))
        except ValueError:
            continue
    return found


def table(lines: list[dict[str, Any]]) -> str:
    """Return the table as Markdown: interquartile means with 95 % bootstrap intervals, and the machine."""
    rows = [
        "| environment | backbone | seeds | return | minus from scratch, same seeds | while training | CPU seconds |"
    ]
    rows.append("|---|---|---|---|---|---|---|")
    scratch = list(METHODS)[-1]
    for environment in ENVIRONMENTS:
        own = [line for line in lines if line["environment"] == environment]
        baseline = {line["seed"]: line["return"] for line in own if line["method"] == scratch}
        untrained = {line["seed"]: line["untrained"] for line in own}
        if untrained:
            rows.append(
                f"| {environment} | {UNTRAINED} | {len(untrained)} | {_interval([*untrained.values()])} | | | |"
            )
        for method in METHODS:
            found = {line["seed"]: line for line in own if line["method"] == method}
            if not found:
                continue
            paired = [found[seed]["return"] - baseline[seed] for seed in sorted(found.keys() & baseline.keys())]
            difference = "" if method == scratch else _interval(paired, signed=True)
            seconds = np.median([line["cpu_seconds"] for line in found.values()])
            returns = _interval([line["return"] for line in found.values()])
            while_training = _interval([while_training_of(line) for line in found.values()])
            facts = (returns, difference, while_training, f"{seconds:.0f}")
            rows.append(f"| {environment} | {method} | {len(found)} | {' | '.join(facts)} |")
    return "\n".join([*rows, "", f"{STEPS:,} steps, images of {_SIZE} x {_SIZE}; {_machine()}."])


def while_training_of(line: dict[str, Any]) -> float:
    """Return the mean return over all segments; from scratch, those of the learning rate with the best last segment."""
    phases: dict[str, list[float]] = {}
    for phase, _, returned in line["training"]:
        if returned is not None:
            phases.setdefault(phase, []).append(returned)
    if line["method"] == list(METHODS)[-1]:
        return float(np.mean(max(phases.values(), key=lambda returns: returns[-1])))
    return float(np.mean([each for returns in phases.values() for each in returns]))


def _interval(values: list[float], *, signed: bool = False) -> str:
    """Return the interquartile mean and its percentile bootstrap interval; no interval below three values."""
    from tlzoo_rl.transfer.intervals import interquartile_mean

    if not values:
        return ""
    sign = "+" if signed else ""
    found = np.array(values)
    shown = f"{interquartile_mean(found):{sign}.3g}"
    if len(found) < 3:  # the bootstrap of two values is their range
        return shown
    drawn = found[np.random.default_rng(0).integers(len(found), size=(10_000, len(found)))]
    low, high = np.percentile(interquartile_mean(drawn), [2.5, 97.5])
    return f"{shown} ({low:{sign}.3g} to {high:{sign}.3g})"


def _machine() -> str:
    threads = os.environ.get("OMP_NUM_THREADS", "unset")
    model = next(
        (line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), platform.processor()
    )
    return f"OMP_NUM_THREADS={threads}, {os.cpu_count()} cores, {model or platform.machine()}, shared with other work"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text("utf-8").splitlines() if path.is_file() else []


if __name__ == "__main__":
    main()
