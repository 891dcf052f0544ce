"""Every strategy on real tasks, with several seeds: accuracy, time, and which differences are within noise.

    python tests/benchmarks/strategies.py [--tasks digits,pictures,text,shift] [--seeds 3] [--json FILE]
    python tests/benchmarks/strategies.py --show FILE

digits: scikit-learn's handwriting, 20 labels a class, on GlyphNet. pictures: the stamps of Tux Paint (Debian's
tuxpaint-stamps-default) by kind, 20 a class, on EfficientNet-Lite0 at 96 pixels. text: synopses of Debian's packages
by section, 50 a class, on static.minilm. shift: digits rendered in fonts to learn from, handwriting to be tested on,
GlyphNet; there `domain-adaptation` and `auto` see the unlabelled handwriting, too. Strategies have their defaults, one
budget of epochs a task, and each seed draws other labels.

A strategy is within noise of the best of its task where the 95 % interval of the paired difference over the seeds
(Student's t) holds zero, or where the difference is smaller than the standard error of an accuracy on that many test
samples. The regret of `auto` is the best mean less its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

ROOT = Path(__file__).parents[2]
STRATEGIES = (
    "feature-extraction",
    "fine-tune",
    "multi-step",
    "lp-ft",
    "gradual-unfreezing",
    "surgical",
    "progressive-resizing",
    "domain-adaptation",
    "auto",
    "from-scratch",
)
SEES_TARGET = ("domain-adaptation", "auto")
EPOCHS = {"digits": 30, "pictures": 30, "text": 30, "shift": 20}


@dataclass(frozen=True)
class Task:
    """What to train on, and the strategies that have no use for it; ``tested`` measures a run on other data."""

    fields: Callable[[int], dict[str, Any]]
    left_out: frozenset[str] = frozenset({"domain-adaptation"})
    adapting: Mapping[str, Any] = field(default_factory=dict)
    tested: Callable[[Any], Mapping[str, Any]] = lambda run: run.test  # type: ignore[no-any-return]


def digits(_folder: Path) -> Task:
    """Handwritten digits, 20 a class."""
    return Task(lambda _seed: {"data": "digits:", "backbone": "glyphnet", "per_class": 20})


def pictures(folder: Path) -> Task:
    """Photographs and drawings of things by kind, 20 a class."""
    sys.path.insert(0, str(ROOT / "plugins" / "tlzoo-vision"))
    from pretrain.imagenet.evaluate import reduced
    from pretrain.imagenet.sets import stamps

    shown = reduced(stamps(Path("/")), 72)
    file = folder / "stamps.npz"
    np.savez(file, x=shown.images, y=shown.labels)
    return Task(
        lambda _seed: {"data": f"arrays:{file}", "backbone": "efficientnet-lite0", "image_size": 96, "per_class": 20}
    )


def text(folder: Path) -> Task:
    """Synopses of packages by section, 50 a class."""
    import csv

    from synopses import draw, read_synopses

    available = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    synopses = read_synopses(available)

    def fields(seed: int) -> dict[str, Any]:
        drawn = draw(synopses, 50, seed)
        table = folder / f"synopses-{seed}.csv"
        with table.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("text", "section", "split"))
            writer.writerows((*row, "train") for row in zip(drawn.texts, drawn.labels, strict=True))
            writer.writerows((*row, "test") for row in zip(drawn.test_texts, drawn.test_labels, strict=True))
        return {"data": f"table:{table}?text=text&label=section&split=split", "backbone": "static.minilm"}

    return Task(fields, frozenset({"domain-adaptation", "progressive-resizing"}))


def shift(folder: Path) -> Task:
    """Digits rendered in fonts to learn from, handwritten ones to be tested on."""
    from domain_adaptation import rendered_digits
    from sklearn.datasets import load_digits

    written = load_digits()
    order = np.random.default_rng(0).permutation(len(written.target))
    for name, part in (("unlabelled", order[600:]), ("test", order[:600])):
        pixels = (written.images[part] * (255 / 16)).astype(np.uint8)
        np.savez(folder / f"{name}.npz", x=pixels, y=written.target[part])

    def fields(seed: int) -> dict[str, Any]:
        source = folder / f"rendered-{seed}.npz"
        images, labels = rendered_digits(600, seed)
        np.savez(source, x=images, y=labels)
        return {"data": f"arrays:{source}", "backbone": "glyphnet"}

    def tested(run: Any) -> Mapping[str, Any]:
        figures: Mapping[str, Any] = run.evaluate(data=f"arrays:{folder / 'test.npz'}")
        return figures

    return Task(fields, frozenset(), {"target": f"arrays:{folder / 'unlabelled.npz'}"}, tested)


Measured: TypeAlias = tuple[float, float, int]
"""Accuracy, seconds, and on how many samples the accuracy was measured."""

TASKS: dict[str, Callable[[Path], Task]] = {"digits": digits, "pictures": pictures, "text": text, "shift": shift}


def measure(task: Task, name: str, strategy: str, seed: int, folder: Path) -> Measured:
    """Train and test once."""
    from tlzoo.runs import read_recipe, train_recipe

    adapting = task.adapting if strategy in SEES_TARGET else {}
    fields = {**task.fields(seed), **adapting, "strategy": {"name": strategy}, "seed": seed, "epochs": EPOCHS[name]}
    fields |= {"export": []}
    run = train_recipe(read_recipe(None, fields), out=folder / "runs")
    figures = task.tested(run)
    return float(figures["accuracy"]), float(run.result["seconds"]), int(figures["examples"])


def table(found: Mapping[str, Mapping[str, list[Measured]]]) -> Iterator[str]:
    """Yield the table of all tasks in Markdown: a cell is in bold where no difference to the task's best is sure."""
    yield "| strategy | " + " | ".join(found) + " |"
    yield "|---" * (len(found) + 1) + "|"
    for strategy in (each for each in STRATEGIES if any(each in measured for measured in found.values())):
        cells = [cell(measured, strategy) if strategy in measured else "" for measured in found.values()]
        yield f"| {strategy} | " + " | ".join(cells) + " |"
    yield ""
    for name, measured in found.items():
        others = [each for each in ordered(measured) if each != "auto"]
        if "auto" in measured and others:
            regret = accuracies(measured[others[0]]).mean() - accuracies(measured["auto"]).mean()
            yield f"regret of auto on {name}: {100 * regret:.1f} points"


