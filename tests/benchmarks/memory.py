"""Peak memory of a frozen phase on few and on many images, each in a process of its own.

Run it as `python tests/benchmarks/memory.py [--images 1000 10000] [--size 96] [--engine openvino]`. What counts is
memory that the process owns (anonymous); pages of the kept features, which the system can drop at any time, are in the
resident set too, and shown beside.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
from pathlib import Path


def main() -> None:
    """Print both peaks for each number of images, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--engine", default="openvino")
    parser.add_argument("--network", default="MobileNetV2")
    parser.add_argument("--child", default=None, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        train(asked, Path(asked.child))
        return
    from photographs import make_photographs

    peaks: list[float] = []
    for count in asked.images:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            make_photographs(folder / "photographs", count, width=160, height=120)
            environment = {**os.environ, "TLZOO_CACHE": str(folder / "cache"), "TLZOO_ENGINE": asked.engine}
            command = [sys.executable, __file__, "--child", str(folder), "--size", str(asked.size)]
            command += ["--network", asked.network]
            said = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
        owned, resident = (float(each) for each in said.split()[-2:])
        peaks.append(owned)
        print(f"{count:7,} images   own {owned:7.0f} MB   resident {resident:7.0f} MB", flush=True)
    print(f"ratio of the peaks: {peaks[-1] / peaks[0]:.2f}")


def train(asked: argparse.Namespace, folder: Path) -> None:
    """Train a head for three epochs; print the peaks of owned and of resident memory, in MB."""
    peak = Peak()
    peak.start()
    from trials import Lines, make_setup, network, open_photographs

    from tlzoo.strategies import Epochs, Phase, head
    from tlzoo.training import SupervisedTrainer

    trainer = SupervisedTrainer()
    setup = make_setup(network(asked.network, asked.size), open_photographs(folder / "photographs"), folder / "run")
    state = trainer.prepare(setup)
    phase = Phase(name="head", train=head(), budget=Epochs(3), rates=1e-3)
    trainer.run(state, phase, 1, trainer.plan(state, phase), Lines())
    peak.stopped.set()
    print(peak.megabytes, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)


class Peak(threading.Thread):
    """Watches the anonymous memory of this process, twenty times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopped = threading.Event()
        self.megabytes = 0.0

    def run(self) -> None:
        while not self.stopped.wait(0.05):
            found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text())
            self.megabytes = max(self.megabytes, int(found[1]) / 1e3 if found else 0.0)


if __name__ == "__main__":
    main()
