"""Selections of trained variables: combinations of stages, the head, and patterns of paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tlzoo.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from tlzoo.backbones.contract import Stage

__all__ = ["Parts", "Selection", "everything", "head", "matching", "stages", "stages_from", "top"]


@dataclass(frozen=True, slots=True)
class Parts:
    """The variables of a model by part: paths of the head, and of each stage from input to output."""

    head: frozenset[str]
    stages: Mapping[str, frozenset[str]]


class _Node(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def __or__(self, other: Selection) -> Union:
        return Union(either=self, other=other)  # type: ignore[arg-type]

    def __and__(self, other: Selection) -> Intersection:
        return Intersection(one=self, other=other)  # type: ignore[arg-type]

    def __sub__(self, other: Selection) -> Difference:
        return Difference(these=self, without=other)  # type: ignore[arg-type]

    def paths(self, parts: Parts) -> frozenset[str]:
        """Return the paths of the selected variables. Raises UsageError if there are none."""
        found = self._paths(parts)
        if not found:
            if not any(parts.stages.values()):
                raise UsageError(
                    f"{self} selects no variable: the backbone has none", "use the strategy feature-extraction"
                )
            raise UsageError(f"{self} selects no variable", f"stages: {', '.join(parts.stages)}")
        return found

    def _paths(self, parts: Parts) -> frozenset[str]:
        raise NotImplementedError


class HeadSelection(_Node):
    """The head's variables."""

    kind: Literal["head"] = "head"

    def __str__(self) -> str:
        return "head"

    def _paths(self, parts: Parts) -> frozenset[str]:
        return parts.head


class Everything(_Node):
    """Every variable of backbone and head."""

    kind: Literal["everything"] = "everything"

    def __str__(self) -> str:
        return "everything"

    def _paths(self, parts: Parts) -> frozenset[str]:
        return parts.head.union(*parts.stages.values())


class Stages(_Node):
    """The named stages; ``above`` adds all stages nearer to the output."""

    kind: Literal["stages"] = "stages"
    names: tuple[str, ...]
    above: bool = False

    def __str__(self) -> str:
        return f"stages from {self.names[0]}" if self.above else " and ".join(self.names)

    def _paths(self, parts: Parts) -> frozenset[str]:
        order = list(parts.stages)
        for name in self.names:
            if name not in parts.stages:
                raise UsageError(f"no stage {name!r}", did_you_mean(name, order))
        names = order[order.index(self.names[0]) :] if self.above else self.names
        return frozenset[str]().union(*(parts.stages[name] for name in names))


class Top(_Node):
    """The ``count`` stages nearest to the output that have variables."""

    kind: Literal["top"] = "top"
    count: int = Field(ge=1)

    def __str__(self) -> str:
        return f"top {self.count} stages" if self.count > 1 else "top stage"

    def _paths(self, parts: Parts) -> frozenset[str]:
        filled = [paths for paths in parts.stages.values() if paths]
        return frozenset[str]().union(*filled[-self.count :])


class Matching(_Node):
    """The variables whose path matches one of these globs."""

    kind: Literal["matching"] = "matching"
    patterns: tuple[str, ...]

    def __str__(self) -> str:
        return "matching " + ", ".join(self.patterns)

    def _paths(self, parts: Parts) -> frozenset[str]:
        every = Everything().paths(parts)
        return frozenset(path for path in every if any(fnmatchcase(path, pattern) for pattern in self.patterns))


class Union(_Node):
    """The union of two selections."""

    kind: Literal["union"] = "union"
    either: Selection
    other: Selection

    def __str__(self) -> str:
        return f"{self.either} + {self.other}"

    def _paths(self, parts: Parts) -> frozenset[str]:
        return self.either.paths(parts) | self.other.paths(parts)


class Intersection(_Node):
    """The intersection of two selections."""

    kind: Literal["intersection"] = "intersection"
    one: Selection
    other: Selection

    def __str__(self) -> str:
        return f"{_bracketed(self.one)} & {_bracketed(self.other)}"

    def _paths(self, parts: Parts) -> frozenset[str]:
        return self.one.paths(parts) & self.other.paths(parts)


class Difference(_Node):
    """The difference of two selections."""

    kind: Literal["difference"] = "difference"
    these: Selection
    without: Selection

    def __str__(self) -> str:
        return f"{self.these} without {self.without}"

    def _paths(self, parts: Parts) -> frozenset[str]:
        return self.these.paths(parts) - self.without.paths(parts)


Selection = Annotated[
    HeadSelection | Everything | Stages | Top | Matching | Union | Intersection | Difference,
    Field(discriminator="kind"),
]

Union.model_rebuild()
Intersection.model_rebuild()
Difference.model_rebuild()


def head() -> HeadSelection:
    """Select the head."""
    return HeadSelection()


def everything() -> Everything:
    """Select every variable of backbone and head."""
    return Everything()


def stages(*names: str | Stage) -> Stages:
    """Select these stages, by name or object."""
    return Stages(names=tuple(_name(each) for each in names))


def stages_from(lowest: str | Stage) -> Stages:
    """Select a stage and all stages nearer to the output."""
    return Stages(names=(_name(lowest),), above=True)


def top(count: int) -> Top:
    """Select the ``count`` stages nearest to the output that have variables."""
    return Top(count=count)


def matching(*patterns: str) -> Matching:
    """Select variables by globs over their paths, such as ``"*/gamma"``."""
    return Matching(patterns=patterns)


def _bracketed(selection: Selection) -> str:
    return f"({selection})" if isinstance(selection, Union | Difference) else str(selection)


def _name(stage: str | Stage) -> str:
    return stage if isinstance(stage, str) else stage.name
