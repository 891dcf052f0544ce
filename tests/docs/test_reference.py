"""The pages that docs/sphinx_tlzoo makes: complete, and what they say is so."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from documented_keys import check_keys
from sphinx_tlzoo.cards import entry_pages, file_name, zoo
from sphinx_tlzoo.command_line import command_line, parsers
from sphinx_tlzoo.environment_variables import OF_LIBRARIES, VARIABLES
from sphinx_tlzoo.fields import phase_fields, recipe_fields
from sphinx_tlzoo.json_outputs import outputs
from sphinx_tlzoo.markdown import code, sentence, text
from sphinx_tlzoo.public_names import modules, names_of
from sphinx_tlzoo.registry_format import registry_format

import tlzoo
from tlzoo.cli import main
from tlzoo.cli.commands import COMMANDS
from tlzoo.process.telemetry import SWITCHES
from tlzoo.registry import Entry
from tlzoo.runs import Recipe
from tlzoo.strategies import Phase

ROOT = Path(tlzoo.__file__).parents[1]
CODE = [*(ROOT / "tlzoo").rglob("*.py"), *(ROOT / "plugins").glob("*/tlzoo_*/**/*.py")]
READERS = {"get", "setdefault", "pop"}
OF_REQUESTS = {"https_proxy", "no_proxy"}
OF_SYSTEM = {"XDG_CACHE_HOME", "XDG_CONFIG_HOME"}


def rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| `")]


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip("|"))]


@pytest.mark.parametrize(("page", "model"), [(recipe_fields(), Recipe), (phase_fields(), Phase)])
def test_every_field_has_a_row_with_its_meaning(page: str, model: Any) -> None:
    assert [cells(row)[0].strip("`") for row in rows(page)] == list(model.model_fields)
    assert all(cells(row)[-1] for row in rows(page))
    assert not re.findall(r"Argument\(|Annotated\[\w+, Field", page)


def test_a_row_has_values_and_default() -> None:
    (row,) = (row for row in rows(recipe_fields()) if row.startswith("| `precision`"))
    assert cells(row)[1:3] == ["`float32`, `mixed_bfloat16`, `mixed_float16`", "`float32`"]


def test_every_command_and_option_is_described() -> None:
    page = command_line()
    assert set(COMMANDS) <= set(re.findall(r"^## tlzoo (\S+)$", page, re.MULTILINE))
    for name, parser, _ in parsers():
        assert f"# tlzoo {name}\n" in page
        for action in parser._actions:
            if action.choices is None or action.option_strings:
                assert action.help, (name, action)
            if not set(action.option_strings) & {"-h", "--json", "--quiet"}:
                assert all(option in page for option in action.option_strings)


def test_flags_have_no_value_and_options_name_theirs() -> None:
    page = command_line()
    assert "| `--installed` |" in page
    assert "| `--where EXPR` |" in page


def test_the_registry_format_has_every_key_of_an_entry() -> None:
    section = registry_format().split("## An entry")[1].split("\n## ")[0]
    assert [cells(row)[0].strip("`") for row in rows(section)] == [each.name for each in fields(Entry)]
    assert all(cells(row)[-1] for row in rows(section))


def test_the_registry_format_has_the_keys_of_a_declared_input_as_a_file_has_them() -> None:
    section = registry_format().split("## A declared input")[1].split("\n## ")[0]
    keys = {cells(row)[0].strip("`") for row in rows(section)}
    assert keys == {"plugin", "modality", "shown", "details", "data", "fields"}


def test_every_key_of_a_registry_has_a_meaning() -> None:
    assert [row for row in rows(registry_format()) if not cells(row)[-1]] == []


def test_markdown_shows_texts_as_they_are() -> None:
    assert sentence("a list, `x|y` <b>") == "A list, `x\\|y` \\<b\\>."
    assert code("a`b") == "``a`b``"
    assert text("policy (docs/guides/data.md)") == "policy ([guides/data.md](/guides/data.md))"


def test_every_entry_has_a_page_with_its_files() -> None:
    pages = entry_pages()
    entries = zoo().entries()
    assert {f"{file_name(each)}.md" for each in entries} == pages.keys() - {"index.md"}
    for entry in entries:
        page = pages[f"{file_name(entry)}.md"]
        assert page.startswith(f"# {entry.id}\n")
        assert all(file.source in page for file in entry.files.values())
        assert str(Path.home()) not in page


def test_every_public_name_is_documented_once() -> None:
    documented = [each.path for module in modules() for each in names_of(module) if each.documented == each.path]
    assert "tlzoo.train" in documented
    assert "tlzoo.tasks.Task" in documented
    assert "tlzoo.data.Task" not in documented
    assert len(documented) == len(set(documented))
    everywhere = {each.documented for module in modules() for each in names_of(module)}
    assert everywhere == set(documented)


def environment_variables(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module looks up in the environment, by themselves or through a constant."""
    constants = {
        target.id: value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for names, values in [(node.targets[0], node.value)]
        for target, value in (
            zip(names.elts, values.elts, strict=False)
            if isinstance(names, ast.Tuple) and isinstance(values, ast.Tuple)
            else [(names, values)]
        )
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant)
    }
    for node in ast.walk(tree):
        asked = None
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch("TLZOO_[A-Z_]+", node.value):
            yield node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
            asked = node.args[0] if ast.unparse(node.func.value) == "os.environ" else None
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            asked = node.slice
        if isinstance(asked, ast.Constant):
            yield str(asked.value)
        elif isinstance(asked, ast.Name) and asked.id in constants:
            yield str(constants[asked.id])


