"""Train the backbone on the bank; goes on from the latest checkpoint. Writes the weights and the log."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from pretrain import log as logs
from pretrain.colour import bank
from pretrain.colour.sampling import Batches
from pretrain.colour.trainer import Settings, Trainer
from pretrain.threads import use_threads

LOG = Path(__file__).parent / "artwork.log.jsonl"
OFTEN, OFTEN_UNTIL, SELDOM = 20, 200, 100
SAVE_EVERY = 200


def run(settings: Settings, artwork: bank.Bank, *, log: Path, checkpoints: Path, weights: Path) -> None:
    """Train to `settings.steps`, append to `log`, save checkpoints and the backbone's weights."""
    trainer = Trainer(settings, len(artwork.vocabulary))
    trainer.restore(checkpoints)
    logs.begin(log, settings.as_dict(), artwork.digest, int(trainer.step))
    shares = (settings.things, settings.scenes, settings.formulas)
    batches = Batches(artwork, shares, settings.batch_size, settings.seed)
    losses, since = [], time.monotonic()
    for step in range(int(trainer.step), settings.steps):
        losses.append(trainer.train(batches.at(step)).numpy())
        done = step + 1
        if done % (OFTEN if done <= OFTEN_UNTIL else SELDOM) == 0 or done == settings.steps:
            words, pairs, formulas = np.mean(losses, axis=0).tolist()
            entry = {
                "step": done,
                "words": round(words, 4),
                "pairs": round(pairs, 4),
                "formulas": round(formulas, 4),
                "size": settings.size_at(step),
                "learning_rate": round(settings.rate_at(step), 6),
                "views_per_second": round(2 * len(losses) * settings.batch_size / (time.monotonic() - since), 1),
            }
            logs.append(log, entry)
            if done % SAVE_EVERY == 0 or done == settings.steps:
                trainer.save(checkpoints)
                trainer.backbone.save_weights(weights)
            losses, since = [], time.monotonic()
    trainer.backbone.save_weights(weights)


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    defaults, folder = Settings(), bank.DEFAULT.parent
    parser.add_argument("--bank", type=Path, default=bank.DEFAULT, help="where the pictures are kept")
    parser.add_argument("--checkpoints", type=Path, default=folder / "colour-checkpoints", help="folder")
    parser.add_argument("--weights", type=Path, default=folder / "colournet.artwork.weights.h5", help="to")
    parser.add_argument("--log", type=Path, default=LOG, help="JSON lines")
    parser.add_argument("--threads", type=int, default=2, help="of TensorFlow")
    for name, value in defaults.as_dict().items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value, help="see trainer.Settings")
    arguments = parser.parse_args()
    use_threads(arguments.threads, "mixed_bfloat16")
    settings = Settings(**{name: getattr(arguments, name) for name in Settings.names()})
    artwork = bank.load(arguments.bank)
    run(settings, artwork, log=arguments.log, checkpoints=arguments.checkpoints, weights=arguments.weights)


if __name__ == "__main__":
    main()