def cell(measured: Mapping[str, list[Measured]], strategy: str) -> str:
    """Return mean, spread and median of seconds."""
    best = accuracies(measured[ordered(measured)[0]])
    own, count = accuracies(measured[strategy]), measured[strategy][0][2]
    noise = within_noise(best - own) or best.mean() - own.mean() < standard_error(float(best.mean()), count)
    shown = f"{100 * own.mean():.1f} ± {100 * own.std(ddof=1):.1f}"
    return f"{f'**{shown}**' if noise else shown}, {np.median([each[1] for each in measured[strategy]]):.0f} s"


def ordered(measured: Mapping[str, list[Measured]]) -> list[str]:
    """Return the strategies, the best first."""
    return sorted(measured, key=lambda strategy: -accuracies(measured[strategy]).mean())


def accuracies(runs: list[Measured]) -> np.ndarray:
    """Return the accuracy of each seed."""
    return np.array([each[0] for each in runs])


def within_noise(differences: np.ndarray) -> bool:
    """Say whether the 95 % interval of the mean difference holds zero."""
    from scipy.stats import t

    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return bool(abs(differences.mean()) <= t.ppf(0.975, len(differences) - 1) * error)


def standard_error(accuracy: float, count: int) -> float:
    """Return that of a share among so many samples."""
    return float(np.sqrt(accuracy * (1 - accuracy) / count))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--strategies", default=",".join(STRATEGIES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures go there, task by task")
    parser.add_argument("--show", type=Path, metavar="FILE", help="print the table of such a file, and measure nothing")
    asked = parser.parse_args()
    if asked.show:
        print("\n".join(table(json.loads(asked.show.read_text("utf-8")))))
        return
    found: dict[str, dict[str, list[Measured]]] = {}
    for name in asked.tasks.split(","):
        with tempfile.TemporaryDirectory(prefix="tlzoo-strategies-") as temporary:
            folder = Path(temporary)
            task = TASKS[name](folder)
            found[name] = {}
            for strategy in (each for each in asked.strategies.split(",") if each not in task.left_out):
                found[name][strategy] = [measure(task, name, strategy, seed, folder) for seed in range(asked.seeds)]
                print(f"{name}, {strategy}: {found[name][strategy]}", file=sys.stderr, flush=True)
        if asked.json:
            asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
