from __future__ import annotations

import re
from pathlib import Path

import pytest

import tlzoo
from tlzoo.plugins.api import API_VERSION, MIGRATION_PAGES, incompatibility, within

ROOT = Path(tlzoo.__file__).parent.parent


@pytest.mark.parametrize(
    ("version", "limits", "fits"),
    [
        ("0.1", ">=0.1,<0.2", True),
        ("0.1", ">=0.1.0", True),
        ("0.10", ">=0.9", True),
        ("0.2", ">=0.1,<0.2", False),
        ("0.2", "~=0.2", True),
        ("0.2", "!=0.2", False),
        ("1.0", "==1", True),
        ("1.0", "", False),
        ("1.0", ",", False),
        ("1.0", "some", False),
        ("1.0", f"<{'9' * 5_000}", False),
    ],
    ids=lambda each: str(each)[:20],
)
def test_a_range_holds_versions_by_their_numbers(version: str, limits: str, *, fits: bool) -> None:
    assert within(version, limits) is fits


def test_a_plugin_for_this_version_of_the_api_is_compatible() -> None:
    assert incompatibility("acme", f">={API_VERSION}") is None


def test_a_plugin_for_a_former_version_gets_the_page_on_migration() -> None:
    assert incompatibility("acme", ">=0.1,<0.2") == (
        "it is made for plugin API >=0.1,<0.2, but this version of tlzoo has plugin API 0.2",
        "upgrade acme; for its authors, the changes are in docs/reference/migrating-to-0.2.md",
    )


def test_a_plugin_for_a_later_version_gets_no_page() -> None:
    found = incompatibility("acme", ">=0.3")
    assert found is not None
    assert found[1] == "install another version of acme or of tlzoo"


def test_every_page_on_migration_exists() -> None:
    assert all((ROOT / page).is_file() for page in MIGRATION_PAGES.values())


def test_the_page_on_migration_shows_the_sample_as_it_is() -> None:
    text = (ROOT / "docs" / "reference" / "migrating-to-0.2.md").read_text("utf-8")
    diff = re.findall(r"^```diff\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0]
    files = re.split(r"^--- .*\n\+\+\+ (.*)\n", diff, flags=re.MULTILINE)
    assert files[1::2] == ["acme_hgnet/registry.toml", "pyproject.toml"]
    for name, changes in zip(files[1::2], files[2::2], strict=True):
        lines = (ROOT / "tests" / "samples" / "acme-hgnet" / name).read_text("utf-8").splitlines()
        for line in changes.splitlines():
            assert (line[1:] in lines) is (line[0] == "+"), line


def test_the_api_has_the_first_numbers_of_the_version_of_the_package() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["version"].startswith(f"{API_VERSION}.")
