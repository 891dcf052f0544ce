"""How well scores rank entries whose true accuracy is known, because every one of them is fine-tuned.

    python tests/benchmarks/ranking.py [--per-class 15] [--epochs 12] [--json FILE]

Twelve entries: the packaged ones; the same with random weights, with noise in their weights, and wrongly preprocessed
(pixels scaled to 0..1 before, texts cut to eight tokens). Three data sets: handwritten digits, shapes drawn in colour,
and sections of Debian's packages told by their synopses (run `apt-get update` before). Everything is fine-tuned on a
few labels a class, and scored on the same labels. For each score: Kendall's tau with the true order, weighted towards
the top (Vigna 2015), and the accuracy that is lost by taking the first in its order (regret), beside what needs no
data: the number of parameters, and taking any.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from synopses import draw, read_synopses

BASES = {
    "glyphnet": "vision/glyphnet.glyphs",
    "lite0": "vision/efficientnet-lite0.imagenet",
    "minilm": "text/static.minilm",
}
CHANGES = ("random", "noisy", "wrong")
PLUGIN = """
from dataclasses import replace

from tlzoo.plugins import hookimpl


def load(entry, files, request):
    import numpy as np

    from tlzoo.backbones import find_loader, image_preprocessing, load_digest
    from tlzoo.plugins import catalog

    change, base = entry.options["change"], catalog().get(entry.options["of"])
    made = find_loader(base)(base, files, replace(request, sequence_length=8) if change == "short" else request)
    draw = np.random.default_rng(1)
    for variable in made.model.weights:
        value = variable.numpy()
        if change in {"random", "noisy"} and value.ndim > 1:
            noise = draw.normal(0, value.std(), value.shape).astype(value.dtype)
            variable.assign(noise if change == "random" else 0.5 * value + noise)
    if change == "wrong":
        shape = made.preprocessing.shape
        dark = image_preprocessing(shape[:2], shape[2], scale=1 / 127.5 / 255, offset=-1.0)
        made = replace(made, preprocessing=dark)
    return replace(made, digest=load_digest(entry, files, request))


@hookimpl
def tlzoo_backbones():
    return {"changed": load}
"""


def main() -> None:
    """Fine-tune and score everything, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-class", type=int, default=15)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    arguments = parser.parse_args()
    began = time.process_time()
    with tempfile.TemporaryDirectory(prefix="tlzoo-ranking-") as name:
        folder = Path(name)
        _install(folder)
        found = {title: measured(source, entries, folder, arguments) for title, source, entries in data_sets(folder)}
    print("\n".join(lines(found)))
    print(f"{time.process_time() - began:.0f} s of processor time", file=sys.stderr)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def measured(
    source: str, entries: list[str], folder: Path, arguments: argparse.Namespace
) -> dict[str, dict[str, float]]:
    """Return the true accuracy and every score of each entry, by name of the score."""
    from tlzoo.progress import Silent
    from tlzoo.runs import read_recipe, train_recipe
    from tlzoo.zoo.ranking import rank

    ranking = rank(source, patterns=entries, per_class=arguments.per_class, baselines=False, curves=False)
    if ranking.unranked:
        sys.exit(f"{ranking.unranked[0].id}: {ranking.unranked[0].reason}")
    table: dict[str, dict[str, float]] = {"truth": {}, "parameters": {}}
    for each in ranking.entries:
        fields = {"data": source, "backbone": each.id, "per_class": arguments.per_class, "epochs": arguments.epochs}
        recipe = read_recipe(None, {**fields, "strategy": {"name": "lp-ft", "options": {}}, "export": []})
        run = train_recipe(recipe, out=folder / "runs", progress=Silent())
        table["truth"][each.id] = float(run.test["accuracy"])
        table["parameters"][each.id] = float(each.cost["parameters"] or 0)
        for name, value in each.scores.items():
            table.setdefault(name, {})[each.id] = value
        warned = "; ".join(each.warnings)
        print(f"{source}: {each.id} {table['truth'][each.id]:.3f} {warned}", file=sys.stderr, flush=True)
    return table


