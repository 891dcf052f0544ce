"""Recipe: a complete run in one TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from tlzoo.artifacts.formats.documents import parse_toml
from tlzoo.durations import parse_duration
from tlzoo.errors import BytesRefusedError, UsageError
from tlzoo.files.atomic import write_text
from tlzoo.files.format_number import FORMAT_KEY, without_format
from tlzoo.keras_objects import KerasConfig
from tlzoo.registry.licences import licence_names
from tlzoo.runs.argument import Argument
from tlzoo.runs.consent.user_code import name_code, name_source
from tlzoo.runs.files.events import CHECKPOINT
from tlzoo.runs.named import Named
from tlzoo.runs.recipe_errors import explain_error

__all__ = ["NEWEST_RECIPE", "Named", "Origin", "Recipe", "read_recipe", "write_recipe"]

NEWEST_RECIPE = 2
"""The format of recipes with Keras objects, which older versions refuse as too new. Other recipes have format 1."""

_SIDES = 2
_MOST_BYTES = 2**20
"""Size limit for a recipe; a device file would never end."""


class Origin(BaseModel):
    """The run that another one starts from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str = Field(description="folder of the run")
    checkpoint: str = Field(pattern=CHECKPOINT, description="name of its final checkpoint")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the checkpoint file")


class Recipe(BaseModel):
    """Data, backbone and training options of a run.

    >>> recipe = tlzoo.Recipe(data="images:photos/", backbone="glyphnet", epochs=5)
    >>> recipe.strategy.name
    'multi-step'

    A field with an ``Argument`` is an option of ``tlzoo train`` and ``tlzoo tune`` and an argument of ``tlzoo.train``.
    Flag, type, choices, default and help text are generated from the field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Annotated[str, Argument("SOURCE")] = Field(
        description="data source: images:FOLDER, arrays:FILE.npz, digits:, … (`tlzoo adapters`)"
    )
    task: Annotated[str | None, Argument("NAME")] = Field(
        default=None, description="task that the data must have, such as classification; default: any"
    )
    backbone: Annotated[str, Argument("ENTRY")] = Field(description="entry of the zoo (`tlzoo list`), or auto")
    target: Annotated[str | None, Argument("SOURCE")] = Field(
        default=None,
        description="data source of the target domain, for domain adaptation; its labels are not used "
        "(docs/guides/domain-adaptation.md)",
    )
    target_test: Annotated[str | None, Argument("SOURCE")] = Field(
        default=None, description="labelled data source of the target domain to test on; default: a split of the target"
    )
    head: Annotated[Named, Argument("NAME", options_flag="-H")] = Field(
        default=Named(name="linear"),
        description="head on top of the backbone (`tlzoo heads`), or a class of your own: ./file.py:Class",
    )
    strategy: Annotated[Named, Argument("NAME", options_flag="-S")] = Field(
        default=Named(name="multi-step"),
        description="training strategy (`tlzoo strategies`), or a class of your own: ./file.py:Class",
    )
    augment: Annotated[Named, Argument("POLICY", options_flag="-A")] = Field(
        default=Named(name="none"),
        description="augmentation policy: none, light, standard or strong (docs/guides/augmentation.md)",
    )
    epochs: Annotated[PositiveInt | None, Argument("N", excludes="steps")] = Field(
        default=None, description="total number of epochs; the strategy divides them among its phases"
    )
    steps: Annotated[PositiveInt | None, Argument("N", excludes="epochs")] = Field(
        default=None, description="total number of training steps, instead of epochs"
    )
    budget: Annotated[str | None, Argument("TIME")] = Field(
        default=None, description="time limit of the run, such as 5m; only for the strategy auto"
    )
    missing: Annotated[dict[str, str], Argument("COLUMN=POLICY,…")] = Field(
        default_factory=dict,
        description="policy for empty cells, by column: label=drop,age=impute:median,title=constant:none",
    )
    per_class: Annotated[PositiveInt | None, Argument("N")] = Field(
        default=None, description="labelled examples per class, including validation"
    )
    batch_size: Annotated[PositiveInt | None, Argument("N")] = Field(
        default=None, description="batch size; default: 32, or less for small data sets"
    )
    optimizer: Annotated[str | KerasConfig, Argument("NAME")] = Field(
        default="adamw", description="optimizer by name, or a Keras optimizer (docs/guides/keras-objects.md)"
    )
    balance: Annotated[
        Literal["none", "class-weights", "oversample", "undersample", "focal", "logit-adjust"], Argument("METHOD")
    ] = Field(default="none", description="method for imbalanced classes")
    loss: Annotated[str | KerasConfig | None, Argument("NAME")] = Field(
        default=None,
        description="loss of the task; for regression: mse (default) or huber (robust to outliers); or a Keras loss",
    )
    metrics: Annotated[tuple[KerasConfig, ...], Argument("NAME,…")] = Field(
        default=(), description="Keras metrics to measure after every epoch and on the test split, such as AUC"
    )
    thresholds: Annotated[str, Argument("RULE")] = Field(
        default="half",
        description="multi-label decision threshold: 0.5 (half), or chosen on the validation split by f1, recall=0.9, "
        "precision=0.9 or cost=5 (docs/guides/tasks.md)",
    )
    calibrate: Annotated[Literal["none", "temperature", "vector"], Argument(default_value="temperature")] = Field(
        default="none",
        description="method that calibrates probabilities on held-out samples: temperature has one scale, "
        "vector a scale and a shift of each class; without a method: temperature (docs/guides/uncertainty.md)",
    )
    coverage: Annotated[float | None, Argument("P%")] = Field(
        default=None,
        description="add a label set or an interval with this coverage to every prediction, such as 90% "
        "(docs/guides/uncertainty.md)",
    )
    image_size: Annotated[PositiveInt | None, Argument("PIXELS")] = Field(
        default=None, description="height and width of images; default: that of the entry"
    )
    sequence_length: Annotated[PositiveInt | None, Argument("TOKENS")] = Field(
        default=None, description="maximum length of texts; default: that of the entry"
    )
    weights: Annotated[Literal["pretrained", "random"] | None, Argument()] = Field(
        default=None,
        description="initial weights of the backbone; default: pretrained, unless the strategy trains from scratch",
    )
    precision: Annotated[Literal["float32", "mixed_bfloat16", "mixed_float16"], Argument()] = Field(
        default="float32",
        description="precision of computations (weights stay float32); mixed_float16 is for GPUs without bfloat16",
    )
    licences: Annotated[tuple[str, ...], Argument("SPDX,…")] = Field(
        default=(),
        description="SPDX names of the licences that the backbone may have, such as MIT,Apache-2.0; default: any",
    )
    seed: Annotated[int, Argument("N")] = Field(default=0, ge=0, description="random seed")
    fold: Annotated[str | None, Argument("I/K")] = Field(
        default=None,
        description="test on fold I of K of cross-validation, such as 2/5, instead of the test split "
        "(docs/guides/repeated-runs.md)",
    )
    export: Annotated[tuple[str, ...], Argument("FORMAT,…")] = Field(
        default=("keras", "saved-model"),
        description="formats of the exported model; 'none' exports neither model nor report",
    )
    origin: Origin | None = Field(default=None, description="finished run that provides the initial weights")

    @field_validator("head", "strategy", "augment", mode="before")
    @classmethod
    def _of_default_name(cls, value: Any, about: ValidationInfo) -> Any:
        """Apply options without a name to the recipe's own head, strategy or policy."""
        if not isinstance(value, dict) or value.get("name") is not None:
            return value
        options = {key: each for key, each in value.items() if key != "name"}
        options = options["options"] if options.keys() == {"options"} else options
        name = cls.model_fields[str(about.field_name)].default.name
        if not isinstance(options, dict):
            return {"name": name, "options": options}
        return Named.model_construct({"options"}, name=name, options=options)

    @field_validator("optimizer", "loss", mode="before")
    @classmethod
    def _keras_object(cls, value: Any, about: ValidationInfo) -> Any:
        return KerasConfig.of_kind(value, str(about.field_name))

    @field_validator("calibrate", mode="before")
    @classmethod
    def _method(cls, value: Any) -> Any:
        return {True: "temperature", False: "none"}[value] if isinstance(value, bool) else value

    @field_validator("thresholds")
    @classmethod
    def _rule(cls, value: str) -> str:
        from tlzoo.tasks.thresholds import read_rule

        try:
            read_rule(value)
        except UsageError as error:
            raise PydanticCustomError("thresholds", "{said}", {"said": str(error)}) from error
        return value

    @field_validator("coverage", mode="before")
    @classmethod
    def _share(cls, value: Any) -> Any:
        from tlzoo.tasks.conformal import read_coverage

        try:
            return None if value is None else read_coverage(value)
        except UsageError as error:
            raise PydanticCustomError("coverage", "{said}", {"said": str(error).removeprefix("coverage ")}) from error

    @field_validator("image_size", mode="before")
    @classmethod
    def _square(cls, value: Any) -> Any:
        """Return height and width as one number, if they are equal."""
        if not isinstance(value, list | tuple):
            return value
        if not 1 <= len(value) <= _SIDES or any(each != value[0] for each in value):
            raise ValueError("runs use square images: give one number, such as image_size=64")
        return value[0]

    @field_validator("metrics", mode="before")
    @classmethod
    def _keras_metrics(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = [each.strip() for each in value.split(",") if each.strip()]
        if not isinstance(value, list | tuple):
            return value
        return tuple(KerasConfig.of_metric(each) for each in value)

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

    @field_validator("fold")
    @classmethod
    def _one_fold(cls, value: str | None) -> str | None:
        from tlzoo.data import Fold

        try:
            return value if value is None else str(Fold.parse(value))
        except UsageError as error:
            raise PydanticCustomError("fold", "{said}", {"said": str(error)}) from error

    @field_validator("licences", mode="before")
    @classmethod
    def _spdx(cls, value: Any) -> Any:
        several = isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
        if not several and not isinstance(value, str):
            return value
        try:
            return licence_names(value)
        except UsageError as error:
            raise PydanticCustomError("licence", "{said}", {"said": str(error)}) from error

    @field_validator("budget", mode="before")
    @classmethod
    def _duration(cls, value: Any) -> Any:
        """Check a duration, and convert a number of seconds to text."""
        if value is None:
            return None
        try:
            parse_duration(value, "a duration")
        except UsageError as error:
            raise PydanticCustomError(
                "duration", "{said}", {"said": str(error).removeprefix("a duration: ")}
            ) from error
        return value if isinstance(value, str) else f"{value:.12g}s"

    def _new_fields(self) -> set[str]:
        """Return the fields with their defaults that earlier versions of tlzoo would refuse."""
        return {name for name in ("calibrate",) if getattr(self, name) == type(self).model_fields[name].default}

    @property
    def named_loss(self) -> str | None:
        """The loss of the task; None if the recipe has none, or a Keras loss."""
        return self.loss if isinstance(self.loss, str) else None

    @property
    def has_keras_objects(self) -> bool:
        """Whether a field holds a Keras object."""
        objects = (self.optimizer, self.loss, *self.metrics)
        return any(isinstance(each, KerasConfig) for each in objects) or self.augment.name == "keras"

    @property
    def seconds(self) -> float | None:
        """The budget in seconds."""
        return None if self.budget is None else parse_duration(self.budget, "budget")

    @model_validator(mode="after")
    def _one_budget(self) -> Recipe:
        if self.epochs is not None and self.steps is not None:
            raise ValueError("give epochs or steps, not both")
        return self

    def to_toml(self) -> str:
        """Return the recipe as TOML that ``read_recipe`` reads back to the same recipe."""
        import tomli_w

        plain = self.model_dump(
            mode="json",
            exclude_none=True,
            exclude={name for name in ("metrics", "licences") if not getattr(self, name)} | self._new_fields(),
        )
        scalars = {key: _without_none(value) for key, value in plain.items() if not isinstance(value, dict)}
        tables = {key: _without_none(value) for key, value in plain.items() if isinstance(value, dict) and value}
        return tomli_w.dumps(scalars | tables)


def write_recipe(path: Path, recipe: Recipe) -> None:
    """Write a recipe to a file, with the format number first."""
    number = NEWEST_RECIPE if recipe.has_keras_objects else 1
    write_text(path, f"{FORMAT_KEY} = {number}\n{recipe.to_toml()}")


def read_recipe(path: Path | None, overrides: Mapping[str, Any], *, base: Mapping[str, Any] | None = None) -> Recipe:
    """Read a recipe file, if given, or take the fields of ``base``; apply ``overrides`` that are not None.

    Overrides come from the user: naming a class in a file, or the module of a data source, is consent to execute it.

    Args:
        path: TOML file, or None.
        overrides: Fields by name.
        base: Fields to start from, if there is no file.

    Returns:
        The recipe.

    Raises:
        UsageError: If a field is misspelt, missing or of the wrong type.
    """
    values: dict[str, Any] = dict(base or {})
    if path is not None:
        try:
            with path.open("rb") as stream:  # may be a link or a pipe, as the user names it
                content = stream.read(_MOST_BYTES + 1)
            if len(content) > _MOST_BYTES:
                raise UsageError(f"{path} has more than {_MOST_BYTES:,} bytes", "give a recipe, a short TOML file")
            values = parse_toml(content, str(path))
        except FileNotFoundError as error:
            raise UsageError(f"no recipe {str(path)!r}", "give a TOML file, or --data and --backbone") from error
        except IsADirectoryError as error:
            raise UsageError(f"{path} is a folder, not a recipe", f"for data use --data images:{path}") from error
        except OSError as error:
            raise UsageError(f"the recipe {path} cannot be read: {error.strerror}") from error
        except BytesRefusedError as error:
            raise UsageError(error.what) from error
    values = without_format(values, str(path or "the recipe"), NEWEST_RECIPE, error=UsageError)
    for key, value in overrides.items():
        _name(key, value)
        if value is not None:
            values[key] = _with_options(values.get(key), value) if _is_choice(value) else value
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        raise UsageError(explain_error(error, Recipe.model_fields, path)) from error


def _name(field: str, value: Any) -> None:
    """Record the code that the user names with a field."""
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        name_code(value["name"])
    elif field in {"data", "target", "target_test"} and isinstance(value, str):
        name_source(value)


def _is_choice(value: Any) -> bool:
    """Whether a value is a head, strategy or policy with options: a Keras object replaces another as a whole."""
    return isinstance(value, dict) and "class_name" not in value


def _with_options(given: Any, over: dict[str, Any]) -> dict[str, Any]:
    """Merge options into those of the same head, strategy or policy; another name starts from its defaults.

    If neither gives a name, the result has none: the default may not suit the data.
    """
    below = {"name": given} if isinstance(given, str) else dict(given or {})
    name = over.get("name", below.get("name"))
    kept = below if name == below.get("name", name) else {}
    return {**kept, **over.get("options", {}), "name": name}


def _without_none(value: Any) -> Any:
    """Return plain values without None, which TOML cannot represent."""
    if isinstance(value, dict):
        return {key: _without_none(each) for key, each in value.items() if each is not None}
    return [_without_none(each) for each in value] if isinstance(value, list) else value
