"""KerasHub networks from verified files in the layout of Keras, transformers or timm.

The entry names the class. Files only contain sizes and weights, and nothing is downloaded.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from tlzoo.backbones import require_memory, seeded
from tlzoo.errors import BytesRefusedError, EntryError, PluginError, did_you_mean

from .families import FAMILIES

if TYPE_CHECKING:
    import keras

    from tlzoo.backbones import LoadRequest
    from tlzoo.registry import Entry

__all__ = ["load_preset"]

_MAX_CONFIG_BYTES = 10_000_000
_LONGEST_REASON = 200
_NOT_SIZES = {"name", "trainable", "dtype", "image_shape"}
_ROLES = {"config.json": "config", "model.weights.h5": "weights", "model.safetensors": "weights"}


def load_preset(
    entry: Entry, files: Mapping[str, Path], request: LoadRequest, image_shape: tuple[int, int, int]
) -> keras.Model:
    """Build the class of ``keras_hub.models`` in the option ``class``, for images of one shape.

    The constructor's arguments are those of the option ``config`` and of the file ``config``. If both give a value for
    one argument, the values have to be equal. Random weights need no file if the option gives all arguments. KerasHub
    converts files in the layout of transformers or timm (config.json, model.safetensors).

    Raises:
        PluginError: If KerasHub is not installed.
        EntryError: For an unknown class and for arguments that are missing or wrong.
        BytesRefusedError: For files that do not belong to this network.
    """
    try:
        import keras_hub
    except ImportError as error:
        raise PluginError(f"{entry.id} needs KerasHub ({error})", "pip install 'tlzoo-vision[kerashub]'") from error
    name = str(entry.options.get("class"))
    if name not in FAMILIES:
        raise EntryError(f"{entry.id}: unknown class {name!r}", did_you_mean(name, FAMILIES))
    files = _by_role(entry, files)
    config = _read_config(entry, files["config"]) if "config" in files else {}
    with seeded(request.seed):
        if config and "registered_name" not in config and ("model_type" in config or "architecture" in config):
            return _converted(getattr(keras_hub.models, name), entry, files, request, image_shape)
        return _from_keras(getattr(keras_hub.models, name), entry, files, request, image_shape, config)


def _from_keras(
    cls: Any,
    entry: Entry,
    files: Mapping[str, Path],
    request: LoadRequest,
    image_shape: tuple[int, int, int],
    config: Mapping[str, Any],
) -> keras.Model:
    sizes = _sizes(entry, cls.__name__, config)
    if not sizes:
        raise EntryError(
            f"{entry.id}: config is not on this machine", "download it; its sizes are needed even for random weights"
        )
    try:
        require_memory(entry.id, lambda: cls(**sizes, image_shape=image_shape))
        network = cls(**sizes, image_shape=image_shape)
    except EntryError:
        raise
    except Exception as error:  # its sizes come from a file
        raise EntryError(f"{entry.id}: {cls.__name__} cannot be built: {_first_line(error)}") from error
    if request.weights == "pretrained":
        path = _weights(entry, files)
        try:
            network.load_weights(path)
        except (OSError, ValueError, KeyError) as error:
            raise _refused(entry, f"weights: {path} cannot be loaded: {_first_line(error)}") from error
    return network


def _converted(
    cls: Any, entry: Entry, files: Mapping[str, Path], request: LoadRequest, image_shape: tuple[int, int, int]
) -> keras.Model:
    """Convert a folder of transformers or timm with KerasHub; the folder only has links to the verified files."""
    from .conversion import complete_conversion, is_bare, load_bare_weights

    pretrained, config = request.weights == "pretrained", _read_config(entry, files["config"])
    with tempfile.TemporaryDirectory(prefix="tlzoo-preset-") as folder:
        if pretrained:
            Path(folder, "model.safetensors").symlink_to(_weights(entry, files).resolve())
        Path(folder, "config.json").symlink_to(files["config"].resolve())
        try:
            require_memory(entry.id, lambda: cls.from_preset(folder, load_weights=False, image_shape=image_shape))
            bare = pretrained and is_bare(_weights(entry, files), config)
            network = cls.from_preset(folder, load_weights=pretrained and not bare, image_shape=image_shape)
            if bare:
                load_bare_weights(network, folder, config)
        except EntryError:
            raise
        except ImportError as error:
            raise PluginError(f"{entry.id}: {_first_line(error)}", "pip install 'tlzoo-vision[kerashub]'") from error
        except Exception as error:  # a library may raise any error for another library's file
            raise _refused(entry, f"KerasHub cannot read it: {type(error).__name__}: {_first_line(error)}") from error
    complete_conversion(entry, network, config)
    _sizes(entry, cls.__name__, {"class_name": cls.__name__, "config": network.get_config()})
    return network


def _weights(entry: Entry, files: Mapping[str, Path]) -> Path:
    if "weights" not in files:
        raise EntryError(f"{entry.id}: it has no file 'weights'", "add model.weights.h5 or model.safetensors")
    return files["weights"]


def _by_role(entry: Entry, files: Mapping[str, Path]) -> dict[str, Path]:
    """Return the files ``config`` and ``weights``: named by the entry, or declared members of a folder."""
    found = dict(files)
    for name, path in files.items():
        for member in entry.files[name].members if name in entry.files else ():
            if member in _ROLES:
                found[_ROLES[member]] = path / member
    return found


def _read_config(entry: Entry, path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_CONFIG_BYTES:
            raise _refused(entry, f"config: {path} has over {_MAX_CONFIG_BYTES:,} bytes")
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _refused(entry, f"config: {path} is not JSON: {_first_line(error)}") from error
    if not isinstance(found, dict):
        raise _refused(entry, f"config: {path} is not a JSON object")
    return found


def _sizes(entry: Entry, name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the constructor's arguments, which are numbers, texts and lists of these."""
    if config and config.get("class_name") != name:
        raise _refused(entry, f"config has the class {config.get('class_name')!r}, not {name!r}")
    read = {key: value for key, value in config.get("config", {}).items() if key not in _NOT_SIZES}
    declared = dict(entry.options.get("config", {}))
    for key, value in declared.items():
        if key in read and _as_lists(read[key]) != _as_lists(value):
            raise _refused(entry, f"config has {key} = {read[key]!r}, but the entry {value!r}")
    sizes = {**read, **declared}
    for key, value in sizes.items():
        if not _is_plain(value):
            raise _refused(entry, f"config: {key!r} of {name} is not a number, a text or a list of these")
    return sizes


def _as_lists(value: Any) -> Any:
    return [_as_lists(each) for each in value] if isinstance(value, list | tuple) else value


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def _refused(entry: Entry, what: str) -> BytesRefusedError:
    return BytesRefusedError(f"{entry.id}: {what}", "replace the file, or correct the entry")


def _first_line(error: BaseException) -> str:
    """Return the first line of a message, shortened: Keras's may have the values of a variable."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return shorten(line, _LONGEST_REASON, placeholder=" …")
