"""Objectives by name: registered ones, those of journals, and those of a phase."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from tlzoo.errors import UsageError
from tlzoo.objectives import AdaBN, Coral, Dann, Mcc, Mmd, Objective, find_objective, read_objective
from tlzoo.strategies import DomainAdaptation, Phase, head

BY_NAME = {"adabn": AdaBN, "coral": Coral, "dann": Dann, "mcc": Mcc, "mmd": Mmd}
AS_IN_0_1 = [
    (AdaBN(domain="source"), '{"domain": "source", "kind": "AdaBN"}'),
    (Coral(), '{"kind": "Coral", "weight": 1.0, "at": "features"}'),
    (Mcc(weight=2.0), '{"kind": "Mcc", "weight": 2.0, "temperature": 2.5}'),
    (Mmd(bandwidths=(1.0,)), '{"kind": "Mmd", "weight": 1.0, "at": "features", "bandwidths": [1.0]}'),
    (Dann(units=(8,)), '{"kind": "Dann", "weight": 1.0, "at": "features", "units": [8], "sharpness": 10.0}'),
]


@pytest.mark.parametrize("name", BY_NAME)
def test_the_cores_objectives_are_found_with_and_without_their_namespace(name: str) -> None:
    assert find_objective(name) is find_objective(f"tlzoo/{name}") is BY_NAME[name]
    assert issubclass(BY_NAME[name], Objective)


@pytest.mark.parametrize(("objective", "written"), AS_IN_0_1, ids=lambda each: type(each).__name__)
def test_journals_have_them_as_those_of_0_1(objective: Objective, written: str) -> None:
    phase = Phase(name="adapt", train=head(), objective=objective)
    # To the last character: a resumed phase is compared by the hash of its JSON.
    assert json.dumps(phase.model_dump(mode="json")["objective"]) == written
    assert read_objective(json.loads(written)) == objective
    assert Phase.model_validate_json(phase.model_dump_json()) == phase


def test_a_phase_takes_an_objective_by_name() -> None:
    assert Phase(name="adapt", train=head(), objective="coral").objective == Coral()  # type: ignore[arg-type]
    options = {"name": "tlzoo/mcc", "temperature": 1.0}
    assert Phase.model_validate({"name": "a", "train": head(), "objective": options}).objective == Mcc(temperature=1.0)


@pytest.mark.parametrize("given", ["corall", {"name": "corall"}, {"kind": "Corall"}, {"kind": "acme/coral"}])
def test_an_unknown_name_is_refused(given: object) -> None:
    with pytest.raises(ValidationError, match=r"unknown objective '(corall|Corall|acme/coral)'"):
        Phase.model_validate({"name": "a", "train": head(), "objective": given})


def test_a_misspelt_name_comes_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="unknown objective 'corall'; did you mean 'coral'"):
        find_objective("corall")
    with pytest.raises(ValidationError, match="unknown objective 'corall'; did you mean 'coral'"):
        DomainAdaptation(objective="corall")


def test_options_that_an_objective_has_are_passed_and_others_refused() -> None:
    assert DomainAdaptation(objective="tlzoo/mcc", weight=0.5)._objective() == Mcc(weight=0.5)
    with pytest.raises(ValidationError, match="neither domain-adaptation nor 'tlzoo/mcc' has an option 'at'"):
        DomainAdaptation(objective="tlzoo/mcc", weight=0.5, at="outputs")
    assert DomainAdaptation(objective="mmd")._objective() == Mmd()


def test_a_subclass_does_not_take_the_registered_name_of_its_base() -> None:
    class Registered(Coral):
        name = "acme/registered"

    class Derived(Registered):
        pass

    class Source(AdaBN):
        pass

    assert Registered().model_dump()["kind"] == "acme/registered"
    assert Derived().model_dump()["kind"] == "Derived"
    assert Source().model_dump() == {"domain": "target", "kind": "Source"}
    assert type(read_objective({"kind": "Derived"})) is Derived
