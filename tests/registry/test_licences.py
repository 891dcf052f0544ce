"""Licences of entries compared with those that a user allows."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from made_registries import made_entry

from tlzoo.errors import UsageError
from tlzoo.registry import Entry
from tlzoo.registry.licences import (
    TRAINED_FROM,
    allows,
    check_licence,
    licence_chain,
    licence_expression,
    licence_names,
    licences_by_id,
)

NAMES = ("MIT", "Apache-2.0", "ISC", "GPL-2.0-only WITH Classpath-exception-2.0")


def random_expression(random: Random, depth: int) -> str:
    if depth == 0 or random.random() < 0.2:
        return random.choice(NAMES)
    left, right = (random_expression(random, depth - 1) for _ in range(2))
    return f"({left} {random.choice(['AND', 'OR'])} {right})"


@pytest.mark.parametrize("seed", range(30))
def test_an_expression_holds_as_in_logic(seed: int) -> None:
    random = Random(seed)
    expression = " OR ".join(random_expression(random, 2) for _ in range(2)) + " AND " + random_expression(random, 2)
    allowed = [name for name in NAMES if random.random() < 0.5]
    formula = expression
    for name in NAMES:
        formula = formula.replace(name, str(name in allowed))
    formula = formula.replace("AND", "and").replace("OR", "or")
    assert allows([each.lower() for each in allowed], expression) is eval(formula)


def test_licences_have_the_capitals_of_spdx() -> None:
    given = ("apache-2.0", " mit or isc ", "LicenseRef-Acme", "noassertion")
    found = [licence_expression(each) for each in given]
    assert found == ["Apache-2.0", "MIT OR ISC", "LicenseRef-Acme", "NOASSERTION"]


@pytest.mark.parametrize("text", ["", " ", "Acme House", "MIT\x1b[31m", "Apache 2"])
def test_other_texts_are_not_licences(text: str) -> None:
    with pytest.raises(UsageError, match="is not a licence; use an SPDX expression"):
        licence_expression(text)


@pytest.mark.parametrize(
    ("licence", "missing"),
    [("MIT AND CC-BY-4.0", "CC-BY-4.0"), ("ISC OR BSD-3-Clause", "ISC or BSD-3-Clause"), ("ISC", "ISC")],
)
def test_the_fix_names_the_licences_that_are_missing(net: Entry, licence: str, missing: str) -> None:
    with pytest.raises(UsageError, match=f"or add {missing} to licences"):
        check_licence(replace(net, licence=licence), ["MIT"])


def test_and_binds_more_strongly_than_or() -> None:
    assert allows(["MIT"], "MIT OR ISC AND GPL-2.0-only")
    assert not allows(["ISC"], "ISC AND (MIT OR GPL-2.0-only)")
    assert not allows(["GPL-2.0-only"], NAMES[-1])


@pytest.mark.parametrize("licence", ["NOASSERTION", "none", "see the website", "", "MIT AND"])
def test_texts_that_are_not_licences_are_never_allowed(licence: str) -> None:
    assert not allows([licence, "MIT"], licence)


@pytest.mark.parametrize("name", ["NOASSERTION", "MIT OR ISC", "(MIT)", "free"])
def test_only_single_licences_can_be_allowed(name: str) -> None:
    with pytest.raises(UsageError, match="is not the SPDX name of a licence"):
        licence_names([name])


@pytest.mark.parametrize("names", ["", ",", " ", [""], [" ", ""]])
def test_a_text_without_a_licence_does_not_allow_all(names: str | list[str]) -> None:
    with pytest.raises(UsageError, match=r"has no licence; name the allowed ones"):
        licence_names(names)
    assert licence_names(None) == licence_names(()) == ()


def test_names_are_compared_without_case(net: Entry) -> None:
    assert licence_names(" mit, licenseref-acme ,MIT,") == ("MIT", "LicenseRef-acme")
    check_licence(replace(net, licence="LicenseRef-Acme"), licence_names("licenseref-acme"))
    check_licence(net, ())


def test_an_entry_without_a_licence_is_refused(net: Entry) -> None:
    with pytest.raises(UsageError, match=r"acme/net.x states no licence; allowed: MIT; choose another entry"):
        check_licence(replace(net, licence="NOASSERTION"), ["MIT"])


def test_the_entries_that_an_entry_was_trained_from_count_too(net: Entry) -> None:
    tuned = replace(net, id="local/mine.tuned", options={TRAINED_FROM: {"acme/net.x": "CC-BY-NC-4.0"}})
    assert licence_chain(tuned) == (("local/mine.tuned", "Apache-2.0"), ("acme/net.x", "CC-BY-NC-4.0"))
    with pytest.raises(
        UsageError, match=r"local/mine.tuned is trained from acme/net.x, which has the licence CC-BY-NC"
    ):
        check_licence(tuned, ["Apache-2.0"])


def test_an_entry_that_replaced_its_source_has_both_licences(net: Entry) -> None:
    again = replace(net, licence="CC-BY-NC-4.0", options={TRAINED_FROM: {net.id: "MIT"}})
    assert licence_chain(again) == ((net.id, "CC-BY-NC-4.0"), (net.id, "MIT"))
    with pytest.raises(UsageError, match=r"acme/net.x has the licence CC-BY-NC-4.0"):
        check_licence(again, ["MIT"])
    assert licences_by_id(again) == {net.id: "(CC-BY-NC-4.0) AND (MIT)"}
    tuned = replace(net, id="local/mine.tuned", options={TRAINED_FROM: licences_by_id(again)})
    with pytest.raises(UsageError, match=r"is trained from acme/net.x, which has the licence"):
        check_licence(tuned, ["MIT", "Apache-2.0"])
    check_licence(tuned, ["MIT", "Apache-2.0", "CC-BY-NC-4.0"])


@pytest.fixture
def net() -> Entry:
    return made_entry("acme/net.x")
