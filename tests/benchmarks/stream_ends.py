"""How long the end of a pass over a stream takes, with tf.data's autotuner and without it.

    python tests/benchmarks/stream_ends.py [--images 480] [--passes 6]

Photographs are decoded in parallel while whoever takes the batches computes, as a frozen backbone would. Behind the
last batch there is nothing left to do. tlzoo's streams have no autotuner; Keras's `fit` has it in every epoch.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import tensorflow as tf
from photographs import make_photographs
from trials import network, open_photographs

from tlzoo.data import in_batches, in_parallel


def main() -> None:
    """Print the seconds after each pass's last batch, side by side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=480)
    parser.add_argument("--passes", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["TLZOO_CACHE"] = str(folder / "index")
        data = open_photographs(make_photographs(folder / "photographs", asked.images))
        prepare = network("MobileNetV2", 224).preprocessing.prepare
        stream = in_batches(in_parallel(data.examples.stream(np.arange(len(data.examples))), prepare), 32)
        tuned = tf.data.Options()
        tuned.autotune.enabled = True
        ways = {"autotuner": stream.with_options(tuned), "none": stream}
        ends: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(asked.passes):
            for name, batches in ways.items():
                ends[name].append(end_of_a_pass(batches))
                print(f"{name:10} {ends[name][-1]:6.2f} s after the last batch", flush=True)
    for name, seconds in ends.items():
        print(f"{name:10} longest {max(seconds):6.2f} s, mean {np.mean(seconds):6.2f} s, of {asked.passes} passes")


def end_of_a_pass(batches: tf.data.Dataset) -> float:
    """Return seconds between the last batch's use and the loop's end."""
    matrix = tf.random.stateless_normal((2000, 2000), (0, 0))
    for batch in batches:
        batch.numpy()
        for _ in range(12):
            tf.linalg.matmul(matrix, matrix)
        last = time.perf_counter()
    return time.perf_counter() - last


if __name__ == "__main__":
    main()
