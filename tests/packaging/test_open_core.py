"""The core is open: no code outside its folder asks which of the built-in tasks or modalities it has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tlzoo
from tlzoo.modalities import core_modalities
from tlzoo.registry import InputContract
from tlzoo.registry.inputs import CORE_INPUTS
from tlzoo.tasks import core_tasks

ROOT = Path(tlzoo.__file__).parents[1]
FOLDERS = (ROOT / "tlzoo", *ROOT.glob("plugins/*/tlzoo_*"))
OWN = ROOT / "tlzoo/tasks"
KINDS = frozenset(core_tasks())
CLASSES = frozenset(each.__name__ for each in core_tasks().values())


def names_a_task(node: ast.AST) -> bool:
    """Whether an expression is a kind, a class of a task or its kind, or a display of some."""
    match node:
        case ast.Constant(value=str(value)):
            return value in KINDS
        case ast.Name(id=name):
            return name in CLASSES
        case ast.Attribute(value=value, attr=attr):
            return attr in CLASSES or (attr == "kind" and names_a_task(value))
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return any(map(names_a_task, elements))
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return names_a_task(left) or names_a_task(right)
    return False


def decides_by_a_task(node: ast.AST) -> bool:
    """Whether a node compares with a task, asks for its class, or is a table that has tasks for keys."""
    match node:
        case ast.Compare(left=left, comparators=others):
            return any(map(names_a_task, (left, *others)))
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, classes]):
            return names_a_task(classes)
        case ast.Call(func=ast.Attribute(attr="fromkeys"), args=[keys, *_]):
            return names_a_task(keys)
        case ast.Dict(keys=keys):
            return any(each is not None and names_a_task(each) for each in keys)
        case ast.MatchValue(value=value) | ast.MatchClass(cls=value):
            return names_a_task(value)
    return False


def decisions(text: str) -> Iterator[int]:
    """Yield the lines of a module that decide by a task."""
    yield from (getattr(node, "lineno", 0) for node in ast.walk(ast.parse(text)) if decides_by_a_task(node))


@pytest.mark.parametrize(
    "text",
    [
        "task.kind == 'classification'",
        "'regression' != kind",
        "task in {'classification', 'multi-label'}",
        "kind == Classification.kind",
        "type(task) is tasks.MultiLabel",
        "isinstance(task, Classification | MultiLabel)",
        "isinstance(task, (int, Regression))",
        "TABLE = {'classification': 1}",
        "TABLE = {Regression.kind: 1}",
        "dict.fromkeys(('classification', 'regression'), 1)",
        "match task:\n    case Regression(targets=targets):\n        pass",
        "match kind:\n    case 'multi-label':\n        pass",
    ],
)
def test_a_decision_by_a_task_is_found(text: str) -> None:
    assert list(decisions(text))


@pytest.mark.parametrize("text", ["task = Classification(('a', 'b'))", "task.exclusive", "entry.kind == 'image'"])
def test_other_code_is_not_a_decision(text: str) -> None:
    assert not list(decisions(text))


def test_no_code_outside_a_tasks_folder_decides_by_a_task() -> None:
    files = [path for folder in FOLDERS for path in folder.rglob("*.py") if OWN not in path.parents]
    assert len(files) > 400
    found = [f"{path.relative_to(ROOT)}:{line}" for path in files for line in decisions(path.read_text("utf-8"))]
    assert not found


MODALITIES = frozenset({*core_modalities(), "rl"})
UNMISTAKABLE = MODALITIES - {"text"}
"""The names that mean nothing else; a column, a type of cells and a kind of inputs are called text as well."""

INPUTS = frozenset({*(each.__name__ for each in CORE_INPUTS.values()), "DeclaredInput", "ObservationInput"})
EXAMPLES = frozenset({"ArrayPictures", "EncodedImages", "ImageAugmentation", "TextAugmentation", "Texts", "Vision"})
OWNERS = (ROOT / "tlzoo/modalities", ROOT / "tlzoo/registry", ROOT / "plugins/tlzoo-rl/tlzoo_rl/modality.py")


def last_name(node: ast.AST) -> str:
    """Return the name or attribute that an expression ends with."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def literals(node: ast.AST) -> set[str]:
    """Return the strings that an expression is, or displays."""
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def names_an_input(node: ast.AST) -> bool:
    """Whether an expression is a class of inputs, of examples or of augmentation, or some of them."""
    return any(last_name(each) in INPUTS | EXAMPLES for each in ast.walk(node))


def decides_by_a_modality(node: ast.AST) -> bool:
    """Whether a node compares with a modality or a kind of inputs, asks for a class, or is a table keyed by them."""
    match node:
        case ast.Compare(left=left, comparators=others):
            sides = (left, *others)
            words = {
                word
                for each in sides
                if isinstance(each, ast.Constant | ast.Tuple | ast.Set)
                for word in literals(each)
            }
            asked = any(last_name(each) == "modality" for each in sides)
            kinds = any(ast.unparse(each).endswith(("input.kind", "contract.kind")) for each in sides)
            return bool(words & UNMISTAKABLE or (words and (asked or kinds)))
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, classes]):
            return names_an_input(classes)
        case ast.Dict(keys=keys):
            return any(each is not None and (literals(each) & UNMISTAKABLE or names_an_input(each)) for each in keys)
        case ast.Match(subject=subject, cases=cases) if last_name(subject) in {"modality", "kind"}:
            return any(literals(each.pattern) & (MODALITIES | set(CORE_INPUTS)) for each in cases)
        case ast.MatchClass(cls=cls):
            return names_an_input(cls)
    return False


@pytest.mark.parametrize(
    "text",
    [
        "entry.modality == 'vision'",
        "modality in ('rl', 'vision')",
        "examples.modality != 'text'",
        "entry.input.kind == 'image'",
        "isinstance(entry.input, ImageInput)",
        "isinstance(examples, data.Texts | int)",
        "TABLE = {'vision': 1, 'text': 2}",
        "TABLE = {ImageInput: 1}",
        "match entry.input:\n    case TextInput(tokenizer=tokenizer):\n        pass",
        "match entry.modality:\n    case 'text':\n        pass",
    ],
)
def test_a_decision_by_a_modality_is_found(text: str) -> None:
    assert any(map(decides_by_a_modality, ast.walk(ast.parse(text))))


@pytest.mark.parametrize(
    "text", ["'text' in columns", "ours.modality != theirs.modality", "ImageInput('image', (8, 8))", "{'text': None}"]
)
def test_other_code_is_not_a_decision_by_a_modality(text: str) -> None:
    assert not any(map(decides_by_a_modality, ast.walk(ast.parse(text))))


def test_no_code_outside_a_modalitys_folder_decides_by_a_modality() -> None:
    files = [path for folder in FOLDERS for path in folder.rglob("*.py") if not {path, *path.parents} & {*OWNERS}]
    assert len(files) > 400
    found = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if decides_by_a_modality(node)
    ]
    assert not found


def test_the_base_of_inputs_names_no_modality() -> None:
    assert not hasattr(InputContract, "MODALITY")
