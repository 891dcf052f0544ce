"""Inspection of HDF5 weights before a loader opens them: only arrays, all within the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from tlzoo.errors import BytesRefusedError

__all__ = ["check_weights", "is_hdf5", "refuse_pickles"]

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_SMALLEST_BLOCK = 512
"""The signature may also be at this offset times a power of two (HDF5 file format, section II.A)."""
_OWN_FILTERS = {1, 2, 3, 4, 5, 6, 32000}
"""deflate, shuffle, fletcher32, szip, nbit, scale-offset and h5py's lzf; others are plugins, loaded on demand."""
_PICKLES = {".pkl", ".pickle", ".joblib", ".pt", ".pth"}


def refuse_pickles(path: Path, what: str) -> None:
    """Raise BytesRefusedError for a file type that runs code when it is opened."""
    if path.suffix.lower() in _PICKLES:
        raise BytesRefusedError(
            f"{what}: {path.name} is a pickle, which runs code when it is opened", "use .weights.h5 or .safetensors"
        )


def is_hdf5(path: Path) -> bool:
    """Return whether a file has the HDF5 signature, at its start or after a user block."""
    size, offset = path.stat().st_size, 0
    with path.open("rb") as stream:
        while offset < size:
            stream.seek(offset)
            if stream.read(len(_SIGNATURE)) == _SIGNATURE:
                return True
            offset = 2 * offset or _SMALLEST_BLOCK
    return False


def check_weights(path: Path | BinaryIO, what: str, name: str | None = None) -> None:
    """Raise BytesRefusedError, starting with ``what``, unless an HDF5 file, or stream ``name``, has only weights.

    Refused are links to other files, arrays stored in other files, arrays of objects and references, filters that would
    have to be loaded, and whole models, whose configuration may contain code.
    """
    import h5py

    shown = str(path) if name is None else name
    try:
        with h5py.File(path, "r") as file:
            if "model_config" in file.attrs or "training_config" in file.attrs:
                raise _refused(what, shown, "is a whole model, not only weights")
            _check_group(file, "", what, shown)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise BytesRefusedError(f"{what}: {shown} is damaged: {error}", "replace the file") from error


def _check_group(group: Any, where: str, what: str, path: str) -> None:
    import h5py

    waiting = [(group, where)]
    seen = set()
    while waiting:
        inside, prefix = waiting.pop()
        for name in inside:
            link, place = inside.get(name, getlink=True), f"{prefix}/{name}"
            if not isinstance(link, h5py.HardLink):
                raise _refused(what, path, f"has a link at {place}")
            each = inside[name]
            if isinstance(each, h5py.Group):
                address = h5py.h5o.get_info(each.id).addr
                if address not in seen:  # a group may contain itself
                    seen.add(address)
                    waiting.append((each, place))
            elif isinstance(each, h5py.Dataset):
                _check_array(each, place, what, path)
            else:
                raise _refused(what, path, f"has neither an array nor a group at {place}")


def _check_array(array: Any, place: str, what: str, path: str) -> None:
    if array.external or array.is_virtual:
        raise _refused(what, path, f"reads {place} from another file")
    if array.dtype.hasobject and not _is_text(array.dtype):
        raise _refused(what, path, f"has objects at {place}")
    properties = array.id.get_create_plist()
    filters = {properties.get_filter(number)[0] for number in range(properties.get_nfilters())}
    if filters - _OWN_FILTERS:
        raise _refused(what, path, f"needs a plugin to read {place}")


def _is_text(dtype: Any) -> bool:
    import h5py

    return h5py.check_string_dtype(dtype) is not None


def _refused(what: str, path: str, why: str) -> BytesRefusedError:
    return BytesRefusedError(f"{what}: {path} {why}", "use a file with weights only")
