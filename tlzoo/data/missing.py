"""Policies for empty cells, by column, and their effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args
from urllib.parse import quote, unquote

from tlzoo.errors import DataError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Missing",
    "MissingError",
    "Policy",
    "format_policies",
    "is_missing",
    "is_missing_word",
    "parse_policies",
]

Statistic: TypeAlias = Literal["mean", "median", "most-frequent"]
_FORMS = "refuse, drop, impute, impute:mean, impute:median, impute:most-frequent or constant:VALUE"
_FIX = (
    "fill them, or set a policy for each column, as in --missing {column}=drop (or constant:VALUE; for numbers: impute)"
)
_SHOWN = 3
_WORDS = frozenset({"nan", "na", "n/a", "#n/a", "null", "none", "nil", "<na>", "-", "--", "?"})
_INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff"  # soft hyphen and zero-width characters


def is_missing(cell: Any) -> bool:
    """Return whether a table's cell is empty, in any format or role.

    Empty are None, NaN, a text of blanks and invisible characters only, and an image without bytes or a path.
    """
    match cell:
        case None:
            return True
        case str():
            return not cell or ((cell[0] in _INVISIBLE or cell[0].isspace()) and _is_blank(cell))
        case bytes():
            return not cell
        case float():
            return cell != cell  # noqa: PLR0124 - NaN alone differs from itself
        case dict():
            return cell.keys() <= {"bytes", "path"} and not any(cell.values())
    return False


def is_missing_word(cell: Any) -> bool:
    """Return whether a cell is a word for a missing value, such as ``NaN``, ``n/a`` or ``?``.

    In a column of numbers it is missing. Among labels it may be a class.
    """
    return isinstance(cell, str) and cell.strip().casefold() in _WORDS


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy for rows with an empty cell.

    ``refuse`` the data, ``drop`` the row, fill in a ``constant``, or ``impute`` a ``statistic`` of the column's other
    cells. None for the default: the mean of numbers, the most frequent name.
    """

    action: Literal["refuse", "drop", "impute", "constant"] = "refuse"
    statistic: Statistic | None = None
    constant: str = ""

    @classmethod
    def parse(cls, text: str) -> Policy:
        """Read ``drop``, ``impute:median``, ``constant:unknown``; raise UsageError for anything else."""
        action, _, rest = text.partition(":")
        match action:
            case "constant" if ":" in text:
                return cls("constant", constant=rest)
            case "impute" if rest.startswith("constant:"):
                return cls("constant", constant=rest.partition(":")[2])
            case "impute" if not rest or rest in get_args(Statistic):
                return cls("impute", rest or None)  # type: ignore[arg-type]
            case "refuse" | "drop" if not rest:
                return cls(action)
        raise UsageError(f"{text!r} is not a policy for missing cells", f"use {_FORMS}")

    def __str__(self) -> str:
        if self.action == "constant":
            return f"constant:{self.constant}"
        return self.action + (f":{self.statistic}" if self.statistic else "")


@dataclass(frozen=True, slots=True)
class Missing:
    """A column with empty cells: number of rows, the first few by name, and their treatment."""

    column: str
    rows: int
    first: tuple[str, ...]
    policy: str
    done: str

    def __str__(self) -> str:
        rows = "1 row" if self.rows == 1 else f"{self.rows:,} rows"
        shown = ", ".join(self.first) + (", …" if self.rows > len(self.first) else "")
        return f"{self.column!r} was missing in {rows} ({shown}): {self.done}"


class MissingError(DataError):
    """``columns`` have empty cells without a policy."""

    def __init__(self, source: str, found: Mapping[str, Sequence[int]], unit: str) -> None:
        said = "; ".join(_where(name, rows, unit) for name, rows in found.items())
        first = next(iter(found))
        fix = _FIX.format(column=quote(first, safe=" "))
        super().__init__(f"{source}: {said}", fix)
        self.columns = tuple(found)


def parse_policies(text: str) -> dict[str, str]:
    """Read ``label=drop,age=impute:median``; ``%2C`` is a comma in a constant.

    >>> parse_policies("label=drop,title=constant:a%2C b")
    {'label': 'drop', 'title': 'constant:a, b'}

    Raises:
        UsageError: If the form is invalid, a column is repeated, or a policy is unknown.
    """
    policies: dict[str, str] = {}
    for piece in filter(None, text.split(",")):
        name, equals, policy = (unquote(each) for each in piece.partition("="))
        if not (name.strip() and equals):
            raise UsageError(f"{piece!r} must be a column and a policy", "as in label=drop,age=impute")
        if name.strip() in policies:
            raise UsageError(f"column {name.strip()!r} has two policies", "leave one of them out")
        Policy.parse(policy)
        policies[name.strip()] = policy
    return policies


def format_policies(policies: Mapping[str, str]) -> str:
    """Return the text that ``parse_policies`` reads back."""
    return ",".join(f"{quote(name, safe=' ')}={quote(policy, safe=' :')}" for name, policy in policies.items())


def policies_of(text: str, columns: Iterable[str], roles: Mapping[str, Sequence[str]]) -> dict[str, Policy]:
    """Return a policy for each of a source's ``columns``; they are named by themselves or by their role.

    An example of ``roles`` is ``{"label": ("stars",)}``. Raises UsageError for a name that is neither.
    """
    found = dict.fromkeys(columns, Policy())
    for name, policy in parse_policies(text).items():
        named = (name,) if name in found else roles.get(name, ())
        if not named:
            fix = did_you_mean(name, [*found, *roles], valid="columns in use")
            raise UsageError(f"--missing names column {name!r}, which is not used", fix)
        found |= dict.fromkeys(named, Policy.parse(policy))
    return found


def _is_blank(text: str) -> bool:
    return all(each.isspace() or each in _INVISIBLE for each in text)


def _where(name: str, rows: Sequence[int], unit: str) -> str:
    shown = ", ".join(map(str, rows[:_SHOWN])) + (", …" if len(rows) > _SHOWN else "")
    count = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
    return f"{name!r} is missing in {count} ({unit if len(rows) == 1 else unit + 's'} {shown})"
