"""A page for each public module, in reStructuredText as the docstrings are."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module

from sphinx.errors import PycodeError
from sphinx.pycode import ModuleAnalyzer

from .public_names import PublicName, modules, names_of

__all__ = ["python_pages"]


def python_pages() -> Mapping[str, str]:
    """Return the text of each page by the name of its file."""
    pages = {f"{module}.rst": "\n".join(_page(module)) for module in modules()}
    entries = "\n".join(f"   {module}" for module in modules())
    contents = "Public modules\n==============\n\nGenerated from the docstrings.\n\n.. toctree::\n\n" + entries
    return {"index.rst": contents + "\n", **pages}


def _page(module: str) -> Iterator[str]:
    names = names_of(module)
    yield from (module, "=" * len(module), "", f".. automodule:: {module}", "   :no-members:", "")
    for each in names:
        if each.documented == each.path:
            yield from _documented(each)
    if aliases := [each for each in names if each.documented != each.path]:
        yield from (".. rubric:: Also here", "")
        yield from (f"- ``{each.name}``: :py:obj:`{each.documented}`" for each in aliases)


def _documented(each: PublicName) -> Iterator[str]:
    value = getattr(import_module(each.module), each.name)
    if inspect.ismodule(value):
        yield from (f".. py:module:: {each.path}", "", *_indented(inspect.getdoc(value) or ""), "")
    elif inspect.isclass(value):
        kind = "autoexception" if issubclass(value, BaseException) else "autoclass"
        yield from (f".. {kind}:: {each.path}", "   :members:", "")
    elif inspect.isroutine(value):
        yield from (f".. autofunction:: {each.path}", "")
    else:
        yield from (f".. py:data:: {each.name}", f"   :module: {each.module}", "", *_indented(_comment(each)), "")


def _comment(each: PublicName) -> str:
    """Return the text under a constant in the source."""
    try:
        documented = ModuleAnalyzer.for_module(each.definition.rpartition(".")[0]).find_attr_docs()
    except PycodeError:
        return ""
    return "\n".join(documented.get(("", each.name), []))


def _indented(text: str) -> Iterator[str]:
    yield from (f"   {line}" if line else "" for line in text.splitlines())
