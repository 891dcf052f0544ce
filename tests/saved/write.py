"""Writes everything that tlzoo keeps on disk, small, as one archive: ``python tests/saved/write.py FOLDER``.

``tests/saved/0.1.zip`` was written by tlzoo 0.1, and later versions must open it as it is: write another archive for
another version. All paths within are relative, so that it works wherever it is unpacked.
"""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import product
from pathlib import Path

BACKBONES = "saved_backbones"
STAGES = [["first", "*/block1/*"], ["second", "*/block2/*"], ["top", "*"]]
IMAGES = ("--data", "digits:", "--backbone", "local/pictures", "--per-class", "6", "--batch-size", "16", "--quiet")
TEXTS = ("--data", "table:reviews.csv?text=text&label=label", "--backbone", "local/reviews", "--quiet")
CONTROL = ("--data", "gym:CartPole-v1?max_steps=50", "--backbone", "rl/mlp.blank", "--steps", "256", "--quiet")
ROLLOUTS = ("-H", "environments=2", "-H", "rollout=16", "-H", "passes=2", "-H", "episodes=3")
RECIPE = """\
data = "digits:"
backbone = "local/pictures"
per_class = 6
epochs = 4
seed = 3
export = []

[strategy]
name = "short.py:Short"
length = 2
"""
STRATEGY = '''\
"""A strategy of one's own, named by file in recipe.toml."""

from pydantic import PositiveInt

from tlzoo.strategies import Epochs, Job, Phase, Phases, Strategy, head


class Short(Strategy):
    """Train the head for a few epochs."""

    name = "short"
    length: PositiveInt = 1

    def phases(self, job: Job) -> Phases:
        yield Phase(name="head", train=head(), budget=Epochs(self.length))
'''


def main() -> None:
    """Write the backbones, the settings and the runs."""
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True)
    os.chdir(folder)
    sys.path[:0] = [str(folder), str(Path(__file__).parents[1] / "made")]
    cache = folder / "cache"
    os.environ |= {"TLZOO_SETTINGS": "settings", "TLZOO_CACHE": str(cache), "TLZOO_OFFLINE": "1", "PYTHONPATH": "."}
    os.environ.pop("TLZOO_LOCK", None)
    write_backbones()
    write_reviews(Path("reviews.csv"))
    Path("recipe.toml").write_text(RECIPE)
    Path("short.py").write_text(STRATEGY)
    write_settings()
    train("images", *IMAGES, "--epochs", "6", "--export", "keras,saved-model")
    train("texts", *TEXTS, "--epochs", "6", "--export", "saved-model")
    train("control", *CONTROL, *ROLLOUTS, "--strategy", "from-scratch", "--export", "keras,saved-model")
    train("own", "recipe.toml", "--strategy", "short.py:Short", "--quiet")
    shutil.rmtree("runs/own")  # its recipe has the absolute path of the strategy; the consent stays in the lock
    tlzoo("tune", *IMAGES, "--epochs", "2", "--export", "none", "--trials", "2", "--out", "runs/new")
    keep("tuning")
    interrupt("interrupted", *IMAGES, "--epochs", "160", "--export", "none")
    clean(folder)
    shutil.make_archive(str(folder), "zip", folder)


def clean(folder: Path) -> None:
    """Remove caches and locks, and every absolute path."""
    shutil.rmtree("cache")
    for path in [*folder.rglob("__pycache__"), *folder.rglob("tensorboard")]:
        shutil.rmtree(path)
    for path in [each for each in folder.rglob("*") if each.is_file()]:
        if path.name.endswith(".lock") and path.name != "tlzoo.lock":
            path.unlink()
        elif str(folder).encode() in path.read_bytes():
            sys.stderr.write(f"{path} has an absolute path\n")
            if path.suffix in {".lock", ".toml"}:
                path.write_text(path.read_text().replace(str(folder), "/home/user/project"))


def write_backbones() -> None:
    """Save the SavedModels that the entries of ``settings/registry.toml`` load."""
    from made_modules import sentences, small

    Path(BACKBONES).mkdir()
    Path(BACKBONES, "__init__.py").write_text('"""Backbones of the saved runs."""\n')
    small(Path(BACKBONES, "pictures"))
    sentences(Path(BACKBONES, "reviews"))
    Path(BACKBONES, "reviews-words.txt").unlink()


def write_settings() -> None:
    """Write what commands keep in the settings folder: own entries, disabled plugins, measurements, the lock."""
    from tlzoo.artifacts import digests_in, resolve_file, tree_digest
    from tlzoo.artifacts.pins import pin
    from tlzoo.plugins import module_entry
    from tlzoo.registry import add_own_entry

    for name, options in (("pictures", {"stages": STAGES}), ("reviews", {})):
        made = module_entry(f"package:{BACKBONES}/{name}")
        file = made.files["module"]
        hashed = replace(file, hash=tree_digest(digests_in(resolve_file(name, file), name)))
        add_own_entry(
            replace(made, id=f"local/{name}.module", files={"module": hashed}, options=options, licence="MIT")
        )
    tlzoo("plugins", "disable", "tlzoo-text")
    tlzoo("bench", "local/pictures", "--engine", "tensorflow", "--quiet")
    pin("https://example.com/weights.h5", "sha256:" + 64 * "0", 1000, "local/weights.v1: weights", "first use")


def write_reviews(path: Path) -> None:
    """Write 80 texts of two classes."""
    labels = {"good": "good", "fine": "good", "bad": "bad", "poor": "bad"}
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        for number, word in product(range(20), labels):
            writer.writerow((f"the {word} film {number}", labels[word]))


def train(name: str, *words: str) -> None:
    """Train, and give the run a name without a date."""
    tlzoo("train", *words, "--out", "runs/new")
    keep(name)


def interrupt(name: str, *words: str) -> None:
    """Train, and kill the process once the second phase has a checkpoint within it."""
    command = [sys.executable, "-m", "tlzoo.cli", "train", *words, "--out", "runs/new"]
    with subprocess.Popen(command) as process:
        while not list(Path("runs/new").glob("*/checkpoints/phase-02*partial*")):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    keep(name)


def tlzoo(*words: str) -> None:
    """Run a command in this process."""
    from tlzoo.cli import main as run

    if run(list(words)):
        raise SystemExit(f"tlzoo {' '.join(words)} failed")


def keep(name: str) -> None:
    """Give the one folder under ``runs/new`` a name without a date."""
    (path,) = Path("runs/new").iterdir()
    path.rename(f"runs/{name}")
    Path("runs/new").rmdir()


if __name__ == "__main__":
    main()
