"""Verbs on data sets: what is in one, what augmentation makes of it, its features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import tlzoo
from tlzoo.api.recipe_arguments import Choice
from tlzoo.progress import Progress

if TYPE_CHECKING:
    import tlzoo.backbones
    import tlzoo.data
    import tlzoo.zoo

__all__ = ["features", "inspect", "preview"]


def inspect(
    data: tlzoo.data.DataLike,
    *,
    backbone: str | None = None,
    missing: Mapping[str, str] | None = None,
    html: str | Path | None = None,
    progress: Progress | None = None,
) -> tlzoo.data.Inspection:
    """Return what is in a data set: classes, sizes, duplicates, problems. ``tlzoo data inspect``.

    Args:
        data: A data source, such as ``"images:photos/"``, or data in memory.
        backbone: An entry that also counts tokens and finds likely wrong labels.
        missing: What to do about empty cells, by column.
        html: Also write a page with examples to this file.
        progress: Shows how much is read.
    """
    from tlzoo.progress import Silent
    from tlzoo.runs.opening.memory import as_source
    from tlzoo.zoo.inspection.inspect import inspect_source
    from tlzoo.zoo.inspection.page import check_page, write_inspection

    if html is not None:
        check_page(Path(html))
    source, _kept = as_source(data, progress, labelled=False)
    inspected = inspect_source(source, missing=missing, backbone=backbone, progress=progress or Silent())
    if html is not None:
        write_inspection(Path(html), inspected)
    return inspected.found


def preview(
    data: tlzoo.data.DataLike,
    *,
    augment: Choice = "standard",
    backbone: str | None = None,
    image_size: int | None = None,
    samples: int = 6,
    versions: int = 6,
    seed: int = 0,
    out: str | Path = "preview.png",
    missing: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> tlzoo.zoo.Preview:
    """Augment some training samples and write a contact sheet of them. ``tlzoo data preview``.

    Args:
        data: A data source, such as ``"images:photos/"``, or data in memory.
        augment: Name of a policy, or a mapping of ``name`` and options.
        backbone: An entry: samples are shown as it takes them.
        image_size: Size in pixels; default 96, or the entry's own.
        samples: How many samples are shown.
        versions: How many versions of each.
        seed: As a run's.
        out: The PNG file for images; texts are in the returned value.
        missing: What to do about empty cells, by column.
        progress: Shows how much is read.
    """
    from tlzoo.api.recipe_arguments import named_choice
    from tlzoo.data import split
    from tlzoo.progress import Silent
    from tlzoo.runs import open_source
    from tlzoo.runs.opening.memory import as_source
    from tlzoo.zoo.inspection.preview import preview as preview_data

    policy = named_choice(augment)
    source, _kept = as_source(data, progress, labelled=False)
    opened = open_source(source, progress or Silent(), missing)
    return preview_data(
        split(opened, seed=seed),
        policy.name,
        policy.options,
        Path(out),
        backbone=backbone,
        image_size=image_size,
        seed=seed,
        count=samples,
        versions=versions,
    )


def features(
    data: tlzoo.data.DataLike,
    *,
    backbone: str,
    out: str | Path | None = None,
    stages: Sequence[str] = (),
    pooling: tlzoo.backbones.Pooling = "declared",
    image_size: int | None = None,
    sequence_length: int | None = None,
    weights: Literal["pretrained", "random"] = "pretrained",
    offline: bool | None = None,
    trust_on_first_use: bool | None = None,
    progress: Progress | None = None,
) -> tlzoo.zoo.Extraction:
    """Return the features that a backbone computes of a data set, from the cache where it has them. ``tlzoo features``.

    Args:
        data: A data source, such as ``"images:photos/"``, or data in memory, with labels or without.
        backbone: An entry of the zoo.
        out: Also write them to this ``.parquet`` or ``.npz`` file, with labels and names.
        stages: Names of stages, whose features stand side by side; none for the last.
        pooling: Of the last stage.
        image_size: Size in pixels; default the entry's own.
        sequence_length: Tokens of a text; default the entry's own.
        weights: ``"pretrained"`` or ``"random"``.
        offline: True downloads nothing.
        trust_on_first_use: True takes files without a published hash.
        progress: Shows how many are done.

    Returns the array ``features``, float32 (N, D), and ``stages``: how many columns each stage has.
    """
    from tlzoo.progress import Silent
    from tlzoo.zoo.feature_files import check_feature_file

    if out is not None:
        check_feature_file(Path(out))
    from tlzoo.artifacts import using
    from tlzoo.backbones import LoadRequest, load_backbone
    from tlzoo.modalities import check_data
    from tlzoo.plugins import catalog
    from tlzoo.runs import open_source
    from tlzoo.runs.opening.memory import as_source
    from tlzoo.zoo.feature_files import write_features
    from tlzoo.zoo.features import extract

    shown = progress or Silent()
    entry = catalog().get(backbone)
    source, _kept = as_source(data, progress, labelled=False)
    samples = open_source(source, shown)
    check_data(entry, samples.examples, source)
    size = None if image_size is None else (image_size, image_size)
    request: Any = LoadRequest(
        weights=weights, image_size=size, sequence_length=sequence_length, input_shape=samples.input_shape
    )
    with using(offline=offline, trust_on_first_use=trust_on_first_use, progress=progress):
        loaded = load_backbone(entry, request)
    extraction = extract(samples, loaded, stages, pooling, shown)
    if out is not None:
        write_features(Path(out), samples, extraction, entry.id)
    return extraction
