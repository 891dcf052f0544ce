"""The pages of a server in Chromium: usable with the keyboard, accessible, and complete without other hosts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made_browser import chromium, emulated, violations
from made_servers import Model, served

pytest.importorskip("starlette", reason="the extra tlzoo[serve] is not installed")

from tlzoo.modalities import RawInputs
from tlzoo.modalities.numeric.raw_inputs import NumberInputs
from tlzoo.modalities.text.raw_inputs import TextInputs
from tlzoo.runs.serving.http.page import render_reference, render_try_page


class Files(RawInputs):
    """Reads files, and says why one cannot be read."""

    def why(self, data: Any) -> str:
        return "<b>not</b> readable"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as driver:
        yield driver


def answers(browser: Any) -> str:
    from selenium.webdriver.support.ui import WebDriverWait

    found = browser.find_element("id", "answers")
    WebDriverWait(browser, 20).until(lambda _: found.text not in {"", "Predicting\u2026"})
    return str(found.text)


def check_page(browser: Any) -> None:
    """Fail on serious faults, sideways scrolling, or messages of the browser."""
    for width in (420, 1300):
        for dark in (False, True):
            with emulated(browser, width=width, dark=dark):
                assert browser.execute_script("return document.documentElement.scrollWidth") <= width
                assert violations(browser) == []
    assert [each["message"] for each in browser.get_log("browser")] == []


@pytest.mark.slow
def test_files_are_chosen_and_predicted(browser: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("many")
    (tmp_path / "b.txt").write_text("unreadable")
    with served(Model(Files("files", ()))) as server:
        browser.get(server.url)
        browser.find_element("id", "files").send_keys(f"{tmp_path / 'a.txt'}\n{tmp_path / 'b.txt'}")
        found = answers(browser)
        assert "few\nProbability" in found
        assert found.endswith("<b>not</b> readable")
        check_page(browser)
        browser.get(f"{server.url}/docs")
        check_page(browser)


@pytest.mark.slow
def test_texts_and_numbers_are_typed_and_sent_with_the_keyboard(browser: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    with served(Model(TextInputs("texts", ()))) as server:
        browser.get(server.url)
        browser.switch_to.active_element.send_keys(Keys.TAB)  # the link to the reference
        browser.switch_to.active_element.send_keys(Keys.TAB)
        browser.switch_to.active_element.send_keys("a fine book")
        browser.switch_to.active_element.send_keys(Keys.CONTROL, Keys.ENTER)
        assert answers(browser).startswith("many")
        check_page(browser)
    with served(Model(NumberInputs("numbers", (6,)))) as server:
        browser.get(server.url)
        browser.find_element("css selector", "button").send_keys(Keys.ENTER)
        assert answers(browser).startswith("many")
        field = browser.find_element("css selector", "textarea")
        field.clear()
        field.send_keys("[1, 2")
        browser.find_element("css selector", "button").click()
        assert browser.find_element("id", "answers").text.startswith("These numbers are not JSON")


def test_names_are_escaped_and_nothing_is_loaded_from_elsewhere() -> None:
    from dataclasses import replace

    from tlzoo.runs.serving.http.openapi import openapi
    from tlzoo.runs.serving.options import ServerOptions
    from tlzoo.tasks import Classification

    evil = "<script>alert(1)</script>"
    model = replace(Model().served, task=Classification((evil, "b")))
    document = openapi(model, ServerOptions())
    for page in (render_try_page(model), render_reference(model, document)):
        assert evil not in page
        assert "default-src 'none'" in page
        assert "//" not in page.replace("http://127.0.0.1:8000", "").replace("</", "")
    statuses = {"200", "400", "408", "413", "422", "500", "503", "504"}
    assert document["paths"]["/predict"]["post"]["responses"].keys() == statuses
