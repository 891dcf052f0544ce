"""Texts for strangers have no folders of this machine."""

from __future__ import annotations

import json
import tomllib

import pytest

from tlzoo.files.local_paths import without_folders, without_folders_inside


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("images:/home/ada/photos", "images:photos"),
        ("images:/home/ada/my photos", "images:my photos"),
        ("table:/data/reviews.csv?text=review&label=stars", "table:reviews.csv?text=review&label=stars"),
        ("images:photos/birds?splits=/home/ada/splits.csv", "images:photos/birds?splits=splits.csv"),
        ("/home/ada/patient.py:Patient", "patient.py:Patient"),
        ("cannot read /home/ada/photos/1.png (damaged)", "cannot read 1.png (damaged)"),
        ("images:~/clinic/patients", "images:patients"),
        ("images:~ada/clinic/patients/?splits=~/a/b.csv", "images:patients?splits=b.csv"),
        ("cannot read ~/clinic/1.png", "cannot read 1.png"),
        ("https://example.org/~ada/b.zip", "https://example.org/~ada/b.zip"),
        ("about ~5 / 2", "about ~5 / 2"),
        ("gym:CartPole-v1", "gym:CartPole-v1"),
        ("hf:ada/letters", "hf:ada/letters"),
        ("https://example.org/a/b.zip", "https://example.org/a/b.zip"),
        ("images:photos/birds", "images:photos/birds"),
        ("1 / 2 and a/b", "1 / 2 and a/b"),
    ],
)
def test_absolute_paths_lose_their_folders(source: str, expected: str) -> None:
    assert without_folders(source) == expected


@pytest.mark.parametrize("ascii_only", [True, False])
def test_documents_keep_everything_else(ascii_only: bool) -> None:  # noqa: FBT001
    document = {"run": "/home/\u00e9va/runs/a", "data": "images:/home/\u00e9va", "n": [1.5, {"/home/\u00e9va/x": None}]}
    found = without_folders_inside(json.dumps(document, ensure_ascii=ascii_only), document)
    assert json.loads(found) == {"run": "a", "data": "images:\u00e9va", "n": [1.5, {"x": None}]}
    text = 'data = "images:/home/ada/photos"  # mine\nepochs = 2\n'
    assert without_folders_inside(text, tomllib.loads(text)) == 'data = "images:photos"  # mine\nepochs = 2\n'
