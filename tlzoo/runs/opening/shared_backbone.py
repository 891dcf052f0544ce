"""Backbone that the runs of a set share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone, LoadRequest

__all__ = ["SharedBackbone"]


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A backbone with the request that it was loaded for, its notes, and the hashes of its variables."""

    backbone: Backbone
    request: LoadRequest
    notes: tuple[str, ...]
    trainable: tuple[bool, ...]
    digests: Mapping[str, str]


@final
@dataclass(slots=True)
class SharedBackbone:
    """Pretrained backbone that several runs use one after the other.

    It is loaded once, and loaded again for the run after one that changed a variable. So each run starts with the
    variables that it would have alone.
    """

    _known: _Loaded | None = field(default=None)

    def get(
        self, request: LoadRequest, load: Callable[[], Backbone], check: Callable[[Backbone], tuple[str, ...]]
    ) -> tuple[Backbone, tuple[str, ...]]:
        """Return the backbone for a request and the notes on it, from an earlier run if possible.

        Args:
            request: The request. Pretrained weights do not depend on its seed; random ones are not shared.
            load: Loads the backbone.
            check: Returns notes on a loaded backbone.

        Returns:
            The backbone, with all its layers as trainable as after loading, and the notes.
        """
        from dataclasses import replace

        from tlzoo.training.checkpoints import digests

        wanted = replace(request, seed=0)
        if self._known is not None and self._known.request == wanted and _restored(self._known):
            return self._known.backbone, self._known.notes
        self._known = None  # free the memory first
        backbone = load()
        notes = check(backbone)
        if request.weights == "pretrained" and _is_restorable(backbone):
            model = backbone.model
            trainable = tuple(layer.trainable for layer in model._flatten_layers())
            self._known = _Loaded(backbone, wanted, notes, trainable, digests(_variables(backbone)))
        return backbone, notes


def _restored(known: _Loaded) -> bool:
    """Make the layers as trainable as after loading; return whether all variables have their values of then."""
    from tlzoo.training.checkpoints import digests

    for layer, trainable in zip(known.backbone.model._flatten_layers(), known.trainable, strict=True):
        layer.trainable = trainable
    return digests(_variables(known.backbone)) == known.digests


def _is_restorable(backbone: Backbone) -> bool:
    """Return whether Keras's flags are the only state of the layers: a module of TensorFlow Hub has more."""
    from tlzoo.backbones import HubLayer

    return not any(isinstance(layer, HubLayer) for layer in backbone.model._flatten_layers())


def _variables(backbone: Backbone) -> dict[str, Any]:
    """Return all variables of the model, also the states of random layers."""
    return {f"{number} {variable.path}": variable for number, variable in enumerate(backbone.model.variables)}
