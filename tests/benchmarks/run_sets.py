"""Cost of several seeds against one run, side by side in one process.

    python tests/benchmarks/run_sets.py [--images 500] [--seeds 5] [--rounds 2]

A linear head on the frozen EfficientNet-Lite0, on photographs of 256 pixels. In each round the cache is empty: one run
computes the features, and so does a run set, once for all its runs. Then both run again with cached features. Nothing
is exported. CPU seconds do not depend on other jobs; seconds on the clock do.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from photographs import make_photographs

import tlzoo


def main() -> None:
    """Print the seconds of each way, and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--backbone", default="vision/efficientnet-lite0.imagenet")
    words = parser.parse_args()
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        make_photographs(Path(folder, "photos"), words.images, width=256, height=256)
        source = f"images:{folder}/photos"

        def train(**several: int) -> None:
            fields = {"backbone": words.backbone, "strategy": "feature-extraction", "export": []}
            tlzoo.train(source, out=Path(folder, "runs"), **fields, **several)  # type: ignore[call-overload]

        ways: dict[str, Callable[[], None]] = {"one run": train, "run set": lambda: train(seeds=words.seeds)}
        os.environ["TLZOO_CACHE"] = f"{folder}/warm-up"
        train()  # imports and compiles what later runs share
        for number in range(words.rounds):
            for name, way in list(ways.items())[:: 1 if number % 2 else -1]:  # neither is always first
                os.environ["TLZOO_CACHE"] = f"{folder}/{number}-{name}"
                found.setdefault((name, "empty cache"), []).append(_timed(way))
                found.setdefault((name, "cached features"), []).append(_timed(way))
    for state in ("empty cache", "cached features"):
        one, several = ([statistics.median(each) for each in zip(*found[name, state], strict=True)] for name in ways)
        for at, unit in enumerate(("CPU s", "s")):
            print(
                f"{state}: one run {one[at]:.1f} {unit}, {words.seeds} seeds {several[at]:.1f} {unit}, "
                f"ratio {several[at] / one[at]:.2f}"
            )


def _timed(way: Callable[[], None]) -> tuple[float, float]:
    """Return the CPU seconds and the seconds of a call."""
    cpu, clock = time.process_time(), time.perf_counter()
    way()
    return time.process_time() - cpu, time.perf_counter() - clock


if __name__ == "__main__":
    main()
