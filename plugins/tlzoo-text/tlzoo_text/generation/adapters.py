"""Low-rank adapters as small files of their own, and merged networks in KerasHub's format.

An adapter is a folder: ``adapter.safetensors`` has the arrays, and ``adapter.json`` the SHA-256 of that file and of the
base. Nothing in it is executed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, ValidationError

from tlzoo.backbones import load_backbone, with_adapters
from tlzoo.errors import BytesRefusedError, UsageError

from .data import require_causal
from .sampling import Generator
from .tokens import Codec
from .training.network import CausalNetwork

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone

__all__ = ["AdapterCard", "base_digest", "load_adapter", "load_generator", "read_card", "write_adapter"]

ARRAYS, CARD = "adapter.safetensors", "adapter.json"
_MOST_CARD = 100_000
_ADAPTER = "lora_"
_SHA256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class AdapterCard(BaseModel):
    """The content of ``adapter.json``.

    ``base`` is the SHA-256 of the base's weights and tokenizer, ``sha256`` that of ``adapter.safetensors``. ``rank``,
    ``alpha`` and ``layers`` are those of ``tlzoo.backbones.with_adapters``; ``separator`` is the head's option.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    base: _SHA256
    sha256: _SHA256
    rank: PositiveInt
    alpha: PositiveFloat
    layers: tuple[str, ...]
    separator: str


def base_digest(weights: Mapping[str, np.ndarray], identity: str) -> str:
    """Return the SHA-256 (hex) of a base: its weights by path, without adapters, and the identity of its tokenizer."""
    digest = hashlib.sha256(identity.encode())
    for path in sorted(weights):
        if not _is_adapter(path):
            array = np.ascontiguousarray(weights[path])
            digest.update(repr((path, array.dtype.str, array.shape)).encode() + array.tobytes())
    return digest.hexdigest()


def write_adapter(
    folder: Path, now: Mapping[str, np.ndarray], before: Mapping[str, np.ndarray], backbone: Backbone, codec: Codec
) -> AdapterCard:
    """Write the adapters of a network, and the final normalization if it trained.

    Args:
        folder: The folder, which is created.
        now: The trained weights by path.
        before: The weights of the base by path, with adapters that have not trained.
        backbone: The backbone with adapters.
        codec: Its tokens.

    Returns:
        The content of ``adapter.json``.

    Raises:
        UsageError: If the backbone has no adapters, or more than adapters and the final normalization trained.
    """
    from safetensors.numpy import save

    network = CausalNetwork(backbone)
    changed = {path for path in now if _is_adapter(path) or not np.array_equal(now[path], before[path])}
    if not any(map(_is_adapter, now)):
        raise UsageError("the run has no low-rank adapters", "train with --strategy fine-tune -S lora_rank=8")
    if others := sorted(path for path in changed if not _is_adapter(path) and path not in network.parts.head):
        raise UsageError(
            f"the run trained more than adapters: {others[0]}", "export the whole network: tlzoo_text.generation export"
        )
    arrays = {path: np.ascontiguousarray(now[path]) for path in sorted(changed)}
    content = save(arrays)
    layers = list(network.adapted.values())
    card = AdapterCard(
        base=base_digest(before, codec.identity),
        sha256=hashlib.sha256(content).hexdigest(),
        rank=layers[0].lora_rank,
        alpha=layers[0].lora_alpha,
        layers=tuple(network.adapted),
        separator=codec.separator,
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ARRAYS).write_bytes(content)
    (folder / CARD).write_text(json.dumps(card.model_dump(mode="json"), indent=2) + "\n")
    return card


def read_card(folder: Path) -> AdapterCard:
    """Return the content of ``adapter.json``.

    Raises:
        UsageError: If the folder has no adapter.
        BytesRefusedError: If the file is invalid.
    """
    path = folder / CARD
    if not path.is_file():
        raise UsageError(f"{folder} has no {CARD}", "name the folder of an adapter, such as RUN/adapter")
    if path.stat().st_size > _MOST_CARD:
        raise BytesRefusedError(f"{path} is too large", "write the adapter again")
    try:
        return AdapterCard.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BytesRefusedError(f"{path} is invalid: {where}: {first['msg']}", "write the adapter again") from error


