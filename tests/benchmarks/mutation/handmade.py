"""Twenty faults chosen by hand, each one line of the core or of a plugin."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

from .mutant import Mutant, mutant


class Fault(NamedTuple):
    """A fault: ``old`` occurs exactly once in ``file`` and is replaced by ``new``."""

    name: str
    what: str
    file: str
    old: str
    new: str


FAULTS = (
    Fault(
        "split-off-by-one",
        "the test split takes a sample of validation",
        "tlzoo/data/splitting/split.py",
        "(len(own) - first - second, len(own) - second)",
        "(len(own) - first - second, len(own) - second - 1)",
    ),
    Fault(
        "budget-without-validation",
        "validation samples do not count towards the label budget",
        "tlzoo/data/splitting/split.py",
        "budget = min(per_class, len(own) - kept_for_test)",
        "budget = min(per_class + _validation_share(per_class), len(own) - kept_for_test)",
    ),
    Fault(
        "classes-reversed",
        "class names are in reverse order of the labels",
        "tlzoo/data/adapters/folder_layout.py",
        "return tuple(classes), files, aside",
        "return tuple(classes[::-1]), files, aside",
    ),
    Fault(
        "class-weights-inverted",
        "frequent classes weigh more",
        "tlzoo/data/balance.py",
        "np.asarray(len(labels) / (max(1, (counts > 0).sum()) * np.maximum(counts, 1)))",
        "np.asarray((counts > 0).sum() * np.maximum(counts, 1) / len(labels))",
    ),
    Fault(
        "orientation-ignored",
        "the EXIF orientation of a JPEG is not applied",
        "tlzoo/modalities/vision/image_files/decoding.py",
        "tf.ensure_shape(upright(pixels, encoded, exif), (",
        "tf.ensure_shape(pixels, (",
    ),
    Fault(
        "mean-and-deviation-swapped",
        "the mean and the standard deviation of the pixels are exchanged",
        "tlzoo/backbones/images.py",
        "for average, each in zip(mean, std, strict=True)",
        "for each, average in zip(mean, std, strict=True)",
    ),
    Fault(
        "frozen-variable-trains",
        "the optimizer gets frozen variables too",
        "tlzoo/training/planning.py",
        "return [(sorted(trained), float(phase.rates))]",
        "return [(sorted(network.variables), float(phase.rates))]",
    ),
    Fault(
        "frozen-statistics-move",
        "BatchNorm statistics of frozen stages move",
        "tlzoo/training/phases/intents.py",
        "return bool(paths & trained)",
        'return phase.statistics == "trained"',
    ),
    Fault(
        "rate-of-another-stage",
        "each group of stages trains at the learning rate of another group",
        "tlzoo/training/phases/optimization.py",
        "each.learning_rate.assign(rates[position])",
        "each.learning_rate.assign(rates[-1 - position])",
    ),
    Fault(
        "seed-not-used",
        "random draws do not depend on the seed, the first of the parts",
        "tlzoo/training/seeds.py",
        "for part in parts)",
        "for part in parts[1:])",
    ),
    Fault(
        "preprocessing-not-in-key",
        "cached features do not depend on image size and preprocessing",
        "tlzoo/training/frozen/frozen_part.py",
        '"prepare": setup.backbone.preprocessing.identity,',
        '"prepare": "",',
    ),
    Fault(
        "journal-event-dropped",
        "resume loses the last event of the journal",
        "tlzoo/runs/files/journal.py",
        "self._records = _read(path)",
        "self._records = _read(path)[:-1]",
    ),
    Fault(
        "last-instead-of-best",
        "training continues from a worse phase instead of the best",
        "tlzoo/runs/executing/driver.py",
        "self.current = self.best",
        "self.current = result",
    ),
    Fault(
        "confusion-transposed",
        "rows of the confusion matrix are predictions",
        "tlzoo/tasks/classification/metrics.py",
        "metrics.confusion_matrix(truth, predicted, labels=every)",
        "metrics.confusion_matrix(predicted, truth, labels=every)",
    ),
    Fault(
        "hash-not-compared",
        "files are opened whatever their hash",
        "tlzoo/artifacts/hashing.py",
        "if found != expected:",
        "if not found:",
    ),
    Fault(
        "path-traversal",
        "an archive may write outside its folder",
        "tlzoo/artifacts/fetching/unpack.py",
        'or ".." in parts or',
        "or",
    ),
    Fault(
        "namespace-clash-missed",
        "two plugins may claim the same namespace",
        "tlzoo/registry/merging.py",
        '_claim(claims, "namespace", namespace,',
        '_claim({}, "namespace", namespace,',
    ),
    Fault(
        "where-reversed",
        "`--where 'params < 10M'` selects the larger models",
        "tlzoo/zoo/listing/where.py",
        '{"<": operator.lt,',
        '{"<": operator.gt,',
    ),
    Fault(
        "wrong-end-of-text",
        "the beginning of long texts is cut off instead of the end",
        "plugins/tlzoo-text/tlzoo_text/transformers/preparation.py",
        "parts = [self.start, first[:room], self.end]",
        "parts = [self.start, first[-room:], self.end]",
    ),
    Fault(
        "reward-discounted",
        "the reward of the present step is discounted",
        "plugins/tlzoo-rl/tlzoo_rl/training/ppo/advantages.py",
        "errors = rewards + discount * following - values",
        "errors = discount * (rewards + following) - values",
    ),
)


def handmade(root: Path) -> list[Mutant]:
    """Return the mutants of a checkout.

    Raises:
        ValueError: A fault's text does not occur exactly once, or its result is not Python.
    """
    return [_applied(root, fault) for fault in FAULTS]


def _applied(root: Path, fault: Fault) -> Mutant:
    path = root / fault.file
    source = path.read_text("utf-8") if path.is_file() else ""
    if (count := source.count(fault.old)) != 1:
        raise ValueError(
            f"{fault.name}: {fault.old!r} must occur once in {fault.file}, not {count} times; update its fault"
        )
    changed = source.replace(fault.old, fault.new)
    ast.parse(changed, fault.file)
    return mutant(fault.name, "hand", fault.file, (source, changed), fault.what)
