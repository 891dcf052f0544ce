"""Add entries of your own, from the Hugging Face Hub, Kaggle, TensorFlow Hub, or a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import EntryError, UsageError
from tlzoo.progress import Progress
from tlzoo.registry import Entry, add_own_entry, plain

if TYPE_CHECKING:
    from tlzoo.testing import Report

__all__ = ["AddedRepository", "add_entry", "add_repository"]


def add_entry(
    handle: str,
    *,
    name: str | None = None,
    preprocessor: str | None = None,
    output_key: str | None = None,
    licence: str | None = None,
    registry: str | Path | None = None,
    offline: bool | None = None,
    trust_on_first_use: bool | None = None,
    trust: Sequence[str] = (),
    progress: Progress | None = None,
) -> Entry:
    """Add an entry of your own for a Hugging Face repository, a model on Kaggle, a TF Hub module or a SavedModel.

    A repository is pinned to its present commit or version, and the backbone has to pass the conformance checks.

    >>> entry = tlzoo.add_entry("hf://facebook/dinov2-small")  # doctest: +SKIP
    >>> entry.id  # doctest: +SKIP
    'local/dinov2-small.facebook'

    Args:
        handle: ``hf://OWNER/NAME`` or ``hf://OWNER/NAME@REVISION``;
            ``kaggle://OWNER/MODEL/FRAMEWORK/VARIATION/VERSION``; URL of a module or an archive, or a folder.
        name: Id of the entry, ``local/NAME``. None: from the name of the repository or module.
        preprocessor: Text preprocessing module of a TensorFlow Hub module.
        output_key: Output of a module to use as features, if there are several.
        licence: SPDX expression of the weights. None: that of the model card or of Kaggle, else unknown.
        registry: Registry to write. None: the one in the settings folder.
        offline: If True, nothing is downloaded. None: ``TLZOO_OFFLINE``.
        trust_on_first_use: If True, files without a published hash are accepted, and their present hash is pinned.
        trust: Handles of modules that may use operations refused otherwise.
        progress: Receives progress and notes; None shows nothing.

    Returns:
        The entry.

    Raises:
        UsageError: If the handle, the name or the licence is invalid, or the name is taken.
        EntryError: If no plugin has a loader for it, a download fails, or a check fails. Nothing is written.
        BytesRefusedError: If a file is refused.
    """
    from tlzoo.artifacts import using
    from tlzoo.runs import trust_named
    from tlzoo.zoo.publishing.add_module import add_module
    from tlzoo.zoo.publishing.import_repository import is_repository

    path, trusted = None if registry is None else Path(registry), trust_named(trust) or None
    module = not is_repository(handle)
    if not module and (preprocessor is not None or output_key is not None):
        raise UsageError(f"{handle} takes no preprocessor and no output_key", "remove them")
    with using(offline=offline, trust_on_first_use=trust_on_first_use, trusted=trusted, progress=progress):
        if not module:
            return add_repository(handle, name, licence=licence, path=path).entry
        return add_module(
            handle, name, preprocessor=preprocessor, output_key=output_key, licence=licence, path=path
        ).entry


@dataclass(frozen=True, slots=True)
class AddedRepository:
    """The new entry of a repository, its registry, and the results of its checks."""

    entry: Entry
    path: Path
    checks: Report

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        checks = self.checks.to_json()
        return {"id": self.entry.id, "path": str(self.path), "entry": plain(self.entry), "checks": checks}


def add_repository(
    handle: str, name: str | None = None, *, licence: str | None = None, path: Path | None = None
) -> AddedRepository:
    """Import a repository, check and measure the backbone, and write the entry; see ``add_entry``."""
    from tlzoo.zoo.publishing.import_repository import import_repository

    entry, checks = _checked(import_repository(handle, name, licence=licence, path=path))
    return AddedRepository(entry, add_own_entry(entry, path), checks)


def _checked(entry: Entry) -> tuple[Entry, Report]:
    """Return the entry with its measured figures, and the results of its checks; raise EntryError if one fails."""
    from tlzoo.artifacts import settings, using
    from tlzoo.testing import BACKBONE_CHECKS, BackboneSubject, Session
    from tlzoo.zoo.benching.static_figures import measure_backbone

    subject = BackboneSubject(entry)
    with settings().progress.track(f"checking {entry.id}", len(BACKBONE_CHECKS), "checks") as advance:
        session = Session(subject, lambda _result: advance(1))
        with using(estimate_memory=True):  # at the first load alone, which all other checks need: others are as large
            session.result(BACKBONE_CHECKS[0])
        report = session.report(BACKBONE_CHECKS)
    failed = [each for each in report.results if each.outcome == "failed"]
    if failed:
        first = f"{failed[0].name}: {failed[0].reason}"
        raise EntryError(
            f"{entry.id}: {len(failed)} of {report.run} checks failed, and nothing was written: {first}",
            "report this to the authors of the loader's plugin",
        )
    measured = measure_backbone(subject.backbone)
    features = replace(entry.features, shape=measured.feature_shape)
    return replace(entry, measured=measured, features=features), report
