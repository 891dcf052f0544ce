"""``tlzoo verify RUN``: compare each file of a run with its hash and inspect it, without opening the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from tlzoo.artifacts.hashing import digest
from tlzoo.artifacts.pins import consented
from tlzoo.artifacts.savedmodel import check_saved_model
from tlzoo.errors import BytesRefusedError, RunError, TlzooError
from tlzoo.runs.consent.user_code import Code, Reference, is_registered, references_in
from tlzoo.runs.files.collection import Described
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.hashes import REWRITTEN, files_in, read_hashes
from tlzoo.runs.files.verification import DOCUMENTS, Part, check_layout, expected_hashes, inspect_file, is_covered
from tlzoo.runs.recipe import read_recipe
from tlzoo.runs.run import find_runs
from tlzoo.runs.run_sets.folder import DOCUMENT, read_set
from tlzoo.runs.tuning.folder import ABOUT, read_about

__all__ = ["RunFileReport", "is_folder_of_run", "verify_run"]

State = Literal["ok", "changed", "missing", "none", "added"]
_COLLECTIONS: Mapping[str, tuple[Callable[[Path], Described], str]] = {
    ABOUT: (read_about, "best"),
    DOCUMENT: (read_set, "runs"),
}
"""Folders of several runs, by document: the function that reads it, and the subfolder with the runs."""


@dataclass(frozen=True, slots=True)
class RunFileReport:
    """One file of a run. ``error`` and ``fix`` explain why it is refused."""

    run: str
    file: str
    hash: State
    """State of the hash; ``none`` if no hash was written, ``added`` if the file was added after the run ended."""
    inspection: Literal["ok", "refused", "not opened"]
    """``not opened``: tlzoo never reads this file."""
    bytes: int | None = None
    error: str | None = None
    fix: str | None = None
    exit_code: int = 0
    """Exit code of the command line due to this file."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {key: value for key, value in asdict(self).items() if key != "exit_code"}


def is_folder_of_run(name: str) -> bool:
    """Return whether a name is the folder of a run, a run set or a tuning on this machine.

    Args:
        name: A path, or the name of an entry.

    Returns:
        True for such a folder.
    """
    return any((Path(name) / document).is_file() for document in ("recipe.toml", *_COLLECTIONS))


def verify_run(path: Path) -> list[RunFileReport]:
    """Compare each file of a run, or of a run set or tuning and its runs, with its hash and inspect it.

    Only files that tlzoo reads are inspected. A folder with a link or a special file gets one report, and nothing in it
    is read. Files added to a finished run are reported, and refused if a command would open them.

    Args:
        path: Folder of the run, the run set or the tuning.

    Returns:
        A report per file.

    Raises:
        RunError: If the folder is not a run.
    """
    collections = [each for each in _COLLECTIONS if (path / each).is_file()]
    reports = [report for each in collections for report in _collection(path, each)]
    if collections and not RunFolder(path).recipe.exists():
        return reports
    return reports + _run(path)  # a run, also one with the document of a collection in its folder


def _run(path: Path) -> list[RunFileReport]:
    folder = RunFolder.find(path)
    try:
        check_layout(folder.path)
        expected = expected_hashes(folder)
    except BytesRefusedError as error:
        return [_refused(folder, ".", "none", error)]
    return list(_files(folder, expected))


def _collection(path: Path, document: str) -> list[RunFileReport]:
    """Return one report for the documents of a folder of several runs, and reports of its runs."""
    read, runs = _COLLECTIONS[document]
    folder = RunFolder(path)
    try:
        about = read(path)
        state: State = "none" if read_hashes(path) is None else "ok"
        for reference in references_in(about.recipe):
            _check_consent(reference, path)
    except TlzooError as error:
        return [_refused(folder, document, "none", error)]
    own = RunFileReport(str(path), document, state, "ok", (path / document).stat().st_size)
    inside = [run.path for run in find_runs(path / runs)]
    inside += sorted(each for each in (path / "nested").glob("*") if (each / ABOUT).is_file())
    return [own, *(report for each in inside for report in verify_run(each))]


def _files(folder: RunFolder, expected: dict[str, str] | None) -> Iterator[RunFileReport]:
    here = files_in(folder.path)
    for name in sorted({*here, *(expected or {})}):
        if name not in here:
            refusal: TlzooError = RunError(f"{folder.path / name} is missing", "restore the folder, or train again")
            yield _refused(folder, name, "missing", refusal, inspection="not opened")
            continue
        state = _compared(folder, name, expected)
        try:
            inspected = _inspect(folder, name)
        except TlzooError as error:
            yield _refused(folder, name, state, error)
            continue
        if state == "changed" or (state == "added" and inspected):
            why = "was changed" if state == "changed" else "was added after the run ended"
            refusal = BytesRefusedError(f"{folder.path / name} {why}", "restore the folder, or train again")
            yield _refused(folder, name, state, refusal, inspection="ok" if inspected else "not opened")
            continue
        size = (folder.path / name).stat().st_size
        yield RunFileReport(str(folder.path), name, state, "ok" if inspected else "not opened", size)


def _compared(folder: RunFolder, name: str, expected: dict[str, str] | None) -> State:
    if expected is None or name not in expected:
        complete = expected is not None and folder.result.exists()
        return "added" if complete and name not in REWRITTEN else "none"
    return "ok" if digest(folder.path / name) == expected[name] else "changed"


def _inspect(folder: RunFolder, name: str) -> bool:
    """Inspect one file; return whether a command opens it."""
    if not is_covered(name, (*DOCUMENTS, *get_args(Part))):
        return False
    if name.startswith(f"{folder.serving.name}/"):
        if name == f"{folder.serving.name}/saved_model.pb":
            check_saved_model(folder.serving, f"{folder.path}: {folder.serving.name}")
        return True
    inspect_file(folder, name)
    if name == folder.recipe.name:
        for reference in references_in(read_recipe(folder.recipe, {})):
            _check_consent(reference, folder.path)
    return True


def _check_consent(reference: Reference, path: Path) -> None:
    """Raise BytesRefusedError for a reference to code without consent."""
    if is_registered(reference):
        return
    code = Code.find(reference)
    if not consented(code.sha256):
        raise BytesRefusedError(
            f"it names {reference}, code in {code.file} that you have not allowed to run",
            f"read the file; if you trust it, pass --trust {path}",
        )


def _refused(
    folder: RunFolder,
    name: str,
    state: State,
    error: TlzooError,
    inspection: Literal["ok", "refused", "not opened"] = "refused",
) -> RunFileReport:
    path = folder.path / name
    size = path.stat().st_size if path.is_file() else None
    code = 3 if state == "missing" else BytesRefusedError.exit_code
    return RunFileReport(str(folder.path), name, state, inspection, size, error.what, error.fix, code)
