"""Every command and snippet of the README and the pages in docs/ runs, in the order of its page.

A fenced block of ``console`` holds commands, each after ``$ ``; its other lines are shown and not compared. A block of
``python`` is run as a script, or written to a file where its first line is a comment with that file's name. A block
that cannot run here says so to its reader, in a comment that begins with ``# not run by the tests:``.

``tlzoo`` and ``python`` are forks of a process that has imported TensorFlow, but for the first block of each language
in the README: those start as a reader starts them. Where ``TLZOO_INSTALLED`` names an environment, as in .ci/run, the
README runs there, from the wheels of a local index.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import fork_server as forking
import pytest

import tlzoo

ROOT = Path(tlzoo.__file__).parents[1]
README = ROOT / "README.md"
GENERATED = (ROOT / "docs/reference/python", ROOT / "docs/zoo/entries")
"""Folders that a build of the site fills."""
DOCS = sorted(path for path in (ROOT / "docs").rglob("*.md") if not set(GENERATED) & set(path.parents))
PAGES = [README, *DOCS, *sorted((ROOT / "plugins").glob("*/README.md"))]
EXEMPT = {
    "pip install uv && uv run tlzoo demo": "installs packages; the demonstration has its own tests",
    "pip install uv && uv run pytest": "is what runs this test",
    "uv run pytest --all": "as above",
    "uv run sphinx-build -W -n docs build/site": "tests/docs/test_site.py builds the site",
    "pip install -e . -e plugins/tlzoo-vision -e plugins/tlzoo-text -e plugins/tlzoo-rl": "installs packages",
}
LANGUAGES = {"console", "diff", "python", ""}
NOT_RUN = "# not run by the tests:"
EXPECTED_NOT_RUN = 0
FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\S+\.(?:py|toml))\n")


@dataclass(frozen=True)
class Block:
    line: int
    language: str
    text: str

    @property
    def is_run(self) -> bool:
        return NOT_RUN not in self.text

    @property
    def commands(self) -> list[str]:
        return [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]


def blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    return [
        Block(text.count("\n", 0, found.start()) + 1, found.group(1), found.group(2)) for found in FENCE.finditer(text)
    ]


def script(block: Block) -> str:
    """Return what bash runs for a block; nothing for one that only shows something."""
    if block.language == "console":
        return "\n".join(command for command in block.commands if command not in EXEMPT)
    if block.language == "python":
        named = FILE.match(block.text)
        source = f"<<'END_OF_BLOCK'\n{block.text}\nEND_OF_BLOCK"
        return f"cat > {named.group(1)} {source}" if named else f"python - {source}"
    return ""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader's folder: photos in a sub-folder for each class, one to predict, and the docs of a checkout."""
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    for label in (3, 7):
        (tmp_path / f"photos/{label}").mkdir(parents=True)
        for number, pixels in enumerate(digits.images[digits.target == label][:12]):
            Image.fromarray((pixels * 15).astype("uint8")).save(tmp_path / f"photos/{label}/{number}.png")
    (tmp_path / "seven.png").write_bytes((tmp_path / "photos/7/0.png").read_bytes())
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=[] if page == README else [pytest.mark.slow]) for page in PAGES],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_every_snippet_runs(page: Path, folder: Path, request: pytest.FixtureRequest) -> None:
    installed = page == README and os.environ.get("TLZOO_INSTALLED")
    if installed:
        warm = dict(os.environ, PATH=f"{installed}/bin{os.pathsep}{os.environ['PATH']}")
    else:
        warm = request.getfixturevalue("fork_server").environment if forking.SUPPORTED else dict(os.environ)
    started = set() if page == README and not installed else LANGUAGES
    for block in blocks(page):
        if not block.is_run:
            continue
        environment = warm if block.language in started else dict(os.environ)
        started = started | {block.language}
        command = ["bash", "-euo", "pipefail", "-c", script(block)]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{page.name}, line {block.line}:\n{block.text}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_is_of_a_kind_that_is_tested(page: Path) -> None:
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{page.name}, line {block.line}"
        assert block.language != "console" or block.commands, f"{page.name}, line {block.line}: no command"


def test_blocks_that_are_not_run_are_few() -> None:
    assert sum(not block.is_run for page in PAGES for block in blocks(page)) == EXPECTED_NOT_RUN


def test_exempt_commands_are_those_of_the_readme_and_of_the_installation() -> None:
    pages = README, ROOT / "docs/start/install.md"
    assert (
        EXEMPT.keys()
        == {command for page in pages for block in blocks(page) for command in block.commands} & EXEMPT.keys()
    )


def test_links_between_pages_are_not_dead() -> None:
    for page in PAGES:
        paths = [(page.parent / each).resolve() for each in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))]
        missing = [path for path in paths if not path.exists()]
        assert not [path for path in missing if not set(GENERATED) & set(path.parents)], page.name
