"""KerasHub networks from verified files in the layout of Keras or of Hugging Face.

Nothing is downloaded or unpickled, and files do not choose classes: the entry names one of the classes that the caller
supports, and files only contain sizes and weights.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from tlzoo.backbones import require_memory, seeded
from tlzoo.errors import BytesRefusedError, EntryError, PluginError, did_you_mean

if TYPE_CHECKING:
    import keras

    from tlzoo.backbones import LoadRequest
    from tlzoo.registry import Entry

__all__ = ["Preset", "open_preset", "preset_files"]

_MOST_CONFIG = 10_000_000
"""Largest size of config.json in bytes."""

_LONGEST_REASON = 200
_NOT_SIZES = {"name", "trainable", "dtype"}


_ROLES = {
    "config.json": "config",
    "model.weights.h5": "weights",
    "model.safetensors": "weights",
    "vocab.txt": "vocabulary",
    "vocab.json": "vocabulary",
    "vocabulary.txt": "vocabulary",
    "vocabulary.json": "vocabulary",
    "vocabulary.spm": "vocabulary",
    "spiece.model": "vocabulary",
    "spm.model": "vocabulary",
    "sentencepiece.bpe.model": "vocabulary",
    "merges.txt": "merges",
}
"""Roles of the files in a folder, in the layouts of Keras and Hugging Face."""


@dataclass(frozen=True, slots=True)
class Preset:
    """An unchanged network of KerasHub, with the content of its files.

    ``layout`` is ``keras`` (config.json, model.weights.h5) or ``huggingface`` (config.json,
    model.safetensors). ``config`` is the whole config.json, empty if there is none.
    """

    network: keras.Model
    layout: str
    config: Mapping[str, Any]


def open_preset(
    entry: Entry,
    files: Mapping[str, Path],
    request: LoadRequest,
    known: Collection[str],
) -> Preset:
    """Build the class of ``keras_hub.models`` in the entry's option ``class``, and load its weights.

    ``known`` are the classes that the caller supports. The sizes are the constructor's arguments: those of the option
    ``config``, and of the file ``config`` if there is one; values in both have to be equal. The files named
    ``weights`` contain the weights.

    Raises:
        PluginError: If KerasHub is not installed.
        EntryError: For an unknown class, and for missing or contradicting sizes.
        BytesRefusedError: For files of another network.
    """
    hub = _keras_hub(entry)
    files = preset_files(entry, files)
    name = str(entry.options.get("class"))
    if name not in known:
        raise EntryError(f"{entry.id}: unknown class {name!r}", did_you_mean(name, known))
    config = _read_config(entry, files)
    layout = "huggingface" if "model_type" in config and "registered_name" not in config else "keras"
    with seeded(request.seed):
        if layout == "huggingface":
            network = _from_hugging_face(getattr(hub.models, name), entry, files, request, config)
        else:
            network = _from_keras(getattr(hub.models, name), entry, files, request, config)
    return Preset(network, layout, config)


def preset_files(entry: Entry, files: Mapping[str, Path]) -> Mapping[str, Path]:
    """Return an entry's files by role: config, weights, vocabulary, merges.

    The role of a file is its name in the entry. Of a folder, the declared members are used, by their file names.
    """
    found: dict[str, Path] = {}
    for name, path in files.items():
        members = entry.files[name].members if name in entry.files else {}
        if not members:
            found[name] = path
        found |= {
            _ROLES[PurePosixPath(member).name]: path / member
            for member in members
            if PurePosixPath(member).name in _ROLES
        }
    return found


def _keras_hub(entry: Entry) -> Any:
    try:
        import keras_hub
    except ImportError as error:
        raise PluginError(f"{entry.id} needs KerasHub ({error})", "pip install 'tlzoo-text[kerashub]'") from error
    return keras_hub


def _from_keras(
    cls: Any,
    entry: Entry,
    files: Mapping[str, Path],
    request: LoadRequest,
    config: Mapping[str, Any],
) -> keras.Model:
    """Build the network from its sizes; other content of Keras's config.json is ignored."""
    said = config.get("config", {})
    if config and config.get("class_name") != cls.__name__:
        raise _refused(entry, f"config has the class {config.get('class_name')!r}, not {cls.__name__!r}")
    sizes = _agreed(entry, {key: value for key, value in said.items() if key not in _NOT_SIZES}, cls)
    network = _built(cls, sizes, entry)
    if request.weights == "pretrained":
        path = _weights(entry, files)
        try:
            network.load_weights(path)
        except (OSError, ValueError, KeyError) as error:
            raise _refused(entry, f"weights: {path} cannot be loaded: {_first_line(error)}") from error
    return network


