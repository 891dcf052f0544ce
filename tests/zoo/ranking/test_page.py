"""The page of a ranking: one file, and in a real browser it sorts, filters, hovers, and is used by keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_browser import chromium
from made_rankings import made_ranking
from markupsafe import escape

from tlzoo.printable import printable
from tlzoo.zoo.ranking import Baseline, Unranked
from tlzoo.zoo.ranking.baselines import better_baselines
from tlzoo.zoo.ranking.output.page import render_page, write_page


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "ranking.html"
    write_page(file, made_ranking())
    return file


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as driver:
        yield driver


@pytest.fixture
def page(browser, path: Path) -> Any:
    browser.set_window_size(1280, 1000)
    browser.get(path.as_uri())
    return browser


def ids(page) -> list[str]:
    rows = page.find_elements("css selector", "#entries tbody tr[data-id]:not([hidden])")
    return [row.get_attribute("data-id") for row in rows]


def head(page, name: str) -> Any:
    return page.find_element("xpath", f"//th/button[normalize-space()='{name}']")


def test_it_requests_no_other_files() -> None:
    text = render_page(made_ranking())
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!data:)|url\(|@import""", text)
    assert "default-src 'none'" in text
    assert "square </script>" not in text


def test_a_baseline_that_scores_above_an_entry_is_on_the_page() -> None:
    found = made_ranking()
    (note,) = better_baselines(found.entries, [Baseline("net0, random weights", {"linear-probe": 0.66})], found.by)
    page = render_page(replace(found, notes=(note,)))
    assert f"<li>{escape(note)}</li>" in page
    assert "(linear-probe 0.660) scores higher than made/net5.x (0.650)" in page


def test_hidden_and_turning_characters_are_shown_as_escapes() -> None:
    name, shown = "net\u202egnp\x1b[2J\u200b\x85", r"net\u202egnp\x1b[2J\u200b\x85"
    found = made_ranking(2)
    first = replace(found.entries[0], id=name, warnings=(name,))
    hostile = replace(
        found,
        data=name,
        machine=name,
        classes=(name, *found.classes[1:]),
        entries=(first, found.entries[1]),
        baselines=(Baseline(name, {}),),
        unranked=(Unranked(name, name, name),),
        notes=(name,),
        maps={name: next(iter(found.maps.values()))},
        mapped=tuple((label, name) for label, _ in found.mapped),
    )
    page = render_page(hostile)
    assert page == printable(page)
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])
    assert data["classes"][0] == data["entries"][0]["id"] == data["mapped"][0][1] == next(iter(data["maps"])) == shown
    assert f'<tr data-id="{shown}">' in page


def test_nothing_is_logged_or_requested(page) -> None:
    import json

    assert [each for each in page.get_log("browser") if each["level"] in {"SEVERE", "WARNING"}] == []
    sent = [json.loads(each["message"])["message"] for each in page.get_log("performance")]
    asked = [each["params"] for each in sent if each["method"] == "Network.requestWillBeSent"]
    assert asked
    assert [each["request"]["url"] for each in asked if each["type"] != "Document"] == []


def test_a_column_head_sorts_in_both_directions_with_unknown_values_last(page) -> None:
    head(page, "ms").click()
    assert ids(page)[0] == "made/net5.x"
    head(page, "ms").click()
    assert ids(page)[0] == "made/net3.x"
    for _ in range(2):
        head(page, "logme").click()
        assert ids(page)[-1] == "made/net2.x"
    assert page.find_element("css selector", "th[aria-sort]").text.startswith("logme")


def test_filtering_leaves_what_fits_and_fades_the_rest_of_the_plot(page) -> None:
    page.find_element("id", "search").send_keys("net1")
    assert ids(page) == ["made/net1.x"]
    assert page.find_element("id", "shown").text == "1 of 6"
    assert len(page.find_elements("css selector", "#front circle.faded")) == 5
    page.find_element("id", "search").clear()
    page.find_element("id", "search").send_keys(" ")
    page.find_element("id", "only-front").click()
    assert "made/net3.x" not in ids(page)


def test_hovering_shows_the_name_of_a_point(page) -> None:
    from selenium.webdriver import ActionChains

    point = page.find_element("css selector", "#front circle[data-id='made/net2.x']")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", point)
    page.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 100))")
    ActionChains(page).move_to_element(point).perform()
    tip = page.find_element("id", "tip")
    assert tip.is_displayed()
    assert "made/net2.x\nlinear-probe 0.83 (0.81 to 0.85)" in tip.text


def test_another_score_and_cost_redraw_the_plot(page) -> None:
    from selenium.webdriver.support.select import Select

    before = page.find_element("css selector", "#front circle.entry").get_attribute("cx")
    Select(page.find_element("id", "score")).select_by_visible_text("logme")
    Select(page.find_element("id", "cost")).select_by_value("parameters")
    assert len(page.find_elements("css selector", "#front circle.entry")) == 5
    assert page.find_element("css selector", "#front circle.entry").get_attribute("cx") != before


def test_all_is_reached_by_keyboard(page) -> None:
    from selenium.webdriver.common.keys import Keys

    page.find_element("id", "search").send_keys(Keys.TAB, Keys.TAB, Keys.TAB)
    assert page.switch_to.active_element.text == "Group"
    head(page, "Entry").send_keys(Keys.ENTER)
    name = page.find_element("css selector", "tr[data-id='made/net0.x'] button")
    name.send_keys(Keys.ARROW_DOWN)
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.find_element("css selector", "tr.chosen").get_attribute("data-id") == "made/net1.x"
    assert page.find_element("css selector", "circle.entry.chosen").get_attribute("data-id") == "made/net1.x"
    point = page.find_element("css selector", "#front circle.entry[data-id='made/net4.x']")
    page.execute_script("arguments[0].focus()", point)
    assert "made/net4.x" in page.find_element("id", "tip").get_attribute("textContent")
    point.send_keys(Keys.SPACE)
    assert page.find_element("css selector", "tr.chosen").get_attribute("data-id") == "made/net4.x"


def test_the_map_is_of_the_chosen_entry(page) -> None:
    first = page.find_element("css selector", "#map circle").get_attribute("cx")
    assert len(page.find_elements("css selector", "#map circle")) == 120
    page.find_element("css selector", "tr[data-id='made/net1.x']").click()
    assert page.find_element("id", "map-of").get_attribute("value") == "made/net1.x"
    assert page.find_element("css selector", "#map circle").get_attribute("cx") != first
    assert "square </script> & more" in page.find_element("id", "classes").text


@pytest.mark.parametrize("width", [360, 700, 1280])
def test_no_width_makes_the_page_scroll_sideways(page, width: int) -> None:
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_dark_mode_is_followed(page) -> None:
    def lightness() -> float:
        colour = page.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3

    assert lightness() > 200
    feature = [{"name": "prefers-color-scheme", "value": "dark"}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": feature})
    try:
        assert lightness() < 60
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_an_empty_ranking_is_shown_without_script_errors(browser, tmp_path: Path) -> None:
    from dataclasses import replace

    write_page(tmp_path / "none.html", replace(made_ranking(0), maps={}, mapped=()))
    browser.get((tmp_path / "none.html").as_uri())
    assert [each for each in browser.get_log("browser") if each["level"] == "SEVERE"] == []
    assert ids(browser) == []
