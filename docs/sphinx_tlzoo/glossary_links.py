"""Links from the first use of a term on a page to its entry in the glossary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

if TYPE_CHECKING:
    from docutils.nodes import Element, Node

__all__ = ["LINKED_TERMS", "GlossaryLinks"]

LINKED_TERMS = (
    "augmentation",
    "backbone",
    "checkpoint",
    "conformance kit",
    "data adapter",
    "entry",
    "fingerprint",
    "hook",
    "input contract",
    "journal",
    "label budget",
    "modality",
    "objective",
    "phase",
    "plugin",
    "probe",
    "recipe",
    "registry",
    "source head",
    "stage",
    "strategy",
    "task",
    "tracker",
    "trainer",
)
"""Terms without another common meaning: ``head`` or ``run`` would be linked in other senses, too."""
_PLURALS = {"entries": "entry", "modalities": "modality", "registries": "registry", "strategies": "strategy"}
_WORD = re.compile(
    rf"(?<![\w/-])({'|'.join([*_PLURALS, *(f'{term}s?' for term in LINKED_TERMS)])})(?![\w-])", re.IGNORECASE
)
_NOT_LINKED = (
    nodes.title,
    nodes.literal,
    nodes.literal_block,
    nodes.reference,
    nodes.emphasis,
    nodes.strong,
    nodes.table,
    addnodes.pending_xref,
)
_WITHOUT_LINKS = ("glossary", "index", "reference/python/", "reference/migrating", "zoo/", "explanation/architecture")
"""Beginnings of pages that are generated, are lists of links, or are for readers who know the terms."""


class GlossaryLinks(SphinxTransform):
    """Links each term once a page."""

    default_priority = 500

    def apply(self, **_: object) -> None:
        """Make links to the glossary lead to their term, and link the first use of other terms."""
        page = self.env.docname
        if page.startswith(_WITHOUT_LINKS) or page.endswith("/index"):
            return
        linked: set[str] = set()
        for node in list(self.document.findall(addnodes.pending_xref)):
            if node.get("reftarget") == "glossary" and (found := _WORD.fullmatch(node.astext())):
                linked.add(_term(found))
                node.replace_self(_link(found, page))
        for text in list(self.document.findall(nodes.Text)):
            if not any(isinstance(each, _NOT_LINKED) for each in _ancestors(text)):
                parts = list(_parts(text.astext(), linked, page))
                if len(parts) > 1:
                    text.parent.replace(text, parts)


def _ancestors(node: Node) -> Iterator[Element]:
    while node.parent is not None:
        node = node.parent
        yield node


def _parts(text: str, linked: set[str], page: str) -> Iterator[Node]:
    """Split a text at the terms that are not linked yet."""
    end = 0
    for found in _WORD.finditer(text):
        if _term(found) not in linked:
            linked.add(_term(found))
            yield from (nodes.Text(text[end : found.start()]), _link(found, page))
            end = found.end()
    yield nodes.Text(text[end:])


def _term(found: re.Match[str]) -> str:
    word = found.group().lower()
    return _PLURALS.get(word, word if word in LINKED_TERMS else word.removesuffix("s"))


def _link(found: re.Match[str], page: str) -> addnodes.pending_xref:
    inner = nodes.inline("", found.group(), classes=["xref", "std", "std-term"])
    to = {"refdomain": "std", "reftype": "term", "reftarget": _term(found), "refexplicit": True}
    return addnodes.pending_xref("", inner, **to, refdoc=page, refwarn=True)
