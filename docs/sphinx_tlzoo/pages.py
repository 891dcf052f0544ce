"""Writes the generated pages before Sphinx looks for sources."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .cards import entry_pages, page_of_all
from .python_api import python_pages

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["write_page_of_all", "write_pages"]


def write_pages(app: Sphinx) -> None:
    """Write the pages of the Python API and of the zoo's entries; remove those of names that are gone."""
    _write(Path(app.srcdir, "reference/python"), python_pages())
    _write(Path(app.srcdir, "zoo/entries"), entry_pages())


def write_page_of_all(app: Sphinx, error: Exception | None) -> None:
    """Write the page of all entries beside the built pages: it has its own style and script."""
    if error is None and app.builder.format == "html":
        Path(app.outdir, "zoo/all.html").write_text(page_of_all(), "utf-8")


def _write(folder: Path, pages: Mapping[str, str]) -> None:
    """Bring a folder to these files; a file whose text is the same is left alone, so that it is not read again."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
