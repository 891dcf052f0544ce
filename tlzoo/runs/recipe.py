"""A whole run, said in one TOML file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from tlzoo.artifacts.formats.documents import parse_toml
from tlzoo.durations import seconds_of
from tlzoo.errors import BytesRefusedError, UsageError, did_you_mean
from tlzoo.files.atomic import write_text
from tlzoo.files.format_number import FORMAT_KEY, without_format
from tlzoo.runs.consent.user_code import name_code, name_source
from tlzoo.runs.origin import Origin

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["Named", "Recipe", "explain_value", "read_recipe", "write_recipe"]

_MOST_BYTES = 2**20
"""What is read of a recipe: a device has no end."""
_IN_TOML = {
    "model_type": "should be a name, or a table with a name and options",
    "tuple_type": "should be a list, such as [1, 2]",
    "list_type": "should be a list, such as [1, 2]",
    "dict_type": "should be a table",
    "int_parsing": "should be a whole number",
    "int_from_float": "should be a whole number",
    "float_parsing": "should be a number",
    "bool_parsing": "should be true or false",
    "string_type": "should be a text, in quotes",
}


class Named(BaseModel):
    """A head, a strategy or an augmentation by name, its options beside the name: ``{name = "mlp", units = [512]}``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict) and "options" not in value:
            return {"name": value.get("name"), "options": {key: each for key, each in value.items() if key != "name"}}
        return value

    @field_validator("options")
    @classmethod
    def _finite(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Refuse NaN and infinity: JSON and the run's own copy of the recipe do not hold them."""
        for name, each in value.items():
            if not _is_finite(each):
                raise ValueError(f"the option {name!r} is not a finite number")
        return value

    @model_serializer
    def _flatten(self) -> dict[str, Any]:
        return {"name": self.name, **self.options}

    @property
    def chosen(self) -> bool:
        """Whether the recipe itself says the name; a default one was filled in otherwise."""
        return "name" in self.model_fields_set


class Recipe(BaseModel):
    """What to train on what, and how. Every field is an option of ``tlzoo train``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: str = Field(description="source of the data, such as images:photos/ or digits:")
    backbone: str = Field(description="entry of the zoo, by id or an unambiguous short name")
    target: str | None = Field(
        default=None, description="source of unlabelled inputs of another domain, for domain adaptation"
    )
    target_test: str | None = Field(
        default=None, description="labelled source of that domain to test on; a split of target if not given"
    )
    head: Named = Field(default=Named(name="linear"), description="head, with its options")
    strategy: Named = Field(default=Named(name="multi-step"), description="strategy, with its options")
    augment: Named = Field(
        default=Named(name="none"),
        description="policy of augmentation (none, light, standard, strong), with its options",
    )
    epochs: PositiveInt | None = Field(default=None, description="budget of the run in passes over the training split")
    steps: PositiveInt | None = Field(default=None, description="budget of the run in steps")
    budget: str | None = Field(
        default=None, description="how long the run may take, such as 5m, for a strategy that heeds it"
    )
    missing: dict[str, str] = Field(
        default_factory=dict,
        description="what becomes of empty cells, by column: drop, impute:median, constant:none, …",
    )
    per_class: PositiveInt | None = Field(
        default=None, description="labelled examples a class in all, validation included"
    )
    batch_size: PositiveInt | None = Field(
        default=None, description="samples a step; 32, or fewer where an epoch would have less than ten steps"
    )
    optimizer: str = Field(default="adamw", description="optimizer")
    balance: Literal["none", "class-weights", "oversample", "undersample", "focal", "logit-adjust"] = Field(
        default="none", description="what makes classes of different sizes count alike in training"
    )
    loss: Literal["mse", "huber"] | None = Field(
        default=None,
        description="what errors of numbers cost: their squares (mse), or less where they are large (huber)",
    )
    thresholds: Literal["half", "validation"] = Field(
        default="half",
        description="from which probability on each of several labels applies: a half, or the one of the best F1 on "
        "the validation split",
    )
    image_size: PositiveInt | None = Field(
        default=None, description="height and width of images; the entry's if not given"
    )
    sequence_length: PositiveInt | None = Field(
        default=None, description="tokens that a text is cut to; the entry's if not given"
    )
    weights: Literal["pretrained", "random"] | None = Field(default=None, description="what the backbone starts from")
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = Field(
        default="float32", description="what layers compute in; weights stay in single precision"
    )
    seed: int = Field(default=0, ge=0, description="every draw follows from it")
    export: tuple[str, ...] = Field(
        default=("keras", "saved-model"),
        description="formats of the exported model; an empty list leaves out model and report",
    )
    origin: Origin | None = Field(default=None, description="finished run whose weights the run starts from")

    @field_validator("head", "strategy", "augment", mode="before")
    @classmethod
    def _of_default_name(cls, value: Any, about: ValidationInfo) -> Any:
        """Give options without a name to what a recipe has that names nothing."""
        if not isinstance(value, dict) or value.get("name") is not None:
            return value
        options = {key: each for key, each in value.items() if key != "name"}
        options = options["options"] if options.keys() == {"options"} else options
        name = cls.model_fields[str(about.field_name)].default.name
        if not isinstance(options, dict):
            return {"name": name, "options": options}
        return Named.model_construct({"options"}, name=name, options=options)

    @field_validator("missing", mode="before")
    @classmethod
    def _policies(cls, value: Any) -> Any:
        from tlzoo.data import Policy, parse_policies

        if isinstance(value, str):
            return parse_policies(value)
        if isinstance(value, dict):
            for policy in value.values():
                Policy.parse(str(policy))
        return value

    @field_validator("export", mode="before")
    @classmethod
    def _formats(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = [each.strip() for each in value.split(",")]
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
            return value
        formats = [*dict.fromkeys(each for each in value if each)]
        if "none" in formats and len(formats) > 1:
            others = ", ".join(each for each in formats if each != "none")
            raise ValueError(f"'none' cannot be combined with {others}")
        return () if formats == ["none"] else formats

    @field_validator("budget")
    @classmethod
    def _length_of_time(cls, value: str | None) -> str | None:
        if value is not None:
            seconds_of(value, "--budget")
        return value

    @property
    def seconds(self) -> float | None:
        """The budget in seconds."""
        return None if self.budget is None else seconds_of(self.budget, "budget")

    @model_validator(mode="after")
    def _one_budget(self) -> Recipe:
        if self.epochs is not None and self.steps is not None:
            raise ValueError("give epochs or steps, not both")
        return self

    def to_toml(self) -> str:
        """Return the recipe as TOML that ``read_recipe`` reads back to the same recipe."""
        import tomli_w

        plain = self.model_dump(mode="json", exclude_none=True)
        scalars = {key: value for key, value in plain.items() if not isinstance(value, dict)}
        tables = {key: _without_none(value) for key, value in plain.items() if isinstance(value, dict) and value}
        return tomli_w.dumps(scalars | tables)


def write_recipe(path: Path, recipe: Recipe) -> None:
    """Write a recipe into a file, with the format number first."""
    write_text(path, f"{FORMAT_KEY} = 1\n{recipe.to_toml()}")


def read_recipe(path: Path | None, overrides: Mapping[str, Any], *, base: Mapping[str, Any] | None = None) -> Recipe:
    """Read a recipe file, if given, or take the fields of ``base``, and put ``overrides`` (not None) over them.

    Overrides are the user's own words: naming a class in a file, or an environment's module, is consent to execute it.

    Raises UsageError naming the field: misspelt, missing, or of a wrong kind.
    """
    values: dict[str, Any] = dict(base or {})
    if path is not None:
        try:
            with path.open("rb") as stream:  # a link or a pipe, too: the user names it
                content = stream.read(_MOST_BYTES + 1)
            if len(content) > _MOST_BYTES:
                raise UsageError(f"{path} has more than {_MOST_BYTES:,} bytes", "give a recipe, a short TOML file")
            values = parse_toml(content, str(path))
        except FileNotFoundError as error:
            raise UsageError(f"no recipe {str(path)!r}", "give a TOML file, or --data and --backbone") from error
        except IsADirectoryError as error:
            raise UsageError(f"{path} is a folder, not a recipe", f"for data write --data images:{path}") from error
        except OSError as error:
            raise UsageError(f"the recipe {path} cannot be read: {error.strerror}") from error
        except BytesRefusedError as error:
            raise UsageError(error.what) from error
    values = without_format(values, str(path or "the recipe"), error=UsageError)
    for key, value in overrides.items():
        _name(key, value)
        if value is not None:
            values[key] = _with_options(values.get(key), value) if isinstance(value, dict) else value
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        raise UsageError(_explain(error, path)) from error


def _name(field: str, value: Any) -> None:
    """Record which code the user names with a field."""
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        name_code(value["name"])
    elif field in {"data", "target", "target_test"} and isinstance(value, str):
        name_source(value)


def _with_options(given: Any, over: dict[str, Any]) -> dict[str, Any]:
    """Put options over those of the same head, strategy or policy; another name begins with its own defaults.

    Where neither says a name, there is none: the default one may not be what the data asks for.
    """
    below = {"name": given} if isinstance(given, str) else dict(given or {})
    name = over.get("name", below.get("name"))
    kept = below if name == below.get("name", name) else {}
    return {**kept, **over.get("options", {}), "name": name}


def _explain(error: ValidationError, path: Path | None) -> str:
    errors = error.errors()
    # A misspelt field comes first: it may be why another one is missing.
    first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
    field = ".".join(str(part) for part in first["loc"])
    where = f"{path}: " if path else ""
    if first["type"] == "extra_forbidden":
        return f"{where}no field {field!r} in a recipe; {did_you_mean(field, Recipe.model_fields)}"
    if first["type"] == "missing":
        if field not in Recipe.model_fields:
            return f"{where}{str(first['loc'][0])!r} in a recipe needs {'.'.join(map(str, first['loc'][1:]))!r}"
        return (
            f"{where}a recipe needs {field!r} ({Recipe.model_fields[field].description}); give it there or as --{field}"
        )
    return f"{where}{field + ': ' if field else ''}{explain_value(first)}"


def explain_value(error: ErrorDetails) -> str:
    """Say what is wrong with one value, in a TOML writer's words, and what it was."""
    kind = str(error["type"])
    if kind == "value_error" and not error["loc"]:
        return str(error["msg"]).removeprefix("Value error, ")
    message = _IN_TOML.get(kind) or str(error["msg"]).removeprefix("Value error, ")
    return f"{message} (received {error['input']!r})"


def _is_finite(value: Any) -> bool:
    """Return whether no number within is NaN or infinite."""
    if isinstance(value, float):
        return math.isfinite(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return all(map(_is_finite, inside))


def _without_none(value: Any) -> Any:
    """Return plain values without what TOML cannot hold: entries of tables that are None."""
    if isinstance(value, dict):
        return {key: _without_none(each) for key, each in value.items() if each is not None}
    return [_without_none(each) for each in value] if isinstance(value, list) else value
