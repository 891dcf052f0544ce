"""Trains the backbone on the glyph bank, from the latest checkpoint if there is one. Writes weights and log."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from pretrain import log as logs
from pretrain.glyphs import bank, classes
from pretrain.glyphs.fonts import HERE
from pretrain.glyphs.sampling import Batches, held_out_drawings, training_drawings
from pretrain.glyphs.trainer import Settings, Trainer
from pretrain.threads import use_threads

LOG = HERE / "glyphs.log.jsonl"
OFTEN, OFTEN_UNTIL, SELDOM = 20, 400, 200
EVALUATE_EVERY = 600


def logged(step: int) -> bool:
    """Return whether this step is logged: every 20 steps up to 400, then every 200."""
    return step % (OFTEN if step <= OFTEN_UNTIL else SELDOM) == 0


def run(settings: Settings, glyphs: bank.Bank, *, log: Path, checkpoints: Path, weights: Path) -> None:
    """Train to `settings.steps`, append to `log`, save checkpoints, and save the backbone's weights at the end."""
    trainer = Trainer(settings, len(classes.read()))
    trainer.restore(checkpoints)
    logs.begin(log, settings.as_dict(), glyphs.digest, int(trainer.step))
    batches = Batches(training_drawings(glyphs), settings.batch_size, settings.seed)
    unseen = held_out_drawings(glyphs)
    losses, accuracies, since = [], [], time.monotonic()
    for step in range(int(trainer.step), settings.steps):
        loss, accuracy = trainer.train(*batches.at(step))
        losses.append(loss)
        accuracies.append(accuracy)
        done = step + 1
        if logged(done) or done == settings.steps:
            entry: dict[str, float | int] = {
                "step": done,
                "loss": round(sum(float(value) for value in losses) / len(losses), 5),
                "accuracy": round(sum(float(value) for value in accuracies) / len(accuracies), 4),
                "learning_rate": round(settings.rate_at(step), 6),
                "images_per_second": round(len(losses) * settings.batch_size / (time.monotonic() - since)),
            }
            if done % EVALUATE_EVERY == 0 or done == settings.steps:
                entry["held_out_accuracy"] = round(trainer.accuracy(unseen), 4)
                trainer.save(checkpoints)
                trainer.backbone.save_weights(weights)
            logs.append(log, entry)
            losses, accuracies, since = [], [], time.monotonic()


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    defaults = Settings()
    parser.add_argument("--bank", type=Path, default=bank.DEFAULT, help="where the drawings are kept")
    parser.add_argument("--checkpoints", type=Path, default=bank.DEFAULT.parent / "checkpoints", help="folder")
    parser.add_argument("--weights", type=Path, default=bank.DEFAULT.parent / "glyphnet.glyphs.weights.h5", help="to")
    parser.add_argument("--log", type=Path, default=LOG, help="JSON lines")
    parser.add_argument("--threads", type=int, default=2, help="of TensorFlow")
    for name, value in defaults.as_dict().items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value, help="see trainer.Settings")
    arguments = parser.parse_args()
    use_threads(arguments.threads)
    settings = Settings(**{name: getattr(arguments, name) for name in defaults.as_dict()})
    run(
        settings,
        bank.load(arguments.bank),
        log=arguments.log,
        checkpoints=arguments.checkpoints,
        weights=arguments.weights,
    )


if __name__ == "__main__":
    main()
