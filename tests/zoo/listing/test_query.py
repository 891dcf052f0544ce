"""Patterns, conditions and orders choose entries."""

from __future__ import annotations

import pytest

from tlzoo.errors import UsageError
from tlzoo.zoo import query
from tlzoo.zoo.listing.query import note_on_unknown

V2, TEN, NINE, BERT = "acme/net-v2.imagenet", "acme/net10.imagenet", "acme/net9.imagenet", "words/bert.web"


def ids(zoo, *patterns: str, **options) -> list[str]:
    return [row.entry.id for row in query(patterns, of=zoo, **options)]


def test_all_come_in_natural_order(zoo) -> None:
    assert ids(zoo) == [NINE, TEN, V2, BERT]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("net", [NINE, TEN, V2]),
        ("words/", [BERT]),
        ("net*", [NINE, TEN, V2]),
        ("acme/net?.*", [NINE]),
        ("*.web", [BERT]),
        ("net*[0-9]", [NINE, TEN, V2]),
        ("*/bert", [BERT]),
        ("ACME/NET9*", [NINE]),
        ("et9*", []),
        ("zzz", []),
    ],
)
def test_a_pattern_is_a_part_or_has_wildcards(zoo, pattern: str, found: list[str]) -> None:
    assert ids(zoo, pattern) == found


def test_several_patterns_add_up(zoo) -> None:
    assert ids(zoo, "bert", "net9") == [NINE, BERT]


def test_by_modality_and_installed(zoo) -> None:
    assert ids(zoo, modality="text") == [BERT]
    assert ids(zoo, installed=True) == [NINE, TEN, V2]


def test_unknown_values_come_last_in_either_order(zoo) -> None:
    assert ids(zoo, sort="params") == [V2, TEN, BERT, NINE]
    assert ids(zoo, sort="-params") == [BERT, TEN, V2, NINE]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("params < 10M", [V2]),
        ("params < 10M or params > 100M", [V2, BERT]),
        ("params >= 25M and modality = vision", [TEN]),
        ("params = 25_000_000", None),
        ("params = 25000000", [TEN]),
        ("params = 2.5e7", [TEN]),
        ("not params < 10M", [NINE, TEN, BERT]),
        ("params != 25M", [NINE, V2, BERT]),
        ("not (modality = vision and params > 1) and installed", [NINE]),
        ("modality = vision or modality = text and params < 1", [NINE, TEN, V2]),
        ("(modality = vision or modality = text) and params < 1", []),
        ("NOT modality = TEXT AND params<10M", [V2]),
        ("size < 15MB", [NINE, TEN, V2]),
        ("size<14MiB", [NINE, TEN, V2]),
        ("size > 14.1 MB and params < 10 M", [V2]),
        ("size < 14.1 MB", []),
        ("top1 > 75 %)", None),
        ("(top1 > 75 %)", [NINE]),
        ("size >= 14200000B", [NINE, TEN, V2]),
        ("top1 > 75%", [NINE]),
        ("top1 <= .713", [V2]),
        ("glue > 0.5", [BERT]),
        ("licence = 'cc*'", [TEN]),
        ('licence = "apache-?.0"', [NINE, V2, BERT]),
        ("licence != Apache-2.0", [TEN]),
        ("tags = mobile", [NINE]),
        ("tags = *", [NINE]),
        ("experimental", [TEN]),
        ("experimental = no and installed == yes", [NINE, V2]),
        ("input = 224x224x3", [NINE, TEN, V2]),
        ("feature_size = 768", [BERT]),
        ("flops > 1G", []),
        ("flops > .6G", [V2]),
        ("params known", [TEN, V2, BERT]),
        ("params is unknown", [NINE]),
        ("params unknown or params < 10M", [NINE, V2]),
        ("not params unknown and modality = vision", [TEN, V2]),
    ],
)
def test_where(zoo, where: str, found: list[str] | None) -> None:
    if found is None:
        with pytest.raises(UsageError):
            ids(zoo, where=where)
    else:
        assert ids(zoo, where=where) == found


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("", "at character 1: a field is missing"),
        ("parms < 3", "at character 1: no field 'parms'; did you mean 'params'"),
        ("params", "at character 7: a comparison sign is missing after 'params'; valid: = != < <= > >="),
        ("params <", "at character 9: a value is missing"),
        ("params < ten", "at character 10: 'params' is a number, but 'ten' is not"),
        ("params < 7GB", "at character 10: 'params' is not in bytes; use 7G"),
        ("params < 7MiB", "at character 10: 'params' is not in bytes; use 7M"),
        ("top1 > 70", "at character 8: 'top1' is a fraction, at most 1; use 70% or 0.7"),
        ("top1 > 7000 %", "at character 8: 'top1' is a fraction, at most 1"),
        ("7M > params", "at character 1: expected a field, not '7M'; use FIELD SIGN VALUE"),
        ("ID = x", "at character 1: no field 'ID'; did you mean 'id'?"),
        ("licence > 3", "at character 9: 'licence' is not a number; compare it with = or !="),
        ("installed = 3", "at character 13: 'installed' must be yes or no, not '3'"),
        ("(params < 3", "at character 12: a ')' is missing"),
        ("params < 3)", "at character 11: ')' comes after the end"),
        (
            "params < 3 flops > 2",
            "at character 12: 'flops' comes after the end of the condition; join conditions with 'and' or 'or'",
        ),
        ("params < 5 million", "at character 12: 'million' is not a unit; valid: K, M, G, T, %; for bytes kB, MB"),
        ("flops < 5 GFLOPs and installed", "at character 11: 'GFLOPs' is not a unit; valid: K, M, G, T, %"),
        ("params < 3 and", "at character 15: a field is missing"),
        ("and params < 3", "at character 1: a field is missing"),
        ("params < < 3", "at character 10: a value is missing"),
        ("licence = 'MIT", "at character 11: a quote is not closed"),
        ("params is 3", "at character 11: 'is' is only valid before 'known' or 'unknown'"),
        ("(" * 200 + "installed", "more than 100 nested conditions"),
        ("not " * 200 + "installed", "more than 100 nested conditions"),
        ("params ! 3", "at character 8: unexpected '!'"),
    ],
)
def test_an_empty_where_is_refused_with_its_position(zoo, where: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        ids(zoo, where=where)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"where {where!r}, at character ")


@pytest.mark.parametrize(
    ("where", "note"),
    [
        ("params < 10M", "1 entry excluded because of unknown params; 'params unknown or …' includes them"),
        ("params < 10M and modality = text", None),
        ("params < 10M and modality = vision", "1 entry excluded because of unknown params"),
        ("top1 > 70%", "2 entries excluded because of unknown top1"),
        ("params < 10M or modality = vision", None),
        ("params != 25M", "1 entry included despite unknown params; 'params known and …' excludes them"),
        ("not params < 10M", "1 entry included despite unknown params"),
        ("not params < 10M or params unknown", None),
        ("params known", None),
        ("flops > 1 and size < 1", "1 entry excluded because of unknown"),
        (None, None),
    ],
)
def test_entries_of_unknown_value_are_counted(zoo, where: str | None, note: str | None) -> None:
    said = note_on_unknown(query((), of=zoo), where, zoo)
    assert said is None if note is None else said is not None and said.startswith(note)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sort": "-parms"}, "no field 'parms'; did you mean 'params'"),
        ({"modality": "visoin"}, "no modality 'visoin'; did you mean 'vision'?"),
    ],
)
def test_an_unknown_name_gets_a_did_you_mean(zoo, options: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        ids(zoo, **options)