def data_sets(folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield title, source and the entries for it."""
    vision = [name for base in ("glyphnet", "lite0") for name in (BASES[base], *_changed(base))]
    yield "digits", "digits:", vision
    yield "shapes", _shapes(folder), vision
    yield "synopses", _synopses(folder), [BASES["minilm"], *_changed("minilm")]


def lines(found: dict[str, dict[str, dict[str, float]]]) -> Iterator[str]:
    """Yield two tables: accuracies, then scores."""
    yield "| entry | " + " | ".join(found) + " |"
    yield "|---" * (len(found) + 1) + "|"
    for entry in dict.fromkeys(each for table in found.values() for each in table["truth"]):
        cells = [f"{table['truth'][entry]:.3f}" if entry in table["truth"] else "" for table in found.values()]
        yield f"| {entry} | " + " | ".join(cells) + " |"
    yield ""
    titles = (
        [f"tau {title}" for title in found] + ["tau mean"] + [f"regret {title}" for title in found] + ["regret mean"]
    )
    yield "| score | " + " | ".join(titles) + " |"
    yield "|---" * (len(titles) + 1) + "|"
    whole = sum(len(table["truth"]) for table in found.values())
    names = dict.fromkeys(name for table in found.values() for name in table if name != "truth")
    for name in sorted(names, key=lambda each: each == "parameters"):
        own = [_judged(table, name) for table in found.values()]
        kept = [each for each in own if each is not None]
        means = [f"{np.mean(each):.2f}" for each in zip(*kept, strict=True)]
        taus, lost = (["" if each is None else f"{each[part]:.2f}" for each in own] for part in (0, 1))
        some = sum(len(table.get(name, ())) for table in found.values())
        few = "" if some == whole else f" ({some} of {whole} entries)"
        yield f"| {name}{few} | " + " | ".join([*taus, means[0], *lost, means[1]]) + " |"
    any_ = [max(table["truth"].values()) - float(np.mean(list(table["truth"].values()))) for table in found.values()]
    blank = ["0.00"] * (len(found) + 1)
    yield "| any | " + " | ".join([*blank, *(f"{each:.2f}" for each in (*any_, np.mean(any_)))]) + " |"


def _judged(table: dict[str, dict[str, float]], name: str) -> tuple[float, float] | None:
    """Return a score's weighted tau and regret, among the entries that have it; None where fewer than two do.

    LEEP and NCE are had by entries that keep their source head, and no others.
    """
    from scipy.stats import weightedtau

    entries = list(table.get(name, ()))
    if len(entries) < 2:
        return None
    truth, score = (np.array([table[which][entry] for entry in entries]) for which in ("truth", name))
    tau = float(weightedtau(truth, score).statistic) if np.ptp(score) else 0.0  # all alike: no order
    return tau, float(truth.max() - truth[score == score.max()].mean())


def _changed(base: str) -> list[str]:
    return [f"changed/{base}.{'short' if (base, change) == ('minilm', 'wrong') else change}" for change in CHANGES]


def _install(folder: Path) -> None:
    """Put a plugin on the path whose entries are the packaged ones, changed."""
    package, about = folder / "changed_entries", folder / "changed_entries-1.0.dist-info"
    package.mkdir()
    about.mkdir()
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text(PLUGIN)
    (about / "METADATA").write_text("Metadata-Version: 2.4\nName: changed-entries\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tlzoo.plugins]\nchanged-entries = changed_entries.plugin\n")
    (about / "RECORD").write_text(f"{about.name}/entry_points.txt,,\n")
    os.environ["TLZOO_CACHE"], os.environ["TLZOO_SETTINGS"] = str(folder / "cache"), str(folder / "settings")
    import tomli_w

    from tlzoo.plugins import catalog, forget
    from tlzoo.registry import plain

    tables = {}
    for base, entry_id in BASES.items():
        for name in _changed(base):
            table = plain(catalog().get(entry_id))
            for key in ("id", "plugin", "reported", "aliases", "measured", "experimental"):
                table.pop(key, None)
            change = name.partition(".")[2]
            tables[name] = table | {"loader": "changed", "options": {"of": entry_id, "change": change}}
    head = {"format": 1, "plugin": "changed-entries", "api": ">=0.2,<0.3", "namespaces": ["changed"]}
    (package / "registry.toml").write_text(tomli_w.dumps(head | {"entries": tables}))
    sys.path.insert(0, str(folder))
    forget()


def _shapes(folder: Path) -> str:
    """Draw six classes: three shapes, each warm or cold on a ground of noise."""
    from PIL import Image, ImageDraw

    random = np.random.default_rng(0)
    for label in range(6):
        place = folder / f"shapes/{label}"
        place.mkdir(parents=True)
        for number in range(80):
            picture = Image.fromarray(random.integers(0, 160, (12, 12, 3)).astype(np.uint8)).resize((64, 64))
            warm = [int(random.integers(150, 256)), int(random.integers(60, 170)), int(random.integers(0, 120))]
            colour, size = tuple(warm if label % 2 else warm[::-1]), float(random.uniform(9, 20))
            x, y = random.uniform(22, 42, 2)
            turn = float(random.uniform(0, 360))
            sides = (3, 4, 24)[label // 2]
            ImageDraw.Draw(picture).regular_polygon((float(x), float(y), size), sides, rotation=turn, fill=colour)
            picture.save(place / f"{number}.png")
    return f"images:{folder / 'shapes'}"


def _synopses(folder: Path) -> str:
    available = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    drawn = draw(read_synopses(available), 60, 0)
    path = folder / "synopses.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("text", "section", "split"))
        writer.writerows((*row, "train") for row in zip(drawn.texts, drawn.labels, strict=True))
        writer.writerows((*row, "test") for row in zip(drawn.test_texts, drawn.test_labels, strict=True))
    return f"table:{path}?text=text&label=section&split=split"


if __name__ == "__main__":
    main()
