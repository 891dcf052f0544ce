"""Whatever a registry or a plugin's metadata hold, they are read or refused: nothing else is raised."""

from __future__ import annotations

import json
import posixpath
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tlzoo.cli.output as written
from tlzoo.errors import EntryError, InstallError, RegistryError
from tlzoo.plugins.catalog import Catalog
from tlzoo.plugins.entry_names import resolve_name
from tlzoo.plugins.installation.wheel_files import refuse_files
from tlzoo.plugins.scanning import _scanned, modules_in
from tlzoo.registry.reading import parse, parse_text, registry_from
from tlzoo.zoo.listing.cards import card
from tlzoo.zoo.listing.fields import fields_of
from tlzoo.zoo.listing.formatting import shown
from tlzoo.zoo.listing.query import query

few = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
TEXT = st.text(max_size=12)
SCALARS = st.one_of(
    TEXT,
    st.booleans(),
    st.integers(),
    st.integers(-(10**400), 10**400),
    st.floats(),
    st.dates(),
    st.sampled_from(["https://example.org/a", "package:a/b", "file:/a\0b", "sha256:0", "\x1b]0;x\x07", "\u202e"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
ENTRY: dict[str, Any] = {
    "summary": "An entry",
    "modality": "vision",
    "loader": "tiny",
    "licence": "Apache-2.0",
    "files": {"weights": {"source": "package:acme/w.h5", "bytes": 3}},
    "input": {"kind": "image", "size": [32, 32], "range": [0.0, 1.0]},
    "features": {"kind": "map", "shape": [2, 2, 8]},
    "training": {"name": "pets", "classes": 3, "statistics": {"brightness": 0.5}},
    "reported": [{"metric": "top1", "value": 0.5, "data": "pets", "source": "https://example.org"}],
    "measured": {"parameters": 10, "flops": 20},
    "options": {"depth": 3},
    "tags": ["small"],
    "aliases": ["acme/old.pets"],
    "experimental": False,
}
SOUND = {
    **{key: ENTRY[key] for key in ("summary", "loader", "licence", "files", "features")},
    "modality": "audio",
    "input": {"kind": "waveform", "sample_rate": 16000, "window": [400, 160], "order": "left"},
}
WAVEFORM = {
    "modality": "audio",
    "shown": "{sample_rate:,d} Hz, {window}",
    "details": "{order} of {level:.1f}",
    "data": "sounds:FOLDER",
    "fields": {
        "sample_rate": {"type": "integer", "minimum": 1, "description": "samples a second"},
        "window": {"type": "integers", "length": 2, "maximum": 4096, "description": "width and step"},
        "order": {"type": "text", "one_of": ["left", "right"], "default": "left", "description": "channel"},
        "level": {"type": "number", "optional": True, "description": "loudness"},
        "mono": {"type": "flag", "default": False, "description": "one channel"},
    },
}
HEAD = {"format": 1, "plugin": "acme", "api": ">=0.2,<0.3", "namespaces": ["acme"], "inputs": {"waveform": WAVEFORM}}


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the places of a document: each table, each list, each value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, each in inside for path in paths(each, (*here, key)))]


@st.composite
def registries(draw: st.DrawFn) -> dict[str, Any]:
    """A valid registry with up to three values replaced, removed or added anywhere."""
    document = json.loads(json.dumps({**HEAD, "entries": {"acme/net.pets": ENTRY, "acme/net.tones": SOUND}}))
    for _ in range(draw(st.integers(0, 3))):
        *way, last = draw(st.sampled_from(paths(document)[1:]))
        holder = document
        for step in way:
            holder = holder[step]
        action = draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "remove":
            del holder[last]
        elif action == "add" and isinstance(holder, dict):
            holder[draw(TEXT)] = draw(VALUES)
        else:
            holder[last] = draw(VALUES)
    return document


def text_of(document: dict[str, Any]) -> str | None:
    try:
        return tomli_w.dumps(document)
    except (TypeError, ValueError):  # what TOML cannot say
        return None


@few
@given(registries())
def test_a_registry_is_refused_or_listed_and_shown(document: dict[str, Any]) -> None:
    text = text_of(document)
    if text is None:
        return
    try:
        registry = registry_from(parse_text(text, "registry.toml"), "registry.toml")
    except RegistryError:
        return
    zoo = Catalog(registry, ())
    for sort in ("id", "-params", "top1", "tags"):
        rows = query(sort=sort, of=zoo)
    fields = fields_of(rows)
    for row in rows:
        assert all(isinstance(shown(field, field.of(row)), str) for field in fields.values())
        json.dumps([row.values, row.contract], allow_nan=False)
        assert card(row.id, of=zoo).sections


@few
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_bytes_are_a_registry_or_refused(tmp_path_factory: Any, content: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "registry.toml"
    path.write_bytes(content)
    with suppress(RegistryError):
        parse(path)


@few
@given(TEXT)
def test_any_name_is_resolved_or_refused(name: str) -> None:
    with pytest.raises(EntryError):
        resolve_name(name, {})


ENTRY_POINTS = st.one_of(
    st.text(max_size=80),
    st.builds("[tlzoo.plugins]\n{} = {}\n".format, TEXT, TEXT),
    st.builds("[tlzoo.plugins]\n{}\n[{}]\n{}".format, TEXT, TEXT, TEXT),
)


@few
@given(ENTRY_POINTS)
def test_entry_points_name_modules_or_are_refused(text: str) -> None:
    try:
        found = modules_in(text)
    except ValueError:
        return
    assert all(part.isidentifier() for module in found for part in module.split("."))


class Odd(metadata.Distribution):
    """A distribution whose files hold anything."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.of_it = files

    def read_text(self, filename: str) -> str | None:
        content = self.of_it.get(filename)
        return None if content is None else content.decode("utf-8")

    def locate_file(self, path: Any) -> Any:
        return Path("/nowhere", str(path))


@few
@given(st.fixed_dictionaries({
    "entry_points.txt": ENTRY_POINTS.map(str.encode) | st.binary(max_size=20).map(b"[tlzoo.plugins]\n".__add__),
    "METADATA": st.binary(max_size=60) | TEXT.map("Name: {}\nVersion: 1\n".format).map(str.encode),
    "RECORD": st.binary(max_size=40),
}))  # fmt: skip
def test_odd_metadata_do_not_hide_other_plugins(monkeypatch: Any, files: dict[str, bytes]) -> None:
    good = Odd({"entry_points.txt": b"[tlzoo.plugins]\ngood = good.plugin\n", "METADATA": b"Name: good\nVersion: 1\n"})
    monkeypatch.setattr(metadata, "distributions", lambda: [Odd(files), good])
    found, _ = _scanned()
    assert "good" in [name for name, *_ in found["plugins"]]
    json.dumps(found)


@few
@given(st.lists(st.one_of(TEXT, st.from_regex(r"\A(acme|\.\.|\.|/|\\|C:){1,6}/?[a-z./\\]{0,6}\Z")), max_size=4))
def test_no_file_of_a_wheel_that_is_taken_lands_outside(names: list[str]) -> None:
    root = "/site-packages/"
    try:
        refuse_files(names, "acme.whl", "acme-1.0.dist-info")
    except InstallError:
        return
    for name in names:
        assert posixpath.normpath(root + name).startswith(root)


JSON = st.recursive(
    st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@few
@given(JSON)
def test_json_is_exact_and_printable(capsys: Any, value: Any) -> None:
    capsys.readouterr()
    written.print_json(value)
    sys.stdout.flush()
    out = capsys.readouterr().out
    assert json.loads(out) == value
    assert "\x1b" not in out
    out.encode("utf-8")
