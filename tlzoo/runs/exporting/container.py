"""``tlzoo export --to container``: a folder from which a container of ``tlzoo serve`` is built."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts.formats.documents import parse_json, parse_lines, parse_toml
from tlzoo.artifacts.savedmodel.inspection import inspect
from tlzoo.errors import EntryError, RunError
from tlzoo.files.atomic import write_text
from tlzoo.files.local_paths import without_folders_inside
from tlzoo.runs.consent.user_code import is_registered, references_in
from tlzoo.runs.exporting.requirements import pinned_requirements
from tlzoo.runs.files.folder import RunFolder, model_name
from tlzoo.runs.files.hashes import files_in, finish_folder
from tlzoo.runs.files.verification import DOCUMENTS, is_covered

if TYPE_CHECKING:
    from tlzoo.runs.run import Run

__all__ = ["CONTAINER", "write_container"]

CONTAINER = "container"
"""The name in ``--to``."""

_CONTAINERFILE = """\
FROM python:{python}-slim
WORKDIR /srv
COPY requirements.txt .
RUN pip install --no-cache-dir --requirement requirements.txt
COPY run run
RUN useradd --uid 1000 tlzoo
USER tlzoo
ENV TLZOO_CACHE=/tmp/tlzoo/cache TLZOO_SETTINGS=/tmp/tlzoo/settings TLZOO_OFFLINE=1
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=60s CMD \
["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/ready', timeout=5)"]
ENTRYPOINT ["tlzoo", "serve", "run", "--name", "{name}", {trust}"--host", "0.0.0.0", "--port", "8000"]
"""
_README = """\
# A container for {name}

`Containerfile` installs the pinned packages of `requirements.txt`, copies the run in `run/`, and starts `tlzoo serve`
on port 8000.

    podman build --tag {name} .
    podman run --rm --publish 127.0.0.1:8000:8000 {name}
    curl http://127.0.0.1:8000/ready

Options of `tlzoo serve` follow the name of the image: `podman run ... {name} --workers 2`. On a machine with a browser,
add `--allowed-hosts localhost`, so that no website can read answers under a name of its own. tlzoo did not build the
image.

`run/` has the documents of the run, with the name of its data source, but no folders of your machine, data or
checkpoints. The weights are
derived from {entry}, licensed under {licence}.
{trust}"""
_TRUST = """
## Trust

The SavedModel in `run/serving/` has operations that tlzoo refuses by default, because they can read or write files. You
trusted the run that was exported, so the container starts with `--trust run`: whoever starts it runs these operations.
"""


def write_container(run: Run, folder: Path) -> Path:
    """Write ``Containerfile``, ``requirements.txt``, ``README.md`` and ``run/``, a copy of the run with its model.

    Args:
        run: A finished run.
        folder: The folder, which is created.

    Returns:
        Path of the Containerfile.

    Raises:
        RunError: If the run has no model to serve, or needs trust in its SavedModel and in code that is not in the
            container.
        BytesRefusedError: If the run was changed, or its model is refused.
    """
    source = RunFolder.open(run.path, "serving", "model.keras")
    if not source.serving.is_dir():
        raise RunError(
            f"{run.path} has no serving/ folder for a container",
            "train again with the export format 'saved-model' (--export saved-model)",
        )
    copy = folder / "run"
    for name in files_in(source.path):
        if is_covered(name, {*DOCUMENTS, "serving", "model.keras"}) and name != source.result.name:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            if name in DOCUMENTS:
                write_text(copy / name, _for_others(source.path / name))
            else:
                shutil.copyfile(source.path / name, copy / name)
    finish_folder(copy, _for_others(source.result))
    model = inspect(source.serving, f"{source.path}: serving")
    if model.trusted:
        _refuse_code(run)
    extras = "serve,text-ops" if model.text_operations else "serve"
    requirements = pinned_requirements([f"tlzoo[{extras}]", *_plugins(run)])
    write_text(folder / "requirements.txt", "".join(f"{each}\n" for each in requirements))
    name, (entry, licence) = model_name(run.path), _origin(run)
    write_text(
        folder / "README.md",
        _README.format(name=name.lower(), entry=entry, licence=licence, trust=_TRUST if model.trusted else ""),
    )
    path = folder / "Containerfile"
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    write_text(
        path, _CONTAINERFILE.format(python=python, name=name, trust='"--trust", "run", ' if model.trusted else "")
    )
    return path


def _refuse_code(run: Run) -> None:
    """Raise RunError if the recipe names code: ``--trust`` in the container would look for it there."""
    named = [each.text for each in references_in(run.recipe) if not is_registered(each)]
    if named:
        raise RunError(
            f"the SavedModel of {run.path} needs --trust, and its recipe names {named[0]}, which a container lacks",
            "serve the run without a container",
        )


def _for_others(path: Path) -> str:
    """Return the text of a document without the folders of this machine."""
    parse: Callable[[bytes, str], Any] = {".toml": parse_toml, ".jsonl": parse_lines}.get(path.suffix, parse_json)
    content = path.read_bytes()
    return without_folders_inside(content.decode(), parse(content, str(path)))


def _plugins(run: Run) -> list[str]:
    """Return the distributions that provide the run's backbone, data source and task."""
    from tlzoo.plugins import catalog, registered

    wanted = {
        "tlzoo_data_adapters": run.recipe.data.partition(":")[0],
        "tlzoo_tasks": str(run.result.get("task")),
    }
    found = {each.plugin for hook, name in wanted.items() for each in registered(hook) if each.name == name}
    with suppress(EntryError):  # no longer in the zoo; the model does not need it
        found.add(catalog().get(run.recipe.backbone).plugin)
    return sorted(found - {"tlzoo"})


def _origin(run: Run) -> tuple[str, str]:
    """Return the entry of the weights, and their licence."""
    from tlzoo.plugins import catalog

    try:
        entry = catalog().get(run.recipe.backbone)
    except EntryError:
        return run.recipe.backbone, "unknown"
    return entry.id, entry.licence
