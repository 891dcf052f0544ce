"""Every cut of every network that fits a pattern: what is above it, fed by what is below it, is the whole.

    python tests/benchmarks/cuts.py 'keras/*'

Random weights, the smallest images that an entry takes, equality to the last bit. The tests do so for one network of
each family; this is for all of them, and costs a minute or two a network.
"""

from __future__ import annotations

import argparse
import sys
import time

import keras
import numpy as np

from tlzoo.backbones import Backbone, LoadRequest, load_backbone
from tlzoo.plugins import catalog
from tlzoo.zoo import query


def main() -> int:
    """Print a line for each network; return how many cuts are wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", nargs="+", help="of entries' names")
    failures = 0
    for row in query(parser.parse_args().patterns, sort="flops", installed=True):
        began = time.monotonic()
        entry = catalog().get(row.id)
        size = getattr(entry.input, "smallest", None)
        found = wrong(load_backbone(entry, LoadRequest(weights="random", image_size=size)))
        failures += len(found)
        print(f"{row.id:36} {', '.join(found) or 'exact'}  {time.monotonic() - began:.0f} s", flush=True)
        keras.utils.clear_session()  # it collects garbage, too
    return failures


def wrong(backbone: Backbone) -> list[str]:
    """Return the stages at whose end the network is not the same in two parts."""
    inputs = np.random.default_rng(0).normal(size=(2, *backbone.preprocessing.shape)).astype("float32")
    whole = backbone.model(inputs, training=False).numpy()
    found = []
    for stage in backbone.stages[:-1]:
        below = keras.Model(backbone.model.inputs, list(stage.cut))
        above = keras.Model(list(stage.cut), backbone.model.outputs[0])
        crossing = keras.tree.flatten(below([inputs], training=False))
        if not np.array_equal(above(crossing, training=False), whole):
            found.append(stage.name)
    return found


if __name__ == "__main__":
    sys.exit(min(main(), 1))
