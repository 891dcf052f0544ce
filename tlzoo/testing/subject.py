"""A backbone entry under check: loaded when first needed, with inputs to put through it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np

from tlzoo.process.forks import refuse_fork
from tlzoo.testing.inputs import raw_inputs
from tlzoo.testing.tensors import as_arrays

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.registry import Entry

__all__ = ["BackboneSubject"]

_BATCH = 4


@final
class BackboneSubject:
    """An entry, its backbone as the plugin's loader gives it, and what that makes of a batch of made-up inputs.

    Pretrained weights are used where their files are on this machine, else random ones: nothing is fetched.
    """

    def __init__(self, entry: Entry | str) -> None:
        """Take an entry or its name; raise EntryError for an unknown one."""
        from tlzoo.plugins import catalog

        self.entry: Entry = catalog().get(entry) if isinstance(entry, str) else entry

    @property
    def title(self) -> str:
        """The entry's id."""
        return self.entry.id

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The sources of the entry's files that are not on this machine."""
        from tlzoo.artifacts import locate

        return tuple(file.source for file in self.entry.files.values() if locate(file) is None)

    @property
    def weights(self) -> Literal["pretrained", "random"]:
        """Which weights the checks use here; an entry tagged ``architecture`` has none of its own."""
        return "random" if self.missing or "architecture" in self.entry.tags else "pretrained"

    def load(
        self,
        weights: Literal["pretrained", "random"] | None = None,
        seed: int = 0,
        **sizes: Any,
    ) -> Backbone:
        """Return a new backbone straight from the loader, without what the framework checks after it.

        ``sizes`` are other fields of the LoadRequest.
        So that a broken contract fails at the check that names it, not at loading.
        """
        from tlzoo.backbones import LoadRequest, files_for, find_loader
        from tlzoo.plugins import catalog

        refuse_fork()
        catalog().require_installed(self.entry)
        request = LoadRequest(weights=weights or self.weights, seed=seed, **sizes)
        return find_loader(self.entry)(self.entry, files_for(self.entry, request), request)

    @cached_property
    def backbone(self) -> Backbone:
        """The backbone that the checks share; none may change its variables."""
        return self.load()

    @cached_property
    def second(self) -> tuple[Backbone, list[np.ndarray[Any, Any]]]:
        """Another load of the same request, and what it gave for those inputs before the checks that train it."""
        backbone = self.load()
        return backbone, self.outputs(backbone)

    def samples(self, backbone: Backbone, count: int = _BATCH, seed: int = 0) -> np.ndarray[Any, Any]:
        """Return prepared samples (count, …) for this backbone."""
        prepare = backbone.preprocessing.prepare
        return np.stack([np.asarray(prepare(each)) for each in raw_inputs(self.entry, count, seed)])

    def ready(self, backbone: Backbone, count: int = _BATCH, seed: int = 0) -> Any:
        """Return a batch of model-ready input for this backbone."""
        import tensorflow as tf

        return backbone.preprocessing.normalize(tf.constant(self.samples(backbone, count, seed)))

    def outputs(self, backbone: Backbone, count: int = _BATCH, seed: int = 0) -> list[np.ndarray[Any, Any]]:
        """Return what a backbone gives, in inference mode, for the same made-up inputs every time."""
        return as_arrays(backbone.model(self.ready(backbone, count, seed), training=False))

    @cached_property
    def expected(self) -> list[np.ndarray[Any, Any]]:
        """What the shared backbone gives for those inputs."""
        return self.outputs(self.backbone)

    @cached_property
    def random(self) -> list[np.ndarray[Any, Any]]:
        """What random weights from seed 0 give for them. Raises EntryError where the entry has no random weights."""
        if self.weights == "random":
            return self.expected
        return self.outputs(self.load("random"))
