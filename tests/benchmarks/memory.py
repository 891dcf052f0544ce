"""Peak memory, measured in processes of their own, beside what was expected of it.

Four measurements:

- ``python tests/benchmarks/memory.py`` trains a head on few and on many images: the peak does not depend on how many.
- ``python tests/benchmarks/memory.py --limit 4GB --network ResNet50 --size 1024`` runs `tlzoo train` under a limit:
  features in batches of 32, everything in batches of 1, and everything in batches of 32, which is refused.
- ``python tests/benchmarks/memory.py --large-images`` runs `tlzoo train` on a folder with images of 10,000 x 10,000
  pixels, a PNG, a JPEG and a TIFF, under 4 GB and under 2 GB.
- ``python tests/benchmarks/memory.py --estimates`` prints expected and measured bytes of activations for several Keras
  Applications, in inference and in training.

What counts is memory that the process owns (anonymous); pages of the kept features, which the system can drop at any
time, are in the resident set too.
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
import time
from pathlib import Path

APPLICATIONS = (
    "MobileNetV2 448 8",
    "ResNet50 448 4",
    "EfficientNetB0 448 4",
    "DenseNet121 448 4",
    "ConvNeXtTiny 224 8",
    "VGG16 224 8",
)


def main() -> None:
    """Run the measurement that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--engine", default="openvino")
    parser.add_argument("--network", default="MobileNetV2")
    parser.add_argument("--limit", default=None, help="run `tlzoo train` under this limit, such as 4GB")
    parser.add_argument("--large-images", action="store_true", help="run `tlzoo train` on images of 100 megapixels")
    parser.add_argument("--estimates", action="store_true", help="compare expected and measured activations")
    parser.add_argument("--child", default=None, help=argparse.SUPPRESS)
    parser.add_argument("--command", nargs=argparse.REMAINDER, default=None, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.command is not None:
        run_command(asked.command)
    elif asked.child and asked.estimates:
        measure_activations(*asked.child.split())
    elif asked.child:
        train(asked, Path(asked.child))
    elif asked.estimates:
        for application in APPLICATIONS:
            for mode in ("inference", "training"):
                print(_child("--estimates", "--child", f"{application} {mode}"), flush=True)
    elif asked.limit:
        under_limit(asked)
    elif asked.large_images:
        large_images()
    else:
        few_and_many(asked)


def few_and_many(asked: argparse.Namespace) -> None:
    """Print the peaks for each number of images, and their ratio."""
    from photographs import make_photographs

    peak_memory: list[float] = []
    for count in asked.images:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            make_photographs(folder / "photographs", count, width=160, height=120)
            environment = {"TLZOO_CACHE": str(folder / "cache"), "TLZOO_ENGINE": asked.engine}
            words = ["--child", str(folder), "--size", str(asked.size), "--network", asked.network]
            said = _child(*words, **environment)
        owned, resident = (float(each) for each in said.split()[-2:])
        peak_memory.append(owned)
        print(f"{count:7,} images   own {owned:7.0f} MB   resident {resident:7.0f} MB", flush=True)
    print(f"ratio of the peaks: {peak_memory[-1] / peak_memory[0]:.2f}")


def under_limit(asked: argparse.Namespace) -> None:
    """Print what `tlzoo train` expects and takes: a frozen pass, and training with batches of 1 and of 32."""
    from photographs import make_photographs
    from trials import ENTRIES

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_photographs(folder / "photographs", 8, classes=2, width=asked.size, height=asked.size)
        common = ["train", "--data", f"images:{folder / 'photographs'}", "--backbone", ENTRIES[asked.network]]
        common += ["--image-size", str(asked.size), "--weights", "random", "--out", str(folder / "runs")]
        everything = ["--strategy", "fine-tune", "-S", "unfreeze=all", "--epochs", "2"]
        environment = {"TLZOO_CACHE": str(folder / "cache"), "TLZOO_MEMORY": asked.limit}
        for words in (
            ["--strategy", "feature-extraction", "--batch-size", "32"],
            [*everything, "--batch-size", "1", "-H", "standardize=false"],
            [*everything, "--batch-size", "32"],
        ):
            print(" ".join(words), flush=True)
            for more in ("--explain", "--quiet"):
                print(_child("--command", *common, *words, more, **environment), flush=True)


def large_images(side: int = 10_000) -> None:
    """Print what becomes of large images among small ones, and the peak, under 4 GB and under 2 GB."""
    from photographs import make_photographs
    from PIL import Image

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_photographs(folder / "photographs", 20, classes=2, width=64, height=64)
        with Image.open(next((folder / "photographs").rglob("*.jpg"))) as small:
            large = small.resize((side, side))
        for number, suffix in enumerate(("png", "jpg", "tif")):
            large.save(folder / "photographs" / f"class{number % 2}" / f"large.{suffix}")
        del large
        common = ["train", "--data", f"images:{folder / 'photographs'}", "--backbone", "glyphnet"]
        common += ["--strategy", "feature-extraction", "--epochs", "1", "--out", str(folder / "runs")]
        for limit in ("4GB", "2GB"):
            environment = {"TLZOO_CACHE": str(folder / limit), "TLZOO_MEMORY": limit}
            said = _child("--command", *common, **environment).splitlines()
            print(f"{limit}: {said[-1]}", *(line for line in said if "large." in line), sep="\n", flush=True)


def run_command(words: list[str]) -> None:
    """Run the command line; print its exit code and the peak."""
    import tlzoo.cli

    peak = Peak()
    peak.start()
    try:
        code = tlzoo.cli.main(words)
    except SystemExit as end:
        code = end.code
    print(f"exit code {code}, peak {peak.stop():,.0f} MB")


def measure_activations(name: str, size: str, batch: str, mode: str) -> None:
    """Print expected and measured megabytes of the activations of a batch."""
    import keras
    import tensorflow as tf

    from tlzoo.training.costs import peak_memory
    from tlzoo.training.costs.activations import activation_bytes

    shape = (int(size), int(size), 3)
    model = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=shape, pooling="avg")
    variables = [each.value for each in model.trainable_variables]

    def infer(samples: tf.Tensor) -> tf.Tensor:
        return model(samples, training=False)

    def train(samples: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            loss = tf.reduce_mean(model(samples, training=True))
        return [tf.reduce_sum(each) for each in tape.gradient(loss, variables)]

    step = tf.function(train if mode == "training" else infer, input_signature=[tf.TensorSpec((None, *shape))])
    step(tf.zeros((1, *shape)))
    samples = tf.random.uniform((int(batch), *shape))
    before = Peak.now()
    peak = Peak()
    peak.start()
    for _ in range(2):
        step(samples)
    found, each = peak.stop() - before, activation_bytes(model)
    factor = (
        peak_memory.TRAINING * each.kept + each.most
        if mode == "training"
        else peak_memory.INFERENCE["graph"] * each.live
    )
    expected = int(batch) * factor / 1e6
    print(f"{name:16}{size:>5} px{batch:>4} {mode:10} expected {expected:7,.0f} MB   measured {found:7,.0f} MB")


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
    print(peak.stop(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)


def _child(*words: str, **environment: str) -> str:
    """Return what this file prints in a process of its own, its errors included."""
    done = subprocess.run(
        [sys.executable, __file__, *words],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if "--command" in words else None,
        text=True,
        check=False,
    )
    return done.stdout.rstrip() + (f"\nended with {done.returncode}" if done.returncode else "")


class Peak(threading.Thread):
    """Watches the anonymous memory of this process, fifty times a second; ends it beyond ``MOST_MEGABYTES``."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopped = threading.Event()
        self.megabytes = 0.0

    def run(self) -> None:
        most = float(os.environ.get("MOST_MEGABYTES", "inf"))
        while not self.stopped.wait(0.02):
            self.megabytes = max(self.megabytes, self.now())
            if self.megabytes > most:  # others work on this machine, too
                print(f"ended at {self.megabytes:,.0f} MB", flush=True)
                os._exit(1)

    def stop(self) -> float:
        """Return the peak until now, in MB."""
        self.stopped.set()
        time.sleep(0.05)
        return self.megabytes

    @staticmethod
    def now() -> float:
        """Return the anonymous memory of this process, in MB."""
        found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text())
        return int(found[1]) / 1e3 if found else 0.0


if __name__ == "__main__":
    main()
