"""The site is built strictly, and its search finds what people look for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest
from made_browser import chromium, emulated, violations

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


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The address of a server on this machine that has the site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as driver:
        yield driver


@pytest.mark.parametrize(("query", "page"), LOOKED_FOR.items())
def test_the_right_page_is_at_the_top_of_the_search(browser: Any, address: str, query: str, page: str) -> None:
    from selenium.webdriver.support.wait import WebDriverWait

    browser.get(f"{address}/search.html?{urlencode({'q': query})}")
    link = "#search-results ul.search > li > a"
    finished = "return document.querySelector('.search-summary')?.textContent.includes('found')"
    WebDriverWait(browser, 60).until(lambda held: held.execute_script(finished))
    found = [each.get_attribute("href") for each in browser.find_elements("css selector", link)]
    assert re.fullmatch(rf"{address}/{re.escape(page)}\.html([?#].*)?", found[0]), found[:3]


@pytest.mark.parametrize(
    "page",
    [
        "index",
        "guides/strategies",
        "reference/command-line",
        "reference/python/tlzoo.sklearn",
        LOOKED_FOR["Inception V3"],
    ],
)
def test_pages_are_accessible_and_fit_the_width(browser: Any, address: str, page: str) -> None:
    for width, dark in ((420, True), (1300, False)):
        with emulated(browser, width=width, dark=dark):
            browser.get(f"{address}/{page}.html")
            browser.execute_script(
                "document.head.append(Object.assign(document.createElement('style'),"
                "{textContent: '* { transition: none !important }'}))"
            )
            assert browser.execute_script("return document.documentElement.scrollWidth") <= width
            assert violations(browser) == []


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
