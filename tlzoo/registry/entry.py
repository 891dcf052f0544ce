"""One pretrained backbone as the zoo knows it.

These dataclasses are the only definition of an entry: listing builds them from the compiled copy of a registry,
and ``validation`` checks a ``registry.toml`` against the same annotations. Absent figures are ``None``, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from .inputs import InputContract

ID = re.compile(
    r"(?P<namespace>[a-z][a-z0-9-]*)/(?P<architecture>[a-z0-9][a-z0-9_-]*)\.(?P<weights>[a-z0-9][a-z0-9_-]*)"
)
"""``namespace/architecture.weights``, such as ``keras/mobilenet-v2.imagenet``."""

FORBID_UNKNOWN = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class File:
    """One file that a loader needs, or one folder."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN

    source: str
    """``package:pkg/path``, ``file:/path``, ``https://…``, ``hf://owner/name@revision/path`` or ``hub:https://…``."""
    hash: str | None = None
    """``sha256:…``, or the publisher's ``md5:…`` where that is all there is; of a folder, ``tree-sha256:…``.

    A remote file without any is refused until its user pins what it is now.
    """
    bytes: int | None = None
    """Its length, if known."""
    members: Mapping[str, str] = field(default_factory=dict)
    """Of a folder: the path of each file in it that the loader needs, and its ``sha256:…``."""
    unpack: bool = False
    """Whether it is an archive (tar, tar.gz, zip) whose loader gets the folder. Always so with ``hub:``."""


@dataclass(frozen=True, slots=True)
class Features:
    """What a backbone gives: a vector, a map (height, width, channels) or a sequence (length, channels)."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN

    kind: Literal["vector", "map", "sequence"]
    shape: tuple[int, ...] | None = None
    """Without the batch, at the declared input size."""
    pooling: Literal["none", "average", "max", "flatten", "first", "last", "pooler"] = "none"
    """How its makers turn the features into a vector; ``pooler``: by trained layers of the network's own."""
    normalized: bool = False
    """Whether they divide that vector by its length."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What the weights were trained on."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN

    name: str
    """The name of the data set."""
    url: str | None = None
    """Where it is described."""
    classes: int | None = None
    """Number of classes."""
    examples: int | None = None
    """Number of training examples."""
    statistics: Mapping[str, Any] = field(default_factory=dict)
    """Mean and standard deviation of brightness, contrast, saturation and detail: to find similar data."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A figure that someone else published. A share is between 0 and 1."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN

    metric: str
    """Its name, such as ``top1``."""
    value: float
    """The figure."""
    data: str
    """What it was measured on."""
    source: str
    """Where it can be looked up."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures that do not depend on the machine. A command writes them; they are never typed."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN

    parameters: int
    """Number of parameters."""
    flops: int | None = None
    """2 x multiply-adds of one forward pass of one input of the declared size."""
    feature_shape: tuple[int, ...] | None = None
    """Without the batch, at the declared input size."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One pretrained backbone."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN

    id: str
    """``namespace/architecture.weights``."""
    plugin: str
    """The distribution that brings it."""
    summary: str
    """One line on what it is."""
    modality: str
    """That of its input contract: ``vision``, ``text``, or another that a registry declares."""
    loader: str
    """A name that the plugin's hook ``tlzoo_backbones`` gives."""
    files: Mapping[str, File]
    """Its files by the names that the loader asks for. Files whose name begins with ``weights`` hold weights."""
    input: InputContract
    """What goes in."""
    features: Features
    """What comes out."""
    licence: str
    """An SPDX expression."""
    paper: str | None = None
    """``arXiv:NUMBER``, or an address."""
    training: TrainingData | None = None
    """What the weights were trained on."""
    reported: tuple[Reported, ...] = ()
    """Published figures, such as ``top1``."""
    measured: Measured | None = None
    """Figures that ``tlzoo bench --static`` writes."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Read by the loader alone."""
    tags: tuple[str, ...] = ()
    """Words to search for."""
    experimental: bool = False
    """Whether it does not yet do what it was made for."""
    aliases: tuple[str, ...] = ()
    """Former ids. They still resolve, with a warning."""

    @property
    def namespace(self) -> str:
        """The part before the slash."""
        return self.id.partition("/")[0]

    @property
    def name(self) -> str:
        """The id without its namespace: ``architecture.weights``."""
        return self.id.partition("/")[2]

    @property
    def architecture(self) -> str:
        """The part between slash and dot."""
        return self.name.partition(".")[0]

    @property
    def bytes(self) -> int | None:
        """All files together, or None where one is unknown."""
        sizes = [file.bytes for file in self.files.values()]
        return None if None in sizes else sum(size for size in sizes if size is not None)
