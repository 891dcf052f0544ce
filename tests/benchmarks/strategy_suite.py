"""Write a suite of handwriting, pictures and texts for a longer `tlzoo strategies bench`.

    python tests/benchmarks/strategy_suite.py FOLDER
    tlzoo strategies bench lp-ft surgical auto --suite FOLDER/suite.toml

digits: scikit-learn's handwriting, 20 labels a class, on GlyphNet. pictures: the stamps of Tux Paint (Debian's
tuxpaint-stamps-default) by kind, 20 a class, on EfficientNet-Lite0 at 96 pixels. text: synopses of Debian's packages
by section, 50 a class, on static.minilm. Strategies have their defaults.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
ROWS = 250
"""Texts of each section."""
SUITE = """\
epochs = 30

[sets.digits]
data = "digits:"
entries = ["glyphnet"]
labels = [20]

[sets.pictures]
data = {pictures}
entries = ["efficientnet-lite0"]
labels = [20]
image_size = 96

[sets.text]
data = {texts}
entries = ["static.minilm"]
labels = [50]
"""


def write_pictures(file: Path) -> None:
    """Write photographs and drawings of things with their kind."""
    sys.path.insert(0, str(ROOT / "plugins" / "tlzoo-vision"))
    from pretrain.imagenet.evaluate import reduced
    from pretrain.imagenet.sets import stamps

    shown = reduced(stamps(Path("/")), 72)
    np.savez(file, x=shown.images, y=shown.labels)


def write_texts(file: Path) -> None:
    """Write synopses of packages with their section."""
    from synopses import draw, read_synopses

    available = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    drawn = draw(read_synopses(available), ROWS, 0)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("text", "section"))
        writer.writerows(zip(drawn.texts, drawn.labels, strict=True))


def main() -> None:
    """Write the data and the suite."""
    import json

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args().folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    pictures, texts = folder / "stamps.npz", folder / "synopses.csv"
    write_pictures(pictures)
    write_texts(texts)
    sources = (f"arrays:{pictures}", f"table:{texts}?text=text&label=section")
    quoted = dict(zip(("pictures", "texts"), map(json.dumps, sources), strict=True))
    (folder / "suite.toml").write_text(SUITE.format(**quoted), encoding="utf-8")


if __name__ == "__main__":
    main()
