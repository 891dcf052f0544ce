"""The zoo's entries: a page for each, made from the index, and a page that lists them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from tlzoo.plugins.catalog import Catalog
from tlzoo.registry import Entry, index_path
from tlzoo.registry.reading import read_registry
from tlzoo.zoo.listing.cards import registered_sections
from tlzoo.zoo.listing.fields import natural
from tlzoo.zoo.listing.formatting import with_unit
from tlzoo.zoo.listing.page import render_page
from tlzoo.zoo.listing.rows import rows_of

from .markdown import code, sentence, table, text

__all__ = ["entry_pages", "file_name", "page_of_all", "zoo"]

_SECTIONS = {"backbone": "Backbone", "training": "Training", "reported": "Reported figures"}
"""Sections of a card that are the same on every machine."""
_MODALITIES = {"vision": "Images", "text": "Texts", "rl": "Environments"}


def zoo() -> Catalog:
    """Return the index that comes with tlzoo, without what this machine adds to it."""
    return Catalog(read_registry(index_path()), ())


def entry_pages() -> Mapping[str, str]:
    """Return the text of each page by the name of its file."""
    of = zoo()
    entries = sorted(of.entries(), key=lambda each: natural(each.id))
    pages = {f"{file_name(entry)}.md": "\n\n".join(_page(entry, of)) + "\n" for entry in entries}
    return {"index.md": "\n\n".join(_contents(entries)) + "\n", **pages}


def page_of_all() -> str:
    """Return the page that ``tlzoo list --html`` writes, of the index and without what depends on a machine."""
    return render_page(rows_of(zoo()), local=False)


def file_name(entry: Entry) -> str:
    """Return the name of an entry's page."""
    return entry.id.replace("/", "--")


def _page(entry: Entry, of: Catalog) -> Iterator[str]:
    yield f"# {entry.id}"
    yield f":::{{index}} ! {_searched(entry.id)}\n:::"
    yield sentence(entry.summary)
    if entry.experimental:
        yield ":::{warning}\nThis entry is experimental.\n:::"
    for title, lines in registered_sections(entry):
        yield f"## {_SECTIONS[title]}"
        yield table(("property", "value"), ((label, _linked(said)) for label, said in lines))
    yield "## Files"
    yield table(
        ("name", "size", "source", "hash"),
        (
            (
                code(name),
                with_unit(file.bytes, of_bytes=True) if file.bytes is not None else "unknown",
                ", or ".join(code(source) for source in file.sources),
                code(file.hash) if file.hash else "of each file" if file.members else "not published",
            )
            for name, file in entry.files.items()
        ),
    )
    yield "## Use"
    provider = of.index.provider(entry.plugin)
    requirement = (
        f", which `tlzoo plugins install {entry.plugin}` installs" if provider and provider.plugin != "tlzoo" else ""
    )
    yield f"The plugin is `{entry.plugin}`{requirement}."
    yield f"```text\ntlzoo show {entry.id}\ntlzoo fetch {entry.id}\n```"


def _searched(name: str) -> str:
    """Return an entry's architecture as people search for it: ``inception v3`` for ``keras/inception-v3.imagenet``."""
    return name.partition("/")[2].partition(".")[0].replace("-", " ")


def _linked(said: str) -> str:
    return f"<{said}>" if said.startswith("https://") and " " not in said else text(said)


def _contents(entries: list[Entry]) -> Iterator[str]:
    by_modality: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_modality[entry.modality].append(entry)
    yield "# All entries"
    yield f"{len(entries)} entries, from the registries of tlzoo and its plugins."
    for modality in sorted(by_modality, key=[*_MODALITIES, *by_modality].index):
        group = by_modality[modality]
        yield f"## {_MODALITIES.get(modality, modality)}"
        yield table(("entry", "parameters", "top-1", "input", "licence"), map(_row, group))
    yield ":::{toctree}\n:hidden:\n\n" + "\n".join(map(file_name, entries)) + "\n:::"


def _row(entry: Entry) -> tuple[str, ...]:
    top1 = next((each.value for each in entry.reported if each.metric == "top1"), None)
    return (
        f"[{entry.id}]({file_name(entry)}.md)",
        with_unit(entry.measured.parameters) if entry.measured else "",
        "" if top1 is None else f"{100 * top1:.1f} %",
        entry.input.shown(),
        text(entry.licence),
    )
