"""Named sets of options: ``none``, ``light``, ``standard``, ``strong``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.modalities.augmentation.keras_layers import KerasAugmentation, KerasAugmenter
from tlzoo.modalities.augmentation.options import Augmentation
from tlzoo.modalities.lookup import require_modality

if TYPE_CHECKING:
    from tlzoo.data.contract import Dataset
    from tlzoo.modalities.augmentation.augmenter import Augmenter

__all__ = ["KERAS", "POLICIES", "augmentation_of", "augmenter", "suited"]

POLICIES = ("none", "light", "standard", "strong")
"""The names of policies. A modality defines their options."""

_LABELS = {"map": "label maps", "boxes": "boxes", "sequence": "labels of positions"}

KERAS = "keras"
"""The policy with Keras layers in its option ``layers``, for array samples of any modality."""


def augmentation_of(policy: str, options: Mapping[str, Any], modality: str) -> Augmentation | None:
    """Return the policy's operations for a modality, with ``options`` over its defaults; None without operations.

    Raises:
        UsageError: For an unknown policy or option, a value of the wrong type, a modality without augmentation, or
            views together with MixUp or CutMix, which pair samples at every step.
    """
    if policy == KERAS:
        layers = _validated(KerasAugmentation, policy, dict(options), options)
        return layers if layers.active else None
    if policy not in POLICIES:
        raise UsageError(f"unknown augmentation {policy!r}", did_you_mean(policy, POLICIES))
    found = require_modality(modality)
    kind = found.augmentation()
    if kind is None:
        if policy == "none" and not options:
            return None
        raise UsageError(f"{modality} cannot be augmented", "leave out `augment`")
    made = _validated(kind, policy, {**found.policies().get(policy, {}), **options}, options)
    return made if made.active else None


def augmenter(options: Augmentation, shape: tuple[int, ...]) -> Augmenter:
    """Return the augmenter of samples of this shape. Raises UsageError if they cannot be augmented."""
    if isinstance(options, KerasAugmentation):
        return KerasAugmenter(options, shape)
    return require_modality(options.modality).augmenter(options, shape)


def suited(options: Augmentation, asked: Collection[str], data: Dataset) -> tuple[Augmentation | None, tuple[str, ...]]:
    """Return the augmentation without operations unsuitable for the data (or None), and notes on the removed ones.

    ``asked`` are the options set by the user. Raises UsageError for an operation that the user asked for and that
    cannot change the labels of the task together with the samples.
    """
    if data.task.output_form != "vector":
        options, notes = _on_labels(options, asked, data)
        if not options.active:
            return None, notes
        left, more = _suited_to_inputs(options, asked, data)
        return left, (*notes, *more)
    return _suited_to_inputs(options, asked, data)


def _suited_to_inputs(
    options: Augmentation, asked: Collection[str], data: Dataset
) -> tuple[Augmentation | None, tuple[str, ...]]:
    """Return the augmentation without operations unsuitable for the inputs (or None), and notes."""
    if isinstance(options, KerasAugmentation):  # the user chose each layer
        return options, ()
    return require_modality(options.modality).suited(options, asked, data)


def _on_labels(options: Augmentation, asked: Collection[str], data: Dataset) -> tuple[Augmentation, tuple[str, ...]]:
    """Return the augmentation without operations that cannot be applied to label maps or boxes, and notes."""
    kind, labels = type(options), _LABELS[data.task.output_form]
    if data.task.output_form not in kind.moves:
        raise UsageError(
            f"{data.source} is {data.task.kind}: this augmentation does not move {labels} together with the inputs",
            "use no augmentation, and no strategy with augmented samples"
            + (", or a policy such as standard" if kind is KerasAugmentation and labels != _LABELS["sequence"] else ""),
        )
    out = sorted(name for name in kind.moves[data.task.output_form] if getattr(options, name))
    for name in out:
        if name in asked:
            raise UsageError(f"{data.source} is {data.task.kind}, which {name} cannot augment", f"leave out {name}")
    left = kind(**{**options.model_dump(), **dict.fromkeys(out, 0)})
    return left, (f"augmentation leaves out {', '.join(out)}, which cannot be applied to {labels}",) if out else ()


def _validated(kind: type[Augmentation], policy: str, values: dict[str, Any], given: Mapping[str, Any]) -> Augmentation:
    if values.get("views") is not None:
        for name in kind.pairs & values.keys():
            if given.get(name):
                raise UsageError(
                    f"augmentation {policy!r}: {name} pairs samples at every step, which views cannot cache",
                    f"leave out views, or {name}",
                )
            values[name] = 0
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = next((each for each in error.errors() if each["type"] == "extra_forbidden"), error.errors()[0])
        field = ".".join(str(part) for part in first["loc"][:1])
        if first["type"] == "extra_forbidden":
            what = f"augmentation {policy!r} of {kind.modality} has no option {field!r}"
            raise UsageError(what, did_you_mean(field, kind.model_fields)) from error
        message = str(first["msg"]).removeprefix("Value error, ")
        said = f"{message} (got {first['input']!r:.80})"
        raise UsageError(f"augmentation {policy!r}, option {field!r}: {said}") from error
