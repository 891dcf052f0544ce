"""Command-line options for the fields of a recipe, generated from the fields."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from tlzoo.cli.arguments.numbers import whole_number
from tlzoo.errors import UsageError
from tlzoo.runs.argument import Argument, arguments_of, describe_field, literal_values
from tlzoo.runs.recipe import Recipe

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["add_recipe_arguments", "recipe_overrides"]


def add_recipe_arguments(parser: argparse.ArgumentParser, *, leave_out: tuple[str, ...] = ()) -> None:
    """Add the recipe file and an option for each field except those in ``leave_out``."""
    parser.add_argument(
        "recipe",
        nargs="?",
        type=Path,
        metavar="RECIPE.toml",
        help="recipe file; command-line options override its fields",
    )
    groups: dict[str, Any] = {}
    for name, argument in arguments_of(Recipe.model_fields).items():
        if name in leave_out:
            continue
        container = groups.get(name, parser)
        if argument.excludes is not None and name not in groups:
            container = groups[argument.excludes] = parser.add_mutually_exclusive_group()
        _add_field(container, name, argument)
        if argument.options_flag is not None:
            parser.add_argument(
                argument.options_flag,
                dest=_options_name(name),
                action="append",
                default=[],
                metavar="KEY=VALUE",
                help=f"option of --{name}; repeatable",
            )


def recipe_overrides(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the fields given on the command line, as ``tlzoo.train`` takes them."""
    given = {}
    for name, argument in arguments_of(Recipe.model_fields).items():
        value = getattr(arguments, name, None)
        if argument.options_flag is not None:
            value = _with_options(name, value, getattr(arguments, _options_name(name)))
        if value is not None:
            given[name] = value
    return given


def _add_field(container: Any, name: str, argument: Argument) -> None:
    field = Recipe.model_fields[name]
    optional: dict[str, Any] = {} if argument.default_value is None else {"nargs": "?", "const": argument.default_value}
    container.add_argument(
        f"--{name.replace('_', '-')}",
        type=_type_of(field),
        choices=literal_values(field),
        metavar=argument.metavar,
        help=describe_field(field).replace("%", "%%"),
        **optional,
    )


def _options_name(name: str) -> str:
    return f"{name}_options"


def _with_options(field: str, name: str | None, pairs: list[str]) -> dict[str, Any] | None:
    """Return a head, strategy or policy. Options without a name apply to the recipe's own, or to the default."""
    from tlzoo.runs import parse_options

    if name is None and not pairs:
        return None
    options = parse_options(pairs)
    if "name" in options:
        raise UsageError(f"name={options['name']} is not an option of a {field}", f"use --{field} {options['name']}")
    return options | ({} if name is None else {"name": name})


def _type_of(field: FieldInfo) -> Callable[[str], Any]:
    """Return the function that parses a value: whole numbers with the field's lower bound, or text."""
    types = [*_types(field.annotation), *field.metadata]
    if int not in types:
        return str
    bounds = [each.ge for each in types if hasattr(each, "ge")] + [each.gt + 1 for each in types if hasattr(each, "gt")]
    return partial(whole_number, *bounds)


def _types(annotation: Any) -> Iterator[Any]:
    """Yield a type, its components and its constraints."""
    yield annotation
    if get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from _types(part)
