"""Display of a run and its report in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, RunError, TlzooError
from tlzoo.printable import printable
from tlzoo.tabular import number_text

if TYPE_CHECKING:
    from tlzoo.runs.run import Run

__all__ = ["RunReport", "run_html", "run_text"]

_MOST_BYTES = 64 * 2**20
_FACTS = ("backbone", "data", "strategy", "head", "seed")


@dataclass(frozen=True)
class RunReport:
    """The report of a run, an HTML page in ``path``. A notebook displays it without executing scripts."""

    path: Path

    @property
    def html(self) -> str:
        """The page. Raises RunError if it does not exist."""
        from tlzoo.artifacts.formats.documents import read_plain

        try:
            return read_plain(self.path, _MOST_BYTES).decode()
        except FileNotFoundError as error:
            raise RunError(f"there is no {self.path}", "train without export=[] to get a report") from error
        except UnicodeDecodeError as error:
            raise BytesRefusedError(f"{self.path} is not UTF-8", "restore the file, or train again") from error

    def open(self) -> None:
        """Open the page in a browser."""
        import webbrowser

        _ = self.html  # raises if the page does not exist
        webbrowser.open(self.path.absolute().as_uri())

    def __str__(self) -> str:
        """Return the path."""
        return str(self.path)

    def _repr_html_(self) -> str:
        return (
            f'<iframe sandbox="" srcdoc="{escape(self.html)}" style="width: 100%; height: 40rem; border: 0"></iframe>'
        )


def run_text(run: Run) -> str:
    """Return a one-line summary of a run."""
    try:
        result = run.result
    except (TlzooError, OSError) as error:
        return printable(f"<run: {error}>", one_line=True)
    figures = "".join(f", {name} {value}" for name, value in _headline(result).items())
    return printable(f"<run {run.path}: {result.get('backbone')} on {result.get('data')}{figures}>", one_line=True)


def run_html(run: Run) -> str:
    """Return the beginning of a run's report: backbone, data, metrics and training curves."""
    try:
        result = run.result
    except (TlzooError, OSError) as error:
        return f"<p>{escape(printable(str(error)))}</p>"
    facts = {name: str(result.get(name, "")) for name in _FACTS} | _headline(result)
    rows = "".join(
        f'<tr><th style="text-align: left">{escape(name)}</th>'
        f'<td style="text-align: left">{escape(printable(value, one_line=True))}</td></tr>'
        for name, value in facts.items()
    )
    try:
        curves = run.plot().svg
    except TlzooError:
        curves = ""
    report = run.path / "report.html"
    link = f'<p><a href="{escape(report.absolute().as_uri())}">{escape(printable(str(report)))}</a></p>'
    return f"<table>{rows}</table>{curves}{link if report.is_file() else ''}"


def _headline(result: Mapping[str, Any]) -> dict[str, str]:
    """Return the headline metrics as text."""
    from tlzoo.evaluation import headline

    try:
        figures = headline(result.get("test", {}), result.get("task"))
    except (LookupError, TypeError, ValueError):
        return {}
    return {name.replace("_", " "): number_text(value) for name, value in figures.items()}
