"""The page of `tlzoo list --html`: one file, and in a real browser it sorts, filters, and is used by keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made_browser import chromium, emulated

from tlzoo.cli import main
from tlzoo.errors import UsageError
from tlzoo.printable import printable
from tlzoo.zoo import query, write_page
from tlzoo.zoo.listing.page import render_page


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "zoo.html"
    write_page(file, query())
    return file


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as driver:
        yield driver


@pytest.fixture
def page(browser: Any, path: Path) -> Any:
    browser.set_window_size(1280, 1000)
    browser.get(path.as_uri())
    return browser


def ids(page: Any) -> list[str]:
    return [row.get_attribute("data-id") for row in page.find_elements("css selector", "tr.entry:not([hidden])")]


def head(page: Any, name: str) -> Any:
    return page.find_element("xpath", f"//th/button[normalize-space()='{name}']")


def test_the_command_writes_the_selected_entries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "zoo.html"
    assert main(["list", "--where", "params < 3M and modality = vision", "--html", str(file), "--json"]) == 0
    page = file.read_text("utf-8")
    assert re.findall(r'<tr class="entry" data-id="([^"]*)"', page) == [
        each["id"] for each in json.loads(capsys.readouterr().out)
    ]
    assert "params &lt; 3M and modality = vision" in page


def test_every_entry_has_its_card_without_a_script(path: Path) -> None:
    page = path.read_text("utf-8")
    assert page.count('<tr class="card"') == len(query())
    assert "hidden" not in re.findall(r'<tr class="card"[^>]*>', page)[0]
    assert "Inception V3" in page


def test_a_path_that_cannot_be_written_is_refused_first(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        write_page(tmp_path, [])
    with pytest.raises(UsageError, match="no folder"):
        write_page(tmp_path / "none" / "zoo.html", [])
    assert main(["list", "--html", str(tmp_path)]) == 2


def test_it_loads_nothing_and_escapes_texts_of_registries(distributions: Any) -> None:
    distributions.add("acme", "pass", entries=("acme/net.pets",))
    (row,) = query(["acme/net.pets"])
    page = render_page([row], chosen_by=["<script>", "turn\u202eed"])
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!data:)|url\(|@import""", page)
    assert "default-src 'none'" in page
    assert "<code>&lt;script&gt;</code>" in page
    assert page == printable(page)


def test_a_page_without_entries_says_that_no_entry_matches() -> None:
    assert "No entry matches." in render_page([])


def test_nothing_is_logged_or_requested(page: Any) -> None:
    assert [each for each in page.get_log("browser") if each["level"] in {"SEVERE", "WARNING"}] == []
    sent = [json.loads(each["message"])["message"] for each in page.get_log("performance")]
    asked = [each["params"] for each in sent if each["method"] == "Network.requestWillBeSent"]
    assert [each["request"]["url"] for each in asked if each["type"] != "Document"] == []


def test_a_head_sorts_and_turns_around_and_unknown_values_come_last(page: Any) -> None:
    known = [row.id for row in query(sort="params") if row.values.get("params") is not None]
    head(page, "Parameters").click()
    assert ids(page)[0] == known[0]
    assert ids(page)[-1] not in known
    head(page, "Parameters").click()
    assert ids(page)[0] == known[-1]
    assert ids(page)[-1] not in known
    head(page, "Top-1").click()
    assert ids(page)[0] == query(sort="-top1")[0].id


def test_filters_combine(page: Any) -> None:
    from selenium.webdriver.support.select import Select

    page.find_element("id", "search").send_keys("inception v3")
    assert ids(page) == ["hub/inception-v3-slim.imagenet", "keras/inception-v3.imagenet"]
    page.find_element("id", "most").send_keys("30")
    assert ids(page) == ["keras/inception-v3.imagenet"]
    assert page.find_element("id", "shown").text == f"1 of {len(query())}"
    Select(page.find_element("id", "modality")).select_by_visible_text("text")
    assert ids(page) == []
    assert page.find_element("id", "none").is_displayed()


def test_an_entry_opens_and_closes_by_keyboard(page: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    page.find_element("id", "search").send_keys("glyphnet")
    button = page.find_element("css selector", "tr.entry:not([hidden]) .opens")
    card = page.find_element("id", button.get_attribute("aria-controls"))
    assert not card.is_displayed()
    button.send_keys(Keys.ENTER)
    assert card.is_displayed()
    assert button.get_attribute("aria-expanded") == "true"
    assert "tlzoo show vision/glyphnet.glyphs" in card.text
    button.send_keys(Keys.SPACE)
    assert not card.is_displayed()
    head(page, "Licence").send_keys(Keys.ENTER)
    assert page.find_element("css selector", "th[aria-sort]").text.startswith("Licence")


@pytest.mark.parametrize("width", [420, 1300])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_the_width_and_follows_dark_mode(page: Any, width: int, dark: bool) -> None:  # noqa: FBT001
    with emulated(page, width=width, dark=dark):
        page.find_element("css selector", ".opens").click()
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
        colour = page.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", colour)[:3])) < 180) is dark
        assert page.find_element("css selector", "tr.entry td.number").is_displayed()
