"""Find export formats by name, with their precision and options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tlzoo.errors import PluginError, UsageError, did_you_mean
from tlzoo.runs.exporting.write_format import refuse_same_folders

if TYPE_CHECKING:
    from tlzoo.export import Exporter

__all__ = ["find_exporters"]


def find_exporters(formats: Iterable[str]) -> dict[str, Exporter]:
    """Return an exporter for each format, such as ``litert:int8`` or ``onnx?opset=17``.

    Args:
        formats: Names with an optional precision after ``:`` and options after ``?``, joined by ``&``.

    Returns:
        Exporters by the given text, in order.

    Raises:
        UsageError: If no plugin registers a format, a precision or option is invalid, or two formats would be written
            to one folder.
        PluginError: If a package that a format needs is not installed.
    """
    found = {each: _find(each) for each in dict.fromkeys(formats)}
    refuse_same_folders(found)
    return found


def _find(text: str) -> Exporter:
    from tlzoo.export import Exporter
    from tlzoo.plugins import registered

    known = {each.name: each.value for each in registered("tlzoo_exporters")}
    whole, _, query = text.partition("?")
    name, _, precision = whole.partition(":")
    if name not in known:
        raise UsageError(f"no export format {name!r}", did_you_mean(name, known))
    kind = known[name]
    if not (isinstance(kind, type) and issubclass(kind, Exporter)):
        raise PluginError(
            f"the export format {name!r} is not a subclass of tlzoo.export.Exporter",
            "report it to the plugin's authors",
        )
    exporter = _made(kind, text, precision, query)
    if missing := exporter.missing():
        install = exporter.install or f"install {' '.join(missing)}"
        raise PluginError(f"the export format {name!r} needs {', '.join(missing)}, which is not installed", install)
    return exporter


def _made(kind: type[Exporter], text: str, precision: str, query: str) -> Exporter:
    options: dict[str, Any] = {"precision": precision} if precision else {}
    for pair in filter(None, query.split("&")):
        key, equals, value = pair.partition("=")
        if not (key and equals):
            raise UsageError(f"{pair!r} in the format {text!r} is not an option", "write options as name=value")
        options[key] = value
    try:
        return kind.model_validate(options)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "?"
        if first["type"] == "extra_forbidden":
            fix = did_you_mean(field, kind.model_fields, valid="options")
            raise UsageError(f"the format {kind.name!r} has no option {field!r}", fix) from error
        said = first["msg"].removeprefix("Value error, ")
        what, _, fix = said.partition("; ")
        raise UsageError(
            f"the format {text!r}: {what}" if fix else f"the format {text!r}, option {field!r}: {what}", fix or None
        ) from error
