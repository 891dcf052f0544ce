"""Functions on data sets: inspect one, preview augmentation, compute features, choose what to label next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import tlzoo
from tlzoo.api.recipe_arguments import Choice
from tlzoo.errors import UsageError
from tlzoo.progress import Progress

if TYPE_CHECKING:
    import tlzoo.backbones
    import tlzoo.data
    import tlzoo.zoo

__all__ = ["features", "inspect", "label_next", "preview"]


def inspect(
    data: tlzoo.data.DataLike,
    *,
    backbone: str | None = None,
    missing: Mapping[str, str] | None = None,
    html: str | Path | None = None,
    progress: Progress | None = None,
) -> tlzoo.data.Inspection:
    """Inspect a data set: classes, sizes, duplicates, unusable inputs and other problems.

    >>> inspection = tlzoo.inspect("images:photos/")
    >>> inspection.samples
    24

    Args:
        data: Data source, such as ``"images:photos/"``, or data in memory, such as ``(x, y)``.
        backbone: Entry of the zoo, to count tokens and to find likely wrong labels with its features.
        missing: Policies for empty cells, by column.
        html: HTML file for a page with examples.
        progress: Receives progress; None shows nothing.

    Returns:
        The findings.

    Raises:
        UsageError: If the data source or an option is invalid.
        DataError: If the data cannot be read.
    """
    from tlzoo.files.output_file import check_file
    from tlzoo.progress import Silent
    from tlzoo.runs.opening.memory import as_source
    from tlzoo.zoo.inspection.inspect import inspect_source
    from tlzoo.zoo.inspection.page import write_inspection

    if html is not None:
        check_file(Path(html), "inspection.html")
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
    """Augment some training samples and write them to an image file.

    >>> shown = tlzoo.preview("images:photos/", augment={"name": "standard", "flip": False}, samples=2, versions=3)

    Args:
        data: Data source, such as ``"images:photos/"``, or data in memory, such as ``(x, y)``.
        augment: Name of an augmentation policy, or a mapping of ``name`` and options.
        backbone: Entry of the zoo; samples are shown as it receives them.
        image_size: Size in pixels. None: 96, or that of the entry.
        samples: Number of samples.
        versions: Number of augmented versions of each sample.
        seed: Random seed, as for ``train``.
        out: PNG file for images; texts are in the returned value.
        missing: Policies for empty cells, by column.
        progress: Receives progress; None shows nothing.

    Returns:
        The samples, the file, and the versions of texts.

    Raises:
        UsageError: If the data source or an option is invalid.
        DataError: If the data cannot be read.
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
    """Return the features of a data set, computed by a backbone and cached.

    >>> extraction = tlzoo.features("images:photos/", backbone="glyphnet", out="features.npz")
    >>> rows, columns = extraction.features.shape

    Args:
        data: Data source, such as ``"images:photos/"``, or data in memory, with or without labels.
        backbone: Entry of the zoo.
        out: ``.parquet`` or ``.npz`` file for the features, with labels and names.
        stages: Names of stages to concatenate. Empty: the last stage.
        pooling: Pooling of the last stage.
        image_size: Height and width of images in pixels. None: those of the entry.
        sequence_length: Maximum number of tokens of a text. None: that of the entry.
        weights: ``"pretrained"`` or ``"random"``.
        offline: If True, nothing is downloaded. None: ``TLZOO_OFFLINE``.
        trust_on_first_use: If True, files without a published hash are accepted, and their present hash is pinned.
        progress: Receives progress; None shows nothing.

    Returns:
        ``features``, float32 (N, D), and ``stages``, the number of columns of each stage.

    Raises:
        UsageError: If a stage, a pooling or a file name is invalid.
        EntryError: If the entry is unknown or cannot be loaded.
        DataError: If the data cannot be read.
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


def label_next(
    run: tlzoo.runs.Run | str | Path,
    pool: tlzoo.data.DataLike,
    *,
    count: int = 50,
    csv: str | Path | None = None,
    html: str | Path | None = None,
    seed: int = 0,
    data: tlzoo.data.DataLike | None = None,
    trust: bool = False,
    progress: Progress | None = None,
) -> tlzoo.zoo.ToLabel:
    """Choose the samples of an unlabelled pool to label next.

    Samples are drawn whose labels would change a linear head most, and in different ways (BADGE, Ash et al. 2020, arXiv
    1906.03671). Labels in the pool are not used. Samples of the run's data, and repeated ones, are left out.

    >>> chosen = tlzoo.label_next("runs/photos", "digits:", count=3, csv="next.csv")
    >>> len(chosen)
    3

    Args:
        run: The run, or its folder.
        pool: Data source of inputs of the run's modality, or data in memory, with or without labels.
        count: Number of samples to choose.
        csv: File for the samples, with an empty column ``label``.
        html: HTML file for a page that shows the samples.
        seed: Random seed of the draws.
        data: The data of the run again, if they were in memory and this process does not have them.
        trust: If True, code that the run names may be executed.
        progress: Receives progress and notes; None shows nothing.

    Returns:
        The chosen samples, the most uncertain first, as a sequence that displays as a table.

    Raises:
        UsageError: If the pool has another modality or other columns, an argument is invalid, or a file cannot be
            written.
        DataError: If the pool cannot be read, or has no new sample.
        RunError: If the run is not finished, or its data or backbone has changed.
        BytesRefusedError: If the folder was changed, or needs ``trust``.
    """
    from tlzoo.files.output_file import check_file
    from tlzoo.progress import Silent
    from tlzoo.runs import Run
    from tlzoo.runs.opening.memory import as_source, give_again
    from tlzoo.zoo.labelling.label_next import label_next as choose_samples
    from tlzoo.zoo.labelling.page import write_sheet

    if csv is not None and html is not None and Path(csv) == Path(html):
        raise UsageError(f"{csv} is named for the table and for the page", "give two files")
    for path, example in ((csv, "next.csv"), (html, "next.html")):
        if path is not None:
            check_file(Path(path), example)
    opened = run if isinstance(run, Run) else Run(Path(run))
    _kept = give_again(opened.recipe, {"data": data}, progress)
    source, _held = as_source(pool, progress, labelled=False, like=opened.recipe.data)
    with opened.trusting(trust):
        choice = choose_samples(opened, source, count, seed, progress or Silent())
    if csv is not None:
        choice.found.save(csv)
    if html is not None:
        write_sheet(Path(html), choice)
    return choice.found
