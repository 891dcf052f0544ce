"""What fetching may do is said by the environment, and by who loads something."""

from __future__ import annotations

import pytest

from tlzoo.artifacts import settings, using
from tlzoo.errors import UsageError


@pytest.mark.parametrize(("text", "offline"), [("1", True), ("yes", True), ("0", False), ("", False), ("False", False)])
def test_the_environment_switches_the_network_off(monkeypatch, *, text: str, offline: bool) -> None:
    monkeypatch.setenv("TLZOO_OFFLINE", text)
    assert settings().offline is offline


def test_mirrors_are_separated_by_blanks(monkeypatch) -> None:
    monkeypatch.setenv("TLZOO_MIRROR", " file:///media/disk  https://mirror.example.org/tlzoo ")
    assert settings().mirrors == ("file:///media/disk", "https://mirror.example.org/tlzoo")


def test_a_with_block_overrides_the_environment_only_inside(monkeypatch) -> None:
    monkeypatch.setenv("TLZOO_DEADLINE", "60")
    with using(offline=False, trust_on_first_use=True), using(offline=None) as inner:
        assert (inner.offline, inner.trust_on_first_use, inner.limits.deadline) == (False, True, 60)
    assert settings().offline is True
    assert settings().trust_on_first_use is False


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan"])
def test_a_deadline_is_a_time(monkeypatch, text: str) -> None:
    monkeypatch.setenv("TLZOO_DEADLINE", text)
    with pytest.raises(UsageError, match=f"TLZOO_DEADLINE: '{text}' is not a time; use seconds"):
        settings()