def test_every_environment_variable_of_the_code_is_documented_and_no_other() -> None:
    used = {name for path in CODE for name in environment_variables(ast.parse(path.read_text("utf-8")))}
    assert {name for name in used if name.startswith("TLZOO_")} == VARIABLES.keys()
    others = {name for name in used if not name.startswith("TLZOO_")} | SWITCHES.keys()
    assert others | OF_REQUESTS | OF_SYSTEM == OF_LIBRARIES.keys()


def printed(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    capsys.readouterr()
    assert main([*map(str, words), "--json", "--quiet"]) == 0
    return json.loads(capsys.readouterr().out)


QUICK = {
    "list": ["list", "glyphnet"],
    "show": ["show", "glyphnet"],
    "strategies": ["strategies", "fine-tune"],
    "plugins list": ["plugins", "list"],
    "fetch": ["fetch", "glyphnet"],
    "compare": ["compare", "glyphnet", "efficientnet-lite0"],
    "registry build": ["registry", "build", "--out", "index.toml", ROOT / "plugins/tlzoo-vision"],
    "registry check": ["registry", "check", ROOT / "registry.toml"],
    "new": ["new", "head", "acme-cosine", "--out", "projects"],
}
OF_DATA = {
    "data inspect": ["data", "inspect", "images:photos"],
    "data preview": ["data", "preview", "images:photos", "--augment", "light", "--out", "sheet.png"],
    "check": ["check", "digits:"],
}
HEAD_ONLY = ["--backbone", "glyphnet", "--strategy", "feature-extraction", "--epochs", "1"]
TRAIN = ["--data", "images:photos", *HEAD_ONLY, "--out", "runs"]
OF_RUNS = {
    "train --explain": ["train", *TRAIN, "--explain"],
    "evaluate": ["evaluate", "RUN"],
    "predict": ["predict", "RUN", "photos/circle/0.png"],
    "export": ["export", "RUN", "--to", "litert"],
    "runs": ["runs", "--out", "runs"],
    "verify RUN": ["verify", "RUN"],
    "cache list": ["cache", "list"],
    "publish": ["publish", "RUN", "--as", "mine", "--licence", "Apache-2.0"],
    "publish --to": ["publish", "RUN", "--to", "shared", "--licence", "Apache-2.0"],
}
NOT_DOCUMENTED = {"demo", "registry add"}
"""The first is for people; the second prints an entry and what was found in its SavedModel."""
ELSEWHERE = {
    "bench": "cli/commands/test_bench.py",
    "doctor": "cli/commands/test_doctor.py",
    "data next": "zoo/labelling/test_label_next.py",
    "features": "zoo/test_features.py",
    "rank": "cli/commands/test_rank.py",
    "train --seeds": "cli/train/test_run_sets.py",
    "runs compare": "cli/commands/test_runs_compare.py",
    "strategies bench": "zoo/strategy_bench/test_bench.py",
    "tune": "cli/commands/test_tune.py",
}
"""Outputs that the commands' own tests compare, because they take seconds to make."""


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(0)
    for name in ("circle", "cross"):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in range(8):
            Image.fromarray(draw.integers(0, 255, (32, 32, 3), np.uint8)).save(folder / f"{number}.png")


@pytest.mark.parametrize("name", QUICK)
def test_documented_keys_are_printed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    check_keys(name, printed(capsys, *QUICK[name]))


@pytest.mark.slow
@pytest.mark.usefixtures("photos")
def test_documented_keys_of_data_and_runs_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for name, words in OF_DATA.items():
        check_keys(name, printed(capsys, *words))
    run = printed(capsys, "train", *TRAIN)
    check_keys("train", run)
    for name, words in OF_RUNS.items():
        check_keys(name, printed(capsys, *(run["run"] if word == "RUN" else word for word in words)))


def test_every_documented_output_is_compared() -> None:
    compared = {*QUICK, *OF_DATA, "train", *OF_RUNS, *ELSEWHERE}
    assert {name.partition(": ")[0] for name in outputs()} == compared
    for name, path in ELSEWHERE.items():
        assert f'check_keys("{name}", ' in (ROOT / "tests" / path).read_text("utf-8")


def test_every_command_with_json_is_documented() -> None:
    printing = {name for name, parser, _ in parsers() if "--json" in parser._option_string_actions}
    documented = {each for name, output in outputs().items() for each in (name, *output.get("also", []))}
    assert printing - documented == NOT_DOCUMENTED
