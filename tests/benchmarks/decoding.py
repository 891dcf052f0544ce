"""What reading a few small images costs, by how many formats the decoding graph is for.

    python tests/benchmarks/decoding.py [--images 24] [--passes 5]

TensorFlow optimizes the graph of a stream again for each pass. A stream of tlzoo has a graph for the formats that
its files have; the other way is one graph of all five. The last lines are one image after another, with TensorFlow
imported and nothing traced: operation by operation, as the first images of a process are examined, and by a graph.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import tensorflow as tf
from PIL import Image

from tlzoo.data import in_parallel
from tlzoo.data.streams import stream_of
from tlzoo.modalities.vision.image_files.decoding import FORMATS, decode, decoder, file_reader

GRAPHS = {"own": frozenset({"PNG"}), "every": FORMATS}


def main() -> None:
    """Print seconds a pass for both graphs, in turn, and their ratio; then those of a first look."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--passes", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder, f"{number}.png")) for number in range(asked.images)]
        for number, path in enumerate(paths):
            pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3), np.uint8)
            Image.fromarray(pixels).save(path)
        contents = [tf.constant(Path(path).read_bytes()) for path in paths]
        first = {"operations": seconds(lambda: [decode(each) for each in contents])}
        first["a graph"] = seconds(lambda: [decoder()(each) for each in contents])
        ways = {name: in_parallel(stream_of(paths), file_reader(formats)) for name, formats in GRAPHS.items()}
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(asked.passes):
            for name, stream in ways.items():
                taken[name].append(seconds(partial(list, stream)))
    own, every = (median(taken[name][1:] or taken[name]) for name in GRAPHS)
    print(f"a pass over {asked.images} PNG images of 32 x 32 pixels, median of {asked.passes - 1} after a first one:")
    print(
        f"  graph of PNG         {own:6.3f} s\n  graph of all formats {every:6.3f} s, {every / own:.1f} times as long"
    )
    print(f"a first look at {asked.images} images:")
    by_graph, by_operations = first["a graph"], first["operations"]
    print(f"  by operations        {by_operations:6.3f} s")
    print(f"  by a graph           {by_graph:6.3f} s, {by_graph / by_operations:.1f} times as long")


def seconds(work: Callable[[], object]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
