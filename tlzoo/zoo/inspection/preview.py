"""Preview of an augmentation: a contact sheet of images, or texts with their augmented versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import DataError, UsageError
from tlzoo.files.atomic import atomic_write
from tlzoo.modalities import require_modality
from tlzoo.training import kept_view

if TYPE_CHECKING:
    from tlzoo.data import Dataset
    from tlzoo.modalities.augmentation import Augmenter
    from tlzoo.training import View

__all__ = ["Preview", "preview"]


@dataclass(frozen=True, slots=True)
class Preview:
    """Result of a preview. ``out`` is the image file; ``texts`` has each text with its augmented versions."""

    source: str
    policy: str
    options: Mapping[str, Any]
    samples: tuple[str, ...]
    out: str | None
    texts: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return what ``tlzoo data preview --json`` prints."""
        return {
            "source": self.source,
            "augment": {"name": self.policy, **self.options},
            "samples": list(self.samples),
            "out": self.out,
            "texts": [{"text": text, "versions": versions} for text, *versions in self.texts],
            "notes": list(self.notes),
        }


def preview(
    data: Dataset,
    policy: str,
    options: Mapping[str, Any],
    out: Path,
    *,
    backbone: str | None = None,
    image_size: int | None = None,
    seed: int = 0,
    count: int = 6,
    versions: int = 6,
) -> Preview:
    """Augment some training samples of all classes, exactly as in the first views of a run with this seed.

    Images are written to ``out`` as PNG, preprocessed for the backbone or resized to ``image_size`` (96). Raises
    UsageError for invalid options and for augmentations without effect; DataError if ``out`` is not writable.
    """
    from tlzoo.modalities.augmentation import augmentation_of, augmenter, suited

    wanted = augmentation_of(policy, options, data.examples.modality)
    augment, notes = (None, ()) if wanted is None else suited(wanted, options, data)
    if augment is None:
        raise UsageError(
            f"augmentation {policy!r} changes nothing in {data.source}", "; ".join(notes) or "try --augment standard"
        )
    chosen = _chosen(data, count)
    samples = _prepared(data, chosen, backbone, image_size)
    change = augmenter(augment, samples.shape[1:])
    made = [_version(change, samples, chosen, kept_view(seed, number)) for number in range(versions)]
    shown = require_modality(data.examples.modality).preview(samples, made)
    if isinstance(shown, bytes):
        _write_sheet(out, shown)
    return Preview(
        source=data.source,
        policy=policy,
        options=augment.model_dump(mode="json", exclude_none=True),
        samples=tuple(data.examples.name(int(index)) for index in chosen),
        out=str(out) if isinstance(shown, bytes) else None,
        texts=() if isinstance(shown, bytes) else shown,
        notes=notes,
    )


def _chosen(data: Dataset, count: int) -> np.ndarray:
    """Return positions of training samples, spread over the classes, or over the split if there are no classes."""
    train = data.train
    if data.task.exclusive:
        train = train[np.argsort(data.labels[train], kind="stable")]
    return train[np.linspace(0, len(train) - 1, min(count, len(train))).astype(np.int64)]


def _prepared(data: Dataset, chosen: np.ndarray, backbone: str | None, image_size: int | None) -> np.ndarray:
    from tlzoo.backbones import LoadRequest, load_backbone

    size = None if image_size is None else (image_size, image_size)
    if backbone is None:
        prepare = require_modality(data.examples.modality).preview_preparation(size)
    else:
        request = LoadRequest(weights="random", image_size=size, input_shape=data.input_shape)
        prepare = load_backbone(backbone, request).preprocessing.prepare
    raw = data.examples.stream(chosen)
    samples = [each.numpy() for each in (raw if prepare is None else raw.map(prepare))]
    if len({np.shape(each) for each in samples}) > 1:
        what = (
            f"{data.source} has inputs of several sizes, which cannot be shown in a preview of {data.examples.modality}"
        )
        raise UsageError(what, "choose a backbone that resizes them: --backbone ENTRY")
    return np.stack(samples)


def _version(change: Augmenter, samples: np.ndarray, chosen: np.ndarray, view: View) -> np.ndarray:
    changed = change(samples, view.base, chosen)
    pairs = view.pairing(change, 0, len(chosen))
    return np.asarray(changed if pairs is None else change.mixed(changed, pairs))


def _write_sheet(out: Path, encoded: bytes) -> None:
    try:
        with atomic_write(out) as stream:
            stream.write(encoded)
    except OSError as error:
        raise DataError(f"{out} cannot be written: {error.strerror or error}", "choose another --out") from error
