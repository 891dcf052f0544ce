"""Open data source strings with their data adapters; imported modules need consent."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from tlzoo.errors import DataError, UsageError
from tlzoo.progress import Progress
from tlzoo.runs.consent.source_loader import importing
from tlzoo.runs.consent.user_code import require_consent, source_reference

if TYPE_CHECKING:
    from tlzoo.data import Samples, TrainerData

__all__ = ["note_set_aside", "open_any", "open_source", "open_trainer_data"]


def open_source(source: str, progress: Progress, missing: Mapping[str, str] | None = None) -> Samples:
    """Open a source with labelled samples, with a note on the number of unusable inputs.

    Args:
        source: Data source, such as ``"images:photos/"``.
        progress: Receives progress and notes.
        missing: Policies for columns with empty cells; they override the options of the source.

    Returns:
        The samples.

    Raises:
        UsageError: If the source has no labelled samples.
        DataError: If it cannot be read.
    """
    from tlzoo.data import Samples
    from tlzoo.data.lookup import has_samples

    samples = open_any(source, progress, missing) if has_samples(source) else None
    if not isinstance(samples, Samples):
        raise UsageError(f"{source} has no labelled samples", "use it with `tlzoo train`")
    note_set_aside(samples, progress)
    return samples


def open_trainer_data(source: str, progress: Progress) -> TrainerData:
    """Open a source without labelled samples; raise UsageError for one that has some."""
    from tlzoo.data import Samples

    opened = open_any(source, progress)
    if isinstance(opened, Samples):
        raise UsageError(
            f"{source} has labelled samples, but the run was trained without labels", "give data of the run's kind"
        )
    return opened


def open_any(source: str, progress: Progress, missing: Mapping[str, str] | None = None) -> Samples | TrainerData:
    """Open a source of labelled samples or of data for a trainer. Raises UsageError, DataError, BytesRefusedError."""
    from tlzoo.data import Samples, TrainerData, check_labels, format_policies, parse_policies, parse_source
    from tlzoo.data.lookup import find_adapter

    parsed, adapter = parse_source(source), find_adapter(source)
    options = dict(parsed.options)
    if missing:
        options["missing"] = format_policies(parse_policies(options.get("missing", "")) | dict(missing))
    merge = options.pop("merge_labels", None)
    code = source_reference(source)
    consented = nullcontext() if code is None else importing(require_consent("data source", code).files)
    try:
        with consented:
            opened: Any = adapter(parsed.location, options, progress=progress)
    except OSError as error:
        fix = "check its name and permissions"
        raise DataError(f"{source} cannot be read: {error.strerror or error}", fix) from error
    if isinstance(opened, Samples):
        return check_labels(opened, merge)
    if not isinstance(opened, TrainerData):
        raise DataError(
            f"the adapter of {source} returned {type(opened).__name__}, not Samples or TrainerData",
            "report it to the plugin's authors",
        )
    return opened


def note_set_aside(samples: Samples, progress: Progress) -> None:
    """Note the number of unusable inputs, and the first of them."""
    if samples.set_aside:
        count = len(samples.set_aside)
        first = samples.set_aside[0]
        what = "1 unusable input skipped" if count == 1 else f"{count} unusable inputs skipped, for example"
        progress.note(f"{what}: {first.name}: {first.reason}")
