"""What domain adaptation gains: from digits rendered from fonts to handwritten ones, every objective, several seeds.

Run it as `python tests/benchmarks/domain_adaptation.py [--backbone glyphnet] [--unfreeze all] [--images 800]
[--epochs 10] [--seeds 5] [OBJECTIVE …]`. The labelled source are the ten digits in the text fonts that come with
matplotlib (DejaVu, STIX, Computer Modern), turned, slanted and scaled a little at random. The unlabelled target are
85 % of scikit-learn's handwritten digits; the other 15 % are tested on. Another seed draws other pictures, splits and
batches. Every run trains on the source alone beside, for the same time; gains are differences from that, of one seed.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tlzoo.runs import parse_options, read_recipe, train_recipe

FONTS = (
    *(f"DejaVuSans{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"DejaVuSansMono{style}" for style in ("", "-Bold", "-Oblique")),
    *(f"DejaVuSerif{style}" for style in ("", "-Bold", "-Italic", "-BoldItalic")),
    *(f"STIXGeneral{style}" for style in ("", "Bol", "Italic", "BolIta")),
    *("cmr10", "cmb10", "cmss10", "cmtt10", "cmti10"),
)
SIDE = 32


def main() -> None:
    """Print accuracies of every seed, and the table of all seeds so far."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("objectives", nargs="*", default=["adabn", "coral", "mmd", "mcc", "dann"])
    parser.add_argument("--backbone", default="glyphnet")
    parser.add_argument("--unfreeze", default="all")
    parser.add_argument("--images", type=int, default=800, help="rendered digits")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("-S", dest="options", action="append", default=[], help="an option of the strategy")
    asked = parser.parse_args()
    accuracies: dict[str, list[float]] = {}
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(asked.seeds):
            source = Path(folder, f"rendered-{seed}.npz")
            images, labels = rendered_digits(asked.images, seed)
            np.savez(source, x=images, y=labels)
            for objective in asked.objectives:
                result = trained(asked, objective, seed, source, Path(folder))
                for phase in result["target"]["phases"]:
                    name = phase["name"] if phase["name"] in {"source only", objective} else ""
                    if name and len(accuracies.setdefault(name, [])) == seed:
                        accuracies[name].append(phase["metrics"]["accuracy"])
                took = [phase["seconds"] for phase in result["phases"] if phase["name"] == objective]
                seconds.setdefault(objective, []).append(sum(took))
                print(f"seed {seed}   {objective:12} {accuracies[objective][-1]:.4f}", flush=True)
            title = (
                f"{asked.backbone}, {asked.images} rendered digits, unfreeze {asked.unfreeze}, {asked.epochs} epochs"
            )
            print_table(accuracies, seconds, title)


def rendered_digits(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 (count, 32, 32), white on black, and labels int64 (count,)."""
    draw = np.random.default_rng((seed, 8))
    folder = Path(mpl.get_data_path(), "fonts", "ttf")
    fonts = [ImageFont.truetype(str(folder / f"{name}.ttf"), 96) for name in FONTS]
    labels = np.arange(count, dtype=np.int64) % 10
    return np.stack([_digit(int(label), fonts[draw.integers(len(fonts))], draw) for label in labels]), labels


def _digit(label: int, font: Any, draw: np.random.Generator) -> np.ndarray:
    """Draw a digit large, turn and slant it, cut it out, and make it small with a margin as handwritten ones have."""
    large = Image.new("L", (256, 256))
    ImageDraw.Draw(large).text((128, 128), str(label), fill=255, font=font, anchor="mm")
    slant, angle = draw.uniform(-0.2, 0.2), draw.uniform(-10, 10)
    turned = large.rotate(angle, Image.Resampling.BICUBIC)
    slanted = turned.transform(
        (256, 256), Image.Transform.AFFINE, (1, slant, -128 * slant, 0, 1, 0), Image.Resampling.BICUBIC
    )
    cut = slanted.crop(slanted.getbbox())
    height = round(draw.uniform(0.8, 1.0) * SIDE)
    width = max(4, min(SIDE, round(cut.width * height / cut.height * draw.uniform(0.85, 1.2))))
    small = Image.new("L", (SIDE, SIDE))
    small.paste(cut.resize((width, height), Image.Resampling.BOX), ((SIDE - width) // 2, (SIDE - height) // 2))
    return np.asarray(small)


def trained(asked: argparse.Namespace, objective: str, seed: int, source: Path, out: Path) -> Any:
    """Run one recipe; return its result."""
    unfreeze: Any = int(asked.unfreeze) if asked.unfreeze.isdecimal() else asked.unfreeze
    options = {"objective": objective, "unfreeze": unfreeze} | parse_options(asked.options)
    recipe = read_recipe(
        None,
        {
            "data": f"arrays:{source}",
            "target": "digits:",
            "backbone": asked.backbone,
            "strategy": {"name": "domain-adaptation", "options": options},
            "epochs": asked.epochs,
            "seed": seed,
            "export": [],
        },
    )
    return train_recipe(recipe, out=out).result


def print_table(accuracies: dict[str, list[float]], seconds: dict[str, list[float]], title: str) -> None:
    """Print mean and spread of accuracies on the target's test samples, and gains with their standard errors."""
    plain = accuracies["source only"]
    print(f"\n{title}, {len(plain)} seeds: accuracy on handwritten digits, mean and standard deviation")
    for name, values in accuracies.items():
        spread = statistics.stdev(values) if len(values) > 1 else math.nan
        gains = [value - other for value, other in zip(values, plain, strict=True)]
        error = statistics.stdev(gains) / math.sqrt(len(gains)) if len(gains) > 1 else math.nan
        gained = "" if name == "source only" else f"   {statistics.mean(gains):+.4f} +- {error:.4f}"
        took = f"   {statistics.median(seconds[name]):6.1f} s" if name in seconds else ""
        print(f"{name:12} {statistics.mean(values):.4f} +- {spread:.4f}{gained}{took}")


if __name__ == "__main__":
    main()
