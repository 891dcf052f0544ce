"""Scenes of Tux Paint's stamps pasted on photographs, and the comparison of strategies on them.

Tux Paint's stamps of animals, food and vehicles, which are photographs and drawings with transparent surroundings, are
pasted on parts of scikit-image's photographs. Training and test use different stamps and different photographs. A fifth
of the labelled images are the validation split. All strategies of a seed have the same images and the same epochs, so
differences are paired. Each run has a process of its own, for its memory. Results are appended to RESULTS, one line a
run, and existing ones are not repeated: start it again after a kill.

No packaged backbone was trained on the stamps, which are in Debian's package tuxpaint-stamps-default; it need not be
installed: `dpkg -x tuxpaint-stamps-default_*.deb ROOT` unpacks it.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

THINGS = ("animals", "food", "vehicles")
STAMPS = "usr/share/tuxpaint/stamps"
COPIES = ("_mirror", "_flip")
BACKBONE = "vision/efficientnet-lite0.imagenet"
SCRATCH = "from-scratch"
STRATEGIES = ("feature-extraction", "fine-tune", "multi-step", SCRATCH)
TEST_IMAGES = 400
BATCH_SIZE = 8
LEAST_FOR_INTERVAL = 3


@dataclass(frozen=True)
class Comparison:
    """Strategies on scenes of one kind. ``script`` is the file that calls ``main``, in this and in other processes."""

    script: str
    about: str | None
    write: Callable[[Path, Path, int, int, int], None]
    """Writes the scenes into a folder, from ROOT, seed, number of labelled images, and size."""
    source: str
    """The data source, with ``{folder}``."""
    epochs: Mapping[int, int]
    """Epochs by the number of labelled images."""
    figures: tuple[str, ...]
    """Test figures in the results."""
    columns: Mapping[str, str]
    """Columns of the table with their figures; differences are those of the first one."""
    epochs_in_results: bool = False
    """Whether results have their epochs, so that those of other epochs are not in the table."""

    def main(self) -> None:
        """Run the missing cells and print the table."""
        parser = argparse.ArgumentParser(description=self.about, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("results", type=Path)
        parser.add_argument("--root", type=Path, default=Path("/"), help="where tuxpaint-stamps-default is unpacked")
        parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES), choices=list(STRATEGIES))
        parser.add_argument("--labelled", type=int, nargs="+", default=list(self.epochs), choices=list(self.epochs))
        parser.add_argument("--seeds", type=int, default=5)
        parser.add_argument("--size", type=int, default=96)
        parser.add_argument("--table", action="store_true", help="print the table of the results so far")
        parser.add_argument("--cell", type=json.loads, help=argparse.SUPPRESS)
        arguments = parser.parse_args()
        if arguments.cell is not None:
            arguments.results.write_text(json.dumps(self._measured(arguments.cell, arguments.root)))
            return
        known = _read(arguments.results)
        if not arguments.table:
            self._run_missing(arguments, known)
        self._print_table(
            [each for each in known if self._cell(each["labelled"], arguments.size).items() <= each.items()]
        )

    def _cell(self, labelled: int, size: int) -> dict[str, Any]:
        """Return what the cells of one table row share."""
        return {"size": size} | ({"epochs": self.epochs[labelled]} if self.epochs_in_results else {})

    def _run_missing(self, arguments: argparse.Namespace, known: list[dict[str, Any]]) -> None:
        for labelled in arguments.labelled:
            for seed in range(arguments.seeds):
                for strategy in arguments.strategies:
                    cell = {"labelled": labelled, "seed": seed, "strategy": strategy}
                    cell |= self._cell(labelled, arguments.size)
                    if any(cell.items() <= each.items() for each in known):
                        continue
                    known.append(cell | self._in_own_process(cell, arguments.root))
                    with arguments.results.open("a") as stream:
                        stream.write(json.dumps(known[-1]) + "\n")

    def _in_own_process(self, cell: dict[str, Any], root: Path) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            answer = Path(folder, "answer.json")
            words = [str(answer), "--root", str(root), "--cell", json.dumps(cell)]
            subprocess.run([sys.executable, self.script, *words], check=True)
            found: dict[str, Any] = json.loads(answer.read_text())
        return found

    def _measured(self, cell: dict[str, Any], root: Path) -> dict[str, Any]:
        """Train one cell; return its test figures, the processor seconds with start and data, and the peak memory."""
        import tlzoo

        with tempfile.TemporaryDirectory() as folder:
            self.write(Path(folder), root, cell["seed"], cell["labelled"], cell["size"])
            run = tlzoo.train(
                data=self.source.format(folder=folder),
                backbone=BACKBONE,
                strategy=cell["strategy"],
                image_size=cell["size"],
                epochs=self.epochs[cell["labelled"]],
                batch_size=BATCH_SIZE,
                seed=cell["seed"],
                export=[],
                out=Path(folder, "runs"),
            )
            test = run.test
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        figures = {name: test[name] for name in self.figures}
        return figures | {"cpu_seconds": round(time.process_time(), 1), "peak_mib": round(peak)}

    def _print_table(self, cells: list[dict[str, Any]]) -> None:
        """Print a row for each number of labelled images and strategy, with the difference from scratch of pairs."""
        first, compared = next(iter(self.columns.items()))
        names = [*self.columns, f"{first} over from scratch"]
        print(f"| labelled | strategy | {' | '.join(names)} | CPU s | peak MB | seeds |")
        print("|---|---|---|---|---|---|---|---|")
        for labelled in sorted({each["labelled"] for each in cells}):
            by_seed = {
                strategy: {
                    each["seed"]: each for each in cells if (each["labelled"], each["strategy"]) == (labelled, strategy)
                }
                for strategy in STRATEGIES
            }
            scratch = by_seed[SCRATCH]
            for strategy, own in by_seed.items():
                if not own:
                    continue
                pairs = [own[seed][compared] - scratch[seed][compared] for seed in sorted(own.keys() & scratch.keys())]
                columns = [f"{np.mean([each[name] for each in own.values()]):.3f}" for name in self.columns.values()]
                columns.append("" if strategy == SCRATCH else _interval(pairs))
                columns += [
                    f"{np.mean([each[name] for each in own.values()]):.0f}" for name in ("cpu_seconds", "peak_mib")
                ]
                print(f"| {labelled} | `{strategy}` | {' | '.join(columns)} | {len(own)} |")


@dataclass(frozen=True)
class Split:
    """One split: its number of images, random draws, photographs, and files of stamps of each group."""

    name: str
    count: int
    draw: np.random.Generator
    photographs: tuple[np.ndarray, ...]
    things: Sequence[Sequence[Path]]

    def background(self, size: int) -> Image.Image:
        """Return a square part of a photograph in a random colour cast."""
        photograph = self.photographs[self.draw.integers(len(self.photographs))]
        photograph = photograph if photograph.ndim > 2 else np.repeat(photograph[..., np.newaxis], 3, axis=-1)
        top, left = (self.draw.integers(length - 2 * size) for length in photograph.shape[:2])
        part = photograph[top : top + 2 * size : 2, left : left + 2 * size : 2, :3] * self.draw.uniform(0.5, 1.2, 3)
        return Image.fromarray(np.clip(part, 0, 255).astype(np.uint8))


def splits(root: Path, seed: int, labelled: int) -> Iterator[Split]:
    """Yield the splits of a seed; the test images of a seed are the same for all numbers of labels."""
    from skimage import data

    train = (data.astronaut(), data.coffee(), data.camera(), data.retina())
    test = (data.coins(), data.hubble_deep_field(), data.immunohistochemistry())
    things = _stamps(root)
    validation = labelled // 5
    for number, (name, photographs, count) in enumerate(
        (("train", train, labelled - validation), ("val", train, validation), ("test", test, TEST_IMAGES))
    ):
        own = [
            files[2::3] if name == "test" else [each for at, each in enumerate(files) if at % 3 < 2] for files in things
        ]
        yield Split(name, count, np.random.default_rng([seed, number]), photographs, own)


def stamp(path: Path, side: int, *, opaque: bool) -> Image.Image:
    """Return the visible part of a stamp, RGBA, with ``side`` pixels on its longer side.

    With ``opaque``, pixels with less than half opacity do not count.
    """
    with Image.open(path) as stored:
        found = stored.convert("RGBA")
    alpha = found.getchannel("A")
    found = found.crop((opaque_part(alpha) if opaque else alpha).getbbox())
    scale = side / max(found.size)
    return found.resize(tuple(max(1, round(length * scale)) for length in found.size), Image.Resampling.BOX)


def opaque_part(alpha: Image.Image) -> Image.Image:
    """Return 255 where at least half of a pixel is visible, and 0 elsewhere."""
    return alpha.point(lambda value: 255 * (value > 127))


def _stamps(root: Path) -> list[list[Path]]:
    """Return the files of each group of stamps, without mirrored copies."""
    found = [sorted((root / STAMPS / name).rglob("*.png")) for name in THINGS]
    if not all(found):
        raise SystemExit(
            f"no stamps in {root / STAMPS}: unpack tuxpaint-stamps-default, and name the folder with --root"
        )
    return [[each for each in files if not each.stem.endswith(COPIES)] for files in found]


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def _interval(differences: list[float]) -> str:
    """Return the mean of paired differences and its 95 % interval (Student's t); no interval below three pairs."""
    from scipy.stats import t

    if not differences:
        return ""
    mean = np.mean(differences)
    if len(differences) < LEAST_FOR_INTERVAL:
        return f"{mean:+.3f}"
    half = t.ppf(0.975, len(differences) - 1) * np.std(differences, ddof=1) / math.sqrt(len(differences))
    return f"{mean:+.3f} ({mean - half:+.3f} to {mean + half:+.3f})"
