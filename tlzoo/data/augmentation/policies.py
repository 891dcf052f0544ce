"""Named sets of options: ``none``, ``light``, ``standard``, ``strong``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from tlzoo.data.augmentation.options import Augmentation, ImageAugmentation, TextAugmentation
from tlzoo.errors import UsageError, did_you_mean

__all__ = ["POLICIES", "augmentation_of"]

_LIGHT = {"flip": True, "crop": 0.1, "brightness": 0.1, "contrast": 0.1}
_STANDARD = {
    "flip": True,
    "crop": 0.2,
    "rotate": 10.0,
    "shear": 0.1,
    "zoom": 0.1,
    "brightness": 0.2,
    "contrast": 0.2,
    "saturation": 0.2,
    "hue": 0.02,
}
_STRONG = {
    "flip": True,
    "crop": 0.4,
    "rotate": 15.0,
    "shear": 0.15,
    "zoom": 0.2,
    "brightness": 0.3,
    "contrast": 0.3,
    "saturation": 0.3,
    "hue": 0.05,
    "randaugment": 2,
    "magnitude": 7.0,
    "mixup": 0.2,
    "cutmix": 1.0,
}

POLICIES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "none": {"vision": {}, "text": {}},
    "light": {"vision": _LIGHT, "text": {"word_dropout": 0.05}},
    "standard": {"vision": _STANDARD, "text": {"word_dropout": 0.1}},
    "strong": {"vision": _STRONG, "text": {"word_dropout": 0.2}},
}
"""Options by policy and modality; what a policy does not name is off."""

_KINDS: Mapping[str, type[Augmentation]] = {each.modality: each for each in (ImageAugmentation, TextAugmentation)}


def augmentation_of(policy: str, options: Mapping[str, Any], modality: str) -> Augmentation | None:
    """Return the policy's operations on samples of this modality, ``options`` over its own; None where nothing is on.

    Raises UsageError for an unknown policy or option, a value of a wrong kind, a modality without augmentation, or
    views together with MixUp or CutMix, which pair samples anew at every step.
    """
    if policy not in POLICIES:
        raise UsageError(f"no augmentation {policy!r}", did_you_mean(policy, POLICIES))
    if modality not in _KINDS:
        if policy == "none" and not options:
            return None
        raise UsageError(f"there is no augmentation of {modality}", f"it is for {' and '.join(_KINDS)}")
    made = _validated(_KINDS[modality], policy, {**POLICIES[policy][modality], **options}, options)
    return made if made.active else None


def _validated(kind: type[Augmentation], policy: str, values: dict[str, Any], given: Mapping[str, Any]) -> Augmentation:
    if values.get("views") is not None:
        for name in {"mixup", "cutmix"} & values.keys():
            if given.get(name):
                raise UsageError(
                    f"augmentation {policy!r}: {name} pairs samples anew at every step, which views cannot keep",
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
        said = f"{first['msg']} (received {first['input']!r})"
        raise UsageError(f"augmentation {policy!r}, option {field!r}: {said}") from error