def load_adapter(backbone: Backbone, folder: Path) -> Backbone:
    """Return a backbone with the adapter of a folder. Its model is changed in place.

    Args:
        backbone: The base, as loaded.
        folder: The adapter's folder.

    Returns:
        The backbone with adapters.

    Raises:
        BytesRefusedError: For damaged files, and for an adapter of another base.
        UsageError: If the folder has no adapter.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    card, path = read_card(folder), folder / ARRAYS
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BytesRefusedError(f"{path} cannot be read: {error.strerror}", "write the adapter again") from error
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise BytesRefusedError(f"{path} has another hash than {CARD} says", "write the adapter again")
    weights = {variable.path: variable.numpy() for variable in backbone.model.weights}
    if base_digest(weights, Codec(backbone, card.separator).identity) != card.base:
        raise BytesRefusedError(f"the adapter {folder} is for another base", "use the backbone that it was trained on")
    try:
        arrays = load(content)
    except SafetensorError as error:
        raise BytesRefusedError(f"{path} is damaged: {error}", "write the adapter again") from error
    _check_sizes(backbone, card, arrays, path)
    adapted = with_adapters(backbone, card.rank, 0, alpha=card.alpha, layers=card.layers)
    variables = {variable.path: variable for variable in adapted.model.weights}
    allowed = {each for each in variables if _is_adapter(each)} | CausalNetwork(adapted).parts.head
    for name, array in arrays.items():
        if name not in allowed or tuple(variables[name].shape) != array.shape:
            raise BytesRefusedError(f"{path} has {name} {array.shape}, which is not of this network", "write it again")
    for name, array in arrays.items():
        variables[name].assign(array)
    return adapted


def load_generator(
    entry: str, adapter: str | Path | None = None, *, separator: str = "\n", sequence_length: int | None = None
) -> Generator:
    """Return the generator of an entry, with an adapter if one is given.

    >>> generator = load_generator("kerashub/gpt2-base.en", "runs/replies/adapter")
    >>> text = generator.complete("Dear Sir,").text

    Args:
        entry: Id of a causal language model.
        adapter: Folder of an adapter of this entry.
        separator: Text between prompt and completion; with an adapter, its own is used.
        sequence_length: Largest number of tokens of prompt and completion; None for that of the entry.

    Returns:
        The generator: ``complete``, ``stream`` and ``logits``.

    Raises:
        BytesRefusedError: For damaged files, and for an adapter of another base.
        EntryError: If the entry is unknown or not causal.
    """
    from tlzoo.backbones import LoadRequest
    from tlzoo.plugins import catalog

    require_causal(catalog().get(entry))
    backbone = load_backbone(entry, LoadRequest(sequence_length=sequence_length))
    if adapter is not None:
        separator = read_card(Path(adapter)).separator
        backbone = load_adapter(backbone, Path(adapter))
    return Generator(CausalNetwork(backbone), Codec(backbone, separator))


def _check_sizes(backbone: Backbone, card: AdapterCard, arrays: Mapping[str, np.ndarray], path: Path) -> None:
    """Raise BytesRefusedError for arrays of other layers or ranks than the card's, before any are created."""
    kernels = {variable.path: tuple(variable.shape) for variable in backbone.model.weights}
    expected: dict[str, tuple[int, ...]] = {}
    for layer in card.layers:
        shape = kernels.get(f"{layer}/kernel")
        if shape is None:
            raise BytesRefusedError(
                f"{path.parent / CARD} has the layer {layer!r:.80}, which is not of this network", "write it again"
            )
        expected |= {
            f"{layer}/{_ADAPTER}kernel_a": (*shape[:-1], card.rank),
            f"{layer}/{_ADAPTER}kernel_b": (card.rank, shape[-1]),
        }
    if {name: array.shape for name, array in arrays.items() if _is_adapter(name)} != expected:
        raise BytesRefusedError(
            f"{path} has other arrays than the layers and the rank {card.rank} of {CARD}", "write the adapter again"
        )


def _is_adapter(path: str) -> bool:
    return path.rpartition("/")[2].startswith(_ADAPTER)
