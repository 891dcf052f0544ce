"""Inspection of a data source, by itself and with a backbone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tlzoo.zoo.inspection.label_errors import likely_label_errors

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.data import Inspection, Samples
    from tlzoo.progress import Progress
    from tlzoo.registry import Entry

__all__ = ["Inspected", "inspect_source"]

_MOST = 50_000
_SLOW = 5_000


@dataclass(frozen=True, slots=True)
class Inspected:
    """An inspection with its samples."""

    found: Inspection
    samples: Samples


def inspect_source(
    source: str, *, missing: Mapping[str, str] | None = None, backbone: str | None = None, progress: Progress
) -> Inspected:
    """Open and inspect a data source.

    Rows with empty cells without a policy in ``missing`` are skipped, and ``problem`` of the inspection reports them:
    training refuses such data. ``backbone`` is an entry of the same modality. It adds token counts and likely wrong
    labels, for up to 50,000 samples.
    """
    from tlzoo.backbones import LoadRequest, load_backbone
    from tlzoo.data import MissingError, inspect
    from tlzoo.modalities import check_data
    from tlzoo.plugins import catalog
    from tlzoo.runs import open_source

    entry = None if backbone is None else catalog().get(backbone)
    if entry is not None:
        catalog().require_installed(entry)
    try:
        samples, problem = open_source(source, progress, missing), None
    except MissingError as error:
        dropped = dict(missing or {}) | dict.fromkeys(error.columns, "drop")
        samples, problem = open_source(source, progress, dropped), str(error)
    if entry is not None:
        check_data(entry, samples.examples, source)
    if len(samples.examples) >= _SLOW:
        with progress.track("looking", 2 * len(samples.examples), "samples") as advance:
            found = inspect(samples, advance)
    else:
        found = inspect(samples)
    found = replace(found, problem=problem or found.problem)
    if entry is not None:
        loaded = load_backbone(entry, LoadRequest(input_shape=samples.input_shape))
        found = _with_backbone(found, samples, entry, loaded, progress)
    return Inspected(found, samples)


def _with_backbone(
    found: Inspection, samples: Samples, entry: Entry, backbone: Backbone, progress: Progress
) -> Inspection:
    from tlzoo.modalities import require_modality
    from tlzoo.runs import count_tokens
    from tlzoo.tasks import Task
    from tlzoo.zoo.features import extract

    modality = require_modality(entry.modality)
    wrong = [
        *modality.preprocessing_problems(entry, backbone),
        *modality.data_problems(entry, backbone, samples.examples),
    ]
    found = replace(found, notes=(*found.notes, *(f"{entry.id}: {each}" for each in wrong)))
    found = replace(found, tokens=count_tokens(entry.id, backbone, samples.examples, progress, _MOST))
    if len(samples.examples) > _MOST:
        progress.note(f"no search for wrong labels: more than {_MOST:,} samples")
        return found
    if type(samples.task).doubts is Task.doubts:
        progress.note(f"no search for wrong labels: labels of {samples.task.kind} are not compared with neighbours")
        return found
    features = extract(samples, backbone, (), "declared", progress).features
    return replace(found, suspects=likely_label_errors(samples, features))
