"""Classes in files: what is consent to run them, and what is not."""

from __future__ import annotations

import importlib.util
import py_compile
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tlzoo.artifacts import using
from tlzoo.errors import BytesRefusedError, UsageError
from tlzoo.progress import Silent
from tlzoo.runs import Named, read_recipe, trust_named
from tlzoo.runs.consent.user_code import (
    Code,
    class_reference,
    is_registered,
    references_in,
    remember_consent,
    require_consent,
    source_reference,
)
from tlzoo.runs.opening.components import find_class, make_head, make_strategy
from tlzoo.runs.opening.sources import open_source, open_trainer_data
from tlzoo.strategies import Strategy

MINE = """
from tlzoo.strategies import Phase, Strategy, head

MARK = "{mark}"

class Mine(Strategy):
    def phases(self, job):
        yield Phase(name="mine", train=head())
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TLZOO_LOCK", str(tmp_path / "tlzoo.lock"))
    monkeypatch.setattr("tlzoo.runs.consent.user_code._named", set())
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "mine.py").write_text(MINE.format(mark=tmp_path))
    monkeypatch.delitem(sys.modules, "tlzoo_user_mine", raising=False)  # another test's
    before = set(sys.modules)
    yield tmp_path / "mine.py"
    for name in set(sys.modules) - before:
        del sys.modules[name]


def recipe(folder: Path, strategy: str) -> Path:
    path = folder / "theirs.toml"
    path.write_text(f'data = "digits:"\nbackbone = "glyphnet"\nstrategy.name = "{strategy}"\n')
    return path


def test_a_recipe_file_is_not_consent(mine: Path) -> None:
    known = read_recipe(recipe(mine.parent, f"{mine}:Mine"), {})
    assert references_in(known) == [class_reference(f"{mine}:Mine")]
    with pytest.raises(
        BytesRefusedError, match=rf"the strategy {mine}:Mine is code in {mine} that you have not allowed to run"
    ):
        make_strategy(known.strategy)
    assert "tlzoo_user_mine" not in sys.modules


def test_the_users_word_is_consent_for_the_process(mine: Path) -> None:
    known = read_recipe(None, {"data": "digits:", "backbone": "glyphnet", "strategy": {"name": f"{mine}:Mine"}})
    assert make_strategy(known.strategy).name == ""
    assert find_class(f"{mine}:Mine", (Strategy,)).__name__ == "Mine"


def test_options_alone_are_not_consent_to_the_recipes_class(mine: Path) -> None:
    known = read_recipe(recipe(mine.parent, f"{mine}:Mine"), {"strategy": {"options": {"rate": 1.0}}})
    with pytest.raises(BytesRefusedError):
        make_strategy(known.strategy)


@pytest.mark.parametrize("way", ["trust", "training here", "terminal"])
def test_consent_is_kept_for_exactly_these_bytes(mine: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    path = recipe(mine.parent, f"{mine}:Mine")
    known = read_recipe(path, {})
    asked: list[str] = []

    def confirm(question: str) -> bool:
        asked.append(question)
        return True

    if way == "trust":
        trust_named([path])
    elif way == "training here":
        remember_consent(known)
    else:
        with using(confirm=confirm):
            make_strategy(known.strategy)
        assert f"{mine}:Mine" in asked[0]
    assert make_strategy(known.strategy)  # nobody is asked again
    assert f'file = "{mine}"' in (mine.parent / "tlzoo.lock").read_text()
    mine.write_text(mine.read_text() + "# one line more\n")
    with pytest.raises(BytesRefusedError):
        make_strategy(known.strategy)
    with using(confirm=lambda _question: False), pytest.raises(BytesRefusedError):
        make_strategy(known.strategy)


def test_a_compiled_file_next_to_it_is_not_executed(mine: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil.py"
    evil.write_text(mine.read_text().replace("MARK =", "raise SystemExit('executed')  #"))
    cached = Path(importlib.util.cache_from_source(str(mine)))
    cached.parent.mkdir(exist_ok=True)
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH  # Python would take it without a look at the source
    py_compile.compile(str(evil), cfile=str(cached), invalidation_mode=mode)
    trust_named([recipe(tmp_path, f"{mine}:Mine")])
    assert make_strategy(Named(name=f"{mine}:Mine"))


def test_a_class_that_an_installed_plugin_registered_needs_no_consent(mine: Path) -> None:
    assert is_registered(class_reference("tlzoo.strategies.fine_tune:FineTune"))
    assert make_strategy(Named(name="tlzoo.strategies.fine_tune:FineTune"))
    assert make_head(Named(name="tlzoo.heads.mlp:MLP"))


@pytest.mark.parametrize("name", ["mine:Mine", "package.inside.mine:Mine"])
def test_a_module_that_no_plugin_registered_is_code(mine: Path, name: str) -> None:
    inside = mine.parent / "package" / "inside"
    inside.mkdir(parents=True)
    for folder in (inside.parent, inside):
        (folder / "__init__.py").write_text("raise SystemExit('imported')\n")
    (inside / "mine.py").write_text(mine.read_text())
    with pytest.raises(BytesRefusedError, match=rf"the strategy {name} is code in {mine.parent}/.*mine\.py"):
        make_strategy(Named(name=name))
    assert "package" not in sys.modules
    assert [path.name for path, _ in Code.find(class_reference(name)).files] == ["__init__.py"] * name.count(".") + [
        "mine.py"
    ]


@pytest.mark.parametrize("name", ["sub/mine:Mine", "../mine:Mine", ".mine:Mine", "os.path/x:Mine", "sys:Mine", ":Mine"])
def test_a_file_without_python_code_is_refused(mine: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"no module|has no Python file"):
        make_strategy(Named(name=name))


def test_a_compiled_file_of_a_module_is_not_executed(mine: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil.py"
    evil.write_text("raise SystemExit('executed')\n")
    for source in (mine, tmp_path / "package" / "__init__.py", tmp_path / "package" / "inside.py"):
        source.parent.mkdir(exist_ok=True)
        source.write_text(mine.read_text())
        cached = Path(importlib.util.cache_from_source(str(source)))
        cached.parent.mkdir(exist_ok=True)
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(str(evil), cfile=str(cached), invalidation_mode=mode)
    for name in ("mine:Mine", "package.inside:Mine"):
        with pytest.raises(BytesRefusedError):
            make_strategy(Named(name=name))
        trust_named([recipe(tmp_path, name)])
        assert make_strategy(Named(name=name))
    assert sys.modules["package"].__path__ == [str(tmp_path / "package")]


GYM = "gym:package.worlds:made/World-v0"


@pytest.mark.parametrize("source", [GYM, f"{GYM}?size=3", f" {GYM}"])
def test_the_module_of_an_environment_is_code(mine: Path, source: str) -> None:
    worlds = mine.parent / "package" / "worlds.py"
    worlds.parent.mkdir()
    for path in (worlds, worlds.with_name("__init__.py")):
        path.write_text("raise SystemExit('imported')\n")
    path = mine.parent / "theirs.toml"
    path.write_text(f'data = "{source}"\nbackbone = "rl/mlp.blank"\n')
    assert references_in(read_recipe(path, {})) == [source_reference(GYM)]
    with pytest.raises(BytesRefusedError, match=rf"the data source {GYM} is code in {worlds} that you have not"):
        open_trainer_data(source, Silent())
    with pytest.raises(BytesRefusedError), using(confirm=lambda _question: False):
        open_trainer_data(source, Silent())
    assert "package" not in sys.modules
    trust_named([path])
    require_consent("data source", source_reference(GYM))
    worlds.write_text("raise SystemExit('imported, changed')\n")
    with pytest.raises(BytesRefusedError):
        open_trainer_data(source, Silent())
    read_recipe(None, {"data": source, "backbone": "rl/mlp.blank"})  # the user's own word
    require_consent("data source", source_reference(GYM))


@pytest.mark.parametrize("source", ["gym:a?b:World-v0?size=3", "gym:x.py:World-v0", "gym:a:b:World-v0", "gym: a:World"])
def test_an_environment_names_a_module_and_nothing_else(mine: Path, source: str) -> None:
    for name in ("a?b.py", "x.py", "a.py"):
        (mine.parent / name).write_text("raise SystemExit('imported')\n")
    with pytest.raises(UsageError, match="no module"):
        open_trainer_data(source, Silent())


def test_a_source_without_labelled_samples_is_not_imported(mine: Path) -> None:
    with pytest.raises(UsageError, match="gym:mine:World-v0 has no labelled samples"):
        open_source("gym:mine:World-v0", Silent())
    assert "mine" not in sys.modules
