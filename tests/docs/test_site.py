"""The site is built strictly, and its search finds what people look for."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sphinx.search.en import SearchEnglish

import tlzoo

ROOT = Path(tlzoo.__file__).parents[1]
LOOKED_FOR = {
    "freeze": "keras",
    "class weights": "guides/imbalance-and-missing-values",
    "Inception V3": "zoo/entries/keras--inception-v3.imagenet",
    "offline": "guides/offline",
    "fine-tune last layers": "keras",
}
SECTIONS = {"start", "guides", "extend", "reference", "explanation", "zoo"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site: that of ``TLZOO_SITE``, as .ci/run builds it, or built here from a copy of docs/."""
    if built := os.environ.get("TLZOO_SITE"):
        return Path(built)
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("python", "entries", "__pycache__"))
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-n", folder / "docs", folder / "site"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def index(site: Path) -> dict[str, Any]:
    text = (site / "searchindex.js").read_text("utf-8")
    found: dict[str, Any] = json.loads(re.fullmatch(r"Search\.setIndex\((.*)\)", text, re.DOTALL)[1])
    return found


def pages_with(index: dict[str, Any], query: str) -> set[str]:
    """Return the pages that have every word of a query, as Sphinx's search looks for them."""
    stem = SearchEnglish({}).stem
    words = [stem(word.lower()) for word in re.findall(r"\w+", query)]
    found = []
    for word in words:
        places = [index[part].get(word, []) for part in ("terms", "titleterms")]
        found.append({each for place in places for each in (place if isinstance(place, list) else [place])})
    return {index["docnames"][each] for each in set.intersection(*found)}


@pytest.mark.parametrize(("query", "page"), LOOKED_FOR.items())
def test_the_search_finds_what_people_look_for(index: dict[str, Any], query: str, page: str) -> None:
    assert page in pages_with(index, query)


def test_every_page_of_docs_and_every_public_module_is_on_the_site(site: Path) -> None:
    pages = [
        path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md") if "sphinx_tlzoo" not in path.parts
    ]
    assert {page.parts[0] for page in pages if len(page.parts) > 1} == SECTIONS
    assert not [page for page in pages if not (site / page.with_suffix(".html")).is_file()]
    modules = {f"tlzoo.{name}" for name in dir(tlzoo) if name not in tlzoo.__all__}
    assert {path.stem for path in (site / "reference/python").glob("tlzoo.*.html")} == modules
    api = (site / "reference/python/tlzoo.strategies.html").read_text("utf-8")
    assert 'id="tlzoo.strategies.Phase"' in api


def test_the_first_use_of_a_term_leads_to_the_glossary(site: Path) -> None:
    page = (site / "guides/strategies.html").read_text("utf-8")
    assert page.count('href="../glossary.html#term-phase"') == 1
    assert 'id="term-phase"' in (site / "glossary.html").read_text("utf-8")


def test_internal_links_lead_somewhere(site: Path) -> None:
    """Sphinx checks references; this reads the pages as a browser would, fragments included."""
    ids: dict[Path, set[str]] = {}

    def ids_of(page: Path) -> set[str]:
        if page not in ids:
            ids[page] = set(re.findall(r'\bid="([^"]+)"', page.read_text("utf-8")))
        return ids[page]

    missing = []
    for page in site.rglob("*.html"):
        body = page.read_text("utf-8").partition("<article")[2].partition("</article>")[0]
        for target in set(re.findall(r'href="([^"]+)"', body)):
            path, _, fragment = target.partition("#")
            to = (page.parent / path).resolve() if path else page
            if "://" in target or target.startswith("mailto:"):
                continue
            if not to.exists() or (fragment and to.suffix == ".html" and fragment not in ids_of(to)):
                missing.append((page.relative_to(site), target))
    assert not missing
