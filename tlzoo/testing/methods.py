"""Test methods of the pytest classes, one per check; none can be removed silently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from tlzoo.testing.session import Check, Session

__all__ = ["Checks"]


class Checks:
    """Gives its subclasses a test method per check, and a last one that counts."""

    checks: ClassVar[tuple[Check[Any], ...]] = ()
    of: ClassVar[type[Any]]
    """What the checks are run on, made of the name that the subclass gives."""
    by: ClassVar[tuple[str, str]]
    """The attribute by which a subclass gives that name, and an example of one."""
    _session: ClassVar[Session[Any] | None] = None

    def __init_subclass__(cls) -> None:
        """Add the methods; raise an error for a class that removes one."""
        for each in cls.checks:
            name = f"test_{each.name.replace('-', '_')}"
            if not hasattr(cls, name):
                setattr(cls, name, _method(each, name))
            elif not callable(getattr(cls, name)):
                raise TypeError(f"{cls.__name__}.{name} removes a check; mark it with pytest.mark.xfail and a reason")
        if cls.checks and not hasattr(cls, "test_something_was_run"):
            cls.test_something_was_run = _counts  # type: ignore[attr-defined]

    @classmethod
    def subject(cls) -> Any:
        """Return the subject of the checks."""
        attribute, example = cls.by
        return cls.of(cls.named(attribute, example))

    @classmethod
    def session(cls) -> Session[Any]:
        """Return the session shared by the methods of this class."""
        if "_session" not in vars(cls):
            cls._session = Session(cls.subject())
        assert cls._session is not None
        return cls._session

    @classmethod
    def named(cls, attribute: str, example: str) -> str:
        """Return a required class attribute; raise TypeError with an example if it is missing."""
        value: str | None = getattr(cls, attribute, None)
        if value is None:
            raise TypeError(f"{cls.__name__} has no subject: add {attribute} = {example!r} to it")
        return value


def _method(each: Check[Any], name: str) -> Callable[[Checks], None]:
    def test(self: Checks) -> None:
        import pytest

        result = type(self).session().result(each)
        if result.outcome == "skipped":
            pytest.skip(str(result.reason))
        if result.outcome == "failed":
            raise AssertionError(f"{result.subject}: {result.name}: {result.reason}") from result.error

    test.__name__, test.__doc__ = name, each.proves
    return test


def _counts(self: Checks) -> None:
    """Fail if every check was skipped."""
    cls = type(self)
    report = cls.session().report(cls.checks)
    if not report.run:
        reasons = "; ".join(sorted({f"{each.name}: {each.reason}" for each in report.results}))
        raise AssertionError(f"none of {len(report.results)} checks ran: {reasons}")
