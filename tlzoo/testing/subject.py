"""A backbone entry to be checked: loaded on first use, with inputs for it."""

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
    """An entry, its backbone from the plugin's loader, and the output for a batch of synthetic inputs.

    Pretrained weights are used if their files are on this machine, otherwise random weights; nothing is downloaded.
    """

    def __init__(self, entry: Entry | str) -> None:
        """Store an entry, or look up its name; raise EntryError for an unknown one."""
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
        """Weights used by the checks here; an entry with the tag ``architecture`` has none of its own."""
        return "random" if self.missing or "architecture" in self.entry.tags else "pretrained"

    def load(
        self,
        weights: Literal["pretrained", "random"] | None = None,
        seed: int = 0,
        **sizes: Any,
    ) -> Backbone:
        """Return a new backbone directly from the loader, without the framework's validation.

        ``sizes`` are other fields of the LoadRequest. So a broken contract fails in the check with its name, not at
        loading.
        """
        from tlzoo.backbones import LoadRequest, files_for, find_loader
        from tlzoo.plugins import catalog

        refuse_fork()
        catalog().require_installed(self.entry)
        request = LoadRequest(weights=weights or self.weights, seed=seed, **sizes)
        return find_loader(self.entry)(self.entry, files_for(self.entry, request), request)

    @cached_property
    def backbone(self) -> Backbone:
        """The backbone shared by the checks; none may change its variables."""
        return self.load()

    @cached_property
    def second(self) -> tuple[Backbone, list[np.ndarray[Any, Any]]]:
        """Another backbone for the same request, and its output for the same inputs, before checks that train it."""
        backbone = self.load()
        return backbone, self.outputs(backbone)

    def samples(self, backbone: Backbone, count: int = _BATCH, seed: int = 0) -> np.ndarray[Any, Any]:
        """Return preprocessed samples (count, …) for this backbone."""
        prepare = backbone.preprocessing.prepare
        return np.stack([np.asarray(prepare(each)) for each in raw_inputs(self.entry, count, seed)])

    def ready(self, backbone: Backbone, count: int = _BATCH, seed: int = 0) -> Any:
        """Return a batch of model inputs for this backbone."""
        import tensorflow as tf

        return backbone.preprocessing.normalize(tf.constant(self.samples(backbone, count, seed)))

    def outputs(self, backbone: Backbone, count: int = _BATCH, seed: int = 0) -> list[np.ndarray[Any, Any]]:
        """Return the output of a backbone, in inference mode, for the same synthetic inputs every time."""
        return as_arrays(backbone.model(self.ready(backbone, count, seed), training=False))

    @cached_property
    def expected(self) -> list[np.ndarray[Any, Any]]:
        """Output of the shared backbone for these inputs."""
        return self.outputs(self.backbone)

    @cached_property
    def random(self) -> list[np.ndarray[Any, Any]]:
        """Output with random weights from seed 0. Raises EntryError if the entry has no random weights."""
        if self.weights == "random":
            return self.expected
        return self.outputs(self.load("random"))
