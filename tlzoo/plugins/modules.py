"""Entries for modules that are not in a registry, created from the inputs and outputs of their program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from tlzoo.artifacts import (
    ModuleDescription,
    TensorKind,
    describe,
    digests_in,
    known_hash,
    module_file,
    module_folder,
    resolve_file,
    tree_digest,
)
from tlzoo.errors import EntryError
from tlzoo.registry import Entry, Features, File, ImageInput, Measured, TextInput

__all__ = ["module_entry", "module_id"]

LOADER = "saved-model"
_SIDE, _SMALLEST = 224, 32
_RANKS: Mapping[int, Literal["vector", "map", "sequence"]] = {2: "vector", 3: "sequence", 4: "map"}
_USUAL_OUTPUTS = ("default", "pooled_output", "feature_vector")


def module_id(name: str) -> str:
    """Return the source of a module, which is also the id of its entry if it is not in a registry.

    Args:
        name: URL, source or folder of the module.

    Returns:
        The source.
    """
    return module_file(name).source


def module_entry(name: str, *, preprocessor: str | None = None, output_key: str | None = None) -> Entry:
    """Return an entry for a module: downloaded, verified and read, but not run.

    Images are assumed to be colours between 0 and 1, as in TensorFlow Hub's common interface.

    Args:
        name: URL, source or folder of the module.
        preprocessor: Another module, from texts to this module's input.
        output_key: Name of the output to use, if there are several.

    Returns:
        The entry.

    Raises:
        EntryError: If the module is not available or not usable as a backbone.
        BytesRefusedError: If it is refused.
    """
    file, path, described = _read(name)
    files = {"module": _pinned(file, path)}
    if preprocessor is None:
        modality, taken = _input(described, file.source)
    else:
        before, before_path, first = _read(preprocessor)
        files["preprocessor"] = _pinned(before, before_path)
        modality, taken = "text", _tokens(first, described, file.source)
    key = _output(described.outputs, output_key, file.source)
    return Entry(
        id=file.source,
        plugin="tlzoo",
        summary=f"A SavedModel ({described.kind}) from {file.source.partition(':')[2]}",
        modality=modality,
        loader=LOADER,
        files=files,
        input=taken,
        features=_features(described.outputs[key]),
        licence="NOASSERTION",
        measured=Measured(described.parameters) if described.parameters else None,
        options={"output_key": key} if key else {},
    )


def _read(name: str) -> tuple[File, Path, ModuleDescription]:
    file = module_file(name)
    path = resolve_file(f"{file.source}: module", file)
    return file, path, describe(module_folder(path, file.source), file.source)


def _pinned(file: File, path: Path) -> File:
    """Return the file with its hash: for a local folder its present hash, so that changes are detected."""
    if not file.source.startswith("file:"):
        return replace(file, hash=known_hash(file))
    return replace(file, hash=tree_digest(digests_in(path, file.source)) if path.is_dir() else known_hash(file))


def _input(described: ModuleDescription, what: str) -> tuple[Literal["vision", "text"], ImageInput | TextInput]:
    taken = described.inputs.get("")
    match taken:
        case TensorKind("float32", (_, height, width, (1 | 3) as channels)):
            size = (height or _SIDE, width or _SIDE)
            smallest = None if height and width else (min(_SMALLEST, size[0]), min(_SMALLEST, size[1]))
            image = ImageInput("image", size, channels=channels, smallest=smallest)
            return "vision", image if channels != 1 else replace(image, order="grey")
        case TensorKind("string", (_,)):
            return "text", TextInput("text", "module")
    raise EntryError(
        f"the inputs of {what} are neither images nor texts: {_said(described.inputs)}",
        "add it with its preprocessor: `tlzoo registry add --preprocessor HANDLE`",
    )


def _tokens(first: ModuleDescription, second: ModuleDescription, what: str) -> TextInput:
    """Return the input of a preprocessor whose outputs are the module's inputs."""
    given = first.outputs.keys()
    if first.inputs.get("", TensorKind("", None)).dtype != "string" or given != second.inputs.keys():
        raise EntryError(
            f"{what} takes {_said(second.inputs)}, but its preprocessor maps {_said(first.inputs)} to "
            f"{_said(first.outputs)}",
            "use the preprocessor that its publisher recommends",
        )
    lengths = {each.shape[1] for each in first.outputs.values() if each.shape and len(each.shape) > 1}
    return TextInput("text", "module", lengths.pop() if len(lengths) == 1 else None)


def _output(outputs: Mapping[str, TensorKind], wanted: str | None, what: str) -> str:
    usual = [wanted] if wanted else ["", *_USUAL_OUTPUTS, *(outputs if len(outputs) == 1 else ())]
    found = next((key for key in usual if key in outputs), None)
    if found is None:
        raise EntryError(
            f"{what} has several outputs: {_said(outputs)}", "choose one: `tlzoo registry add --output KEY`"
        )
    return found


def _features(given: TensorKind) -> Features:
    shape = given.shape
    kind = _RANKS.get(len(shape) if shape else 2, "vector")
    known = None if not shape or None in shape[1:] else tuple(each or 0 for each in shape[1:])
    return Features(kind, known, pooling="none" if kind == "vector" else "average")


def _said(tensors: Mapping[str, TensorKind]) -> str:
    said = [f"{name or 'a tensor'} {each.dtype} {list(each.shape or ())}" for name, each in tensors.items()]
    return ", ".join(said) or "nothing"
