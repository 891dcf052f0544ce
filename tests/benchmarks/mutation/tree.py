"""A copy of the checkout with an environment of its own: mutants are applied there, never to the checkout itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from .checkout import tracked_files

_PACKAGES = ("tlzoo", "tlzoo_rl", "tlzoo_text", "tlzoo_vision")
_PRINT_FACTS = f"""
import importlib.metadata, importlib.util, json
origins = {{name: importlib.util.find_spec(name).origin for name in {_PACKAGES}}}
plugins = sorted(point.name for point in importlib.metadata.entry_points(group="tlzoo.plugins"))
print(json.dumps([origins, plugins]))
"""
_FIRST_TIME = 1_000_000_000


class Tree:
    """A copy of the files of a checkout, with an environment whose editable installs are the copy.

    Attributes:
        root: Root of the checkout.
        folder: Root of the copy.
        site: Where the packages of its environment lie.
        python: Interpreter of its environment.
        environment: Variables for processes that run in it.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.folder = root, folder
        self._writes = 0
        if folder.exists():
            shutil.rmtree(folder)
        for file in tracked_files(root):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / file, folder / file)
        self.site = folder / ".venv" / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
        self.python = _make_environment(root, folder, self.site)
        self.environment = _variables(self.python)
        self._check()

    def write(self, file: str, text: str) -> None:
        """Replace a file of the copy; its time differs from that of every earlier text, so Python compiles it again."""
        path = self.folder / file
        path.write_text(text, "utf-8")
        self._writes += 1
        os.utime(path, (_FIRST_TIME + self._writes,) * 2)

    def restore(self, file: str) -> None:
        """Set a file of the copy to that of the checkout."""
        shutil.copy2(self.root / file, self.folder / file)

    def _check(self) -> None:
        """Check that processes import the copy, and find its plugins, whatever their folder and path."""
        command = [self.python, "-c", _PRINT_FACTS]
        done = subprocess.run(command, cwd="/", env=self.environment, capture_output=True, text=True, check=True)
        origins, plugins = json.loads(done.stdout)
        outside = {name: each for name, each in origins.items() if not Path(each).is_relative_to(self.folder)}
        if outside or len(plugins) != len(_PACKAGES):
            raise RuntimeError(f"{self.folder} imports {outside} from elsewhere, and has the plugins {plugins}")


def _make_environment(root: Path, folder: Path, own: Path) -> Path:
    """Make ``.venv`` with links to the packages of this process's environment; return its interpreter."""
    environment, site = folder / ".venv", Path(sysconfig.get_path("purelib"))
    (environment / "bin").mkdir(parents=True)
    own.mkdir(parents=True)
    shutil.copy2(Path(sys.prefix) / "pyvenv.cfg", environment)
    for path in site.iterdir():
        if path.suffix == ".pth":
            (own / path.name).write_text(path.read_text("utf-8").replace(str(root), str(folder)), "utf-8")
        elif (path / "direct_url.json").is_file():
            shutil.copytree(path, own / path.name)
            about = own / path.name / "direct_url.json"
            about.write_text(about.read_text("utf-8").replace(str(root), str(folder)), "utf-8")
        else:
            (own / path.name).symlink_to(path)
    for path in Path(sys.prefix, "bin").iterdir():
        _link_program(path, environment / "bin" / path.name)
    return environment / "bin" / Path(sys.executable).name


def _link_program(path: Path, target: Path) -> None:
    """Copy a script, with the new environment's interpreter in its first line; link anything else."""
    here, there = str(path.parent).encode(), str(target.parent).encode()
    with path.open("rb") as stream:
        head = stream.readline(256)
    if head.startswith(b"#!") and here in head:
        target.write_bytes(path.read_bytes().replace(here, there))
        target.chmod(path.stat().st_mode)
    else:
        target.symlink_to(path.readlink() if path.is_symlink() else path)


def _variables(python: Path) -> dict[str, str]:
    unset = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTEST_ADDOPTS"}
    return {
        **{name: value for name, value in os.environ.items() if name not in unset},
        "OMP_NUM_THREADS": "1",  # each worker has a core, and TensorFlow would take all for itself
        "TF_NUM_INTRAOP_THREADS": "1",
        "PATH": os.pathsep.join([str(python.parent), os.environ["PATH"]]),
        "VIRTUAL_ENV": str(python.parents[1]),
    }
