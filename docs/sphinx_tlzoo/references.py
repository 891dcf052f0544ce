"""References in annotations: to public objects by the module that defines them, which is internal."""

from __future__ import annotations

import builtins
from collections import defaultdict
from functools import cache
from typing import Any

from sphinx.addnodes import pending_xref
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

from .public_names import modules, names_of, public_name_of

__all__ = ["Annotations"]


class Annotations(SphinxPostTransform):
    """Links the types in annotations to where they are documented; other libraries' types and internal ones stay text.

    References that somebody wrote are left to Sphinx, which warns of those that lead nowhere.
    """

    default_priority = 5  # before Sphinx resolves references, and finds several objects of one short name

    def run(self, **_: Any) -> None:
        """Replace the references."""
        objects = self.env.domains.python_domain.objects
        for node in list(self.document.findall(pending_xref)):
            if node.get("refdomain") != "py" or "refexplicit" in node:
                continue
            content = node[0]
            found = objects.get(_documented(node["reftarget"], node.get("py:module")) or "")
            if found is not None:
                content = make_refnode(self.app.builder, self.env.docname, found.docname, found.node_id, [content])
            node.replace_self(content)


def _documented(target: str, module: str | None) -> str | None:
    """Return the public path of a type as an annotation names it; None if it is not one, or not the only one."""
    if "." in target:
        return public_name_of().get(target, target)
    if hasattr(builtins, target):
        return None
    paths = _by_short_name()[target]
    here = f"{module}.{target}"
    return here if here in paths else next(iter(paths)) if len(paths) == 1 else None


@cache
def _by_short_name() -> dict[str, set[str]]:
    found = defaultdict(set)
    for module in modules():
        for each in names_of(module):
            found[each.name].add(each.documented)
    return found