def _from_hugging_face(
    cls: Any, entry: Entry, files: Mapping[str, Path], request: LoadRequest, config: Mapping[str, Any]
) -> keras.Model:
    """Convert a Hugging Face folder with KerasHub; the folder only has links to the verified files."""
    from .bare_weights import is_bare, load_bare_weights

    pretrained = request.weights == "pretrained"
    with tempfile.TemporaryDirectory(prefix="tlzoo-preset-") as folder:
        if pretrained:
            Path(folder, "model.safetensors").symlink_to(_weights(entry, files).resolve())
        Path(folder, "config.json").symlink_to(files["config"].resolve())
        try:
            require_memory(entry.id, lambda: cls.from_preset(folder, load_weights=False), _length(entry))
            bare = pretrained and is_bare(_weights(entry, files), config)
            network = cls.from_preset(folder, load_weights=pretrained and not bare)
            if bare:
                load_bare_weights(network, folder, config)
        except EntryError:
            raise
        except ImportError as error:
            raise PluginError(f"{entry.id}: {_first_line(error)}", "pip install 'tlzoo-text[kerashub]'") from error
        except Exception as error:  # a library may raise any error for another library's file
            raise _refused(entry, f"KerasHub cannot read it: {type(error).__name__}: {_first_line(error)}") from error
    said = network.get_config()
    _agreed(entry, {key: value for key, value in said.items() if key not in _NOT_SIZES}, cls)
    return network


def _built(cls: Any, sizes: Mapping[str, Any], entry: Entry) -> keras.Model:
    if not sizes:
        raise EntryError(
            f"{entry.id}: config is not on this machine", "download it; its sizes are needed even for random weights"
        )
    try:
        require_memory(entry.id, lambda: cls(**sizes), _length(entry))
        return cls(**sizes)
    except EntryError:
        raise
    except Exception as error:  # its sizes come from a file
        raise EntryError(f"{entry.id}: {cls.__name__} cannot be built: {_first_line(error)}") from error


def _length(entry: Entry) -> int | None:
    return getattr(entry.input, "sequence_length", None)


def _agreed(entry: Entry, said: Mapping[str, Any], cls: Any) -> dict[str, Any]:
    """Return the constructor's arguments from entry and file; refuse contradictions and values that are not plain."""
    wanted = dict(entry.options.get("config", {}))
    for key, value in wanted.items():
        if key in said and _plain(said[key]) != _plain(value):
            raise _refused(entry, f"config has {key} = {said[key]!r}, but the entry {value!r}")
    sizes = {**said, **wanted}
    nested = sorted(key for key, value in sizes.items() if not _is_plain(value))
    if nested:
        raise _refused(entry, f"config: {nested[0]!r} of {cls.__name__} is not a number, a text or a list of these")
    return sizes


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(each) for each in value)
    return value is None or isinstance(value, bool | int | float | str)


def _plain(value: Any) -> Any:
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _read_config(entry: Entry, files: Mapping[str, Path]) -> Mapping[str, Any]:
    if "config" not in files:
        return {}
    path = files["config"]
    try:
        if path.stat().st_size > _MOST_CONFIG:
            raise _refused(entry, f"config: {path} is too large")
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _refused(entry, f"config: {path} is not JSON: {_first_line(error)}") from error
    if not isinstance(found, dict):
        raise _refused(entry, f"config: {path} is not a JSON object")
    return found


def _refused(entry: Entry, what: str) -> BytesRefusedError:
    return BytesRefusedError(f"{entry.id}: {what}", "replace the file, or correct the entry")


def _first_line(error: BaseException) -> str:
    """Return the first line of a message, shortened: Keras's may have the values of a variable."""
    lines = str(error).strip().splitlines()
    return shorten(lines[0], _LONGEST_REASON, placeholder=" …") if lines else type(error).__name__


def _weights(entry: Entry, files: Mapping[str, Path]) -> Path:
    if "weights" not in files:
        raise EntryError(f"{entry.id}: it has no file 'weights'", "add model.weights.h5 or model.safetensors")
    return files["weights"]
