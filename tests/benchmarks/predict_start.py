"""Seconds of `tlzoo predict` for one input, from start to end, by each runtime of a run.

    python tests/benchmarks/predict_start.py RUN INPUT [--repeats 5]

RUN has files of `tlzoo export RUN --to litert,onnx,openvino`. The runtimes take turns, so other jobs on a machine slow
all of them. The first turn warms the disk and is not counted. Printed are medians: seconds by the clock, CPU seconds,
peak memory, and the ratio to TensorFlow by both.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time

TENSORFLOW = "tensorflow"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("input")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--runtimes", default="tensorflow,litert,onnx,openvino")
    arguments = parser.parse_args()
    names = arguments.runtimes.split(",")
    turns = [
        {name: predicted(arguments.run, arguments.input, name) for name in names} for _ in range(arguments.repeats + 1)
    ]
    counted = turns[1:]
    print("| runtime | seconds | CPU seconds | peak MB | ratio of seconds | ratio of CPU seconds |")
    print("|---|---|---|---|---|---|")
    own = None
    for name in names:
        clock, cpu, peak = (statistics.median(turn[name][place] for turn in counted) for place in range(3))
        own = own or (clock, cpu)
        print(f"| {name} | {clock:.2f} | {cpu:.2f} | {peak / 1e6:.0f} | {own[0] / clock:.1f} | {own[1] / cpu:.1f} |")


def predicted(run: str, given: str, runtime: str) -> tuple[float, float, float]:
    """Return seconds, CPU seconds and peak bytes of one command; fail if the command does."""
    words = [sys.executable, "-m", "tlzoo", "predict", run, given, "--json", "--quiet", "--runtime", runtime]
    read, write = os.pipe()
    began = time.perf_counter()
    process = os.posix_spawn(
        sys.executable, words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, write, 1), (os.POSIX_SPAWN_CLOSE, read)]
    )
    os.close(write)
    with os.fdopen(read) as stream:
        answer = json.load(stream)
    _, status, used = os.wait4(process, 0)
    seconds = time.perf_counter() - began
    if status or "error" in answer[0]:
        sys.exit(f"{' '.join(words)} failed: {answer}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


if __name__ == "__main__":
    main()
