"""Chromium, for the tests of HTML pages."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Give a driver that logs what the browser reports and requests; skip where Chromium or Selenium is missing."""
    pytest.importorskip("selenium")
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("Chromium is not here: apt-get install chromium chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = program
    for each in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1280,1000",
    ):
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    held = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        yield held
    finally:
        held.quit()


def violations(browser: Any) -> list[str]:
    """Return the serious and critical violations that axe-core finds on the page: rule, element, and what is wrong."""
    if not browser.execute_script("return 'axe' in window"):
        browser.execute_cdp_cmd("Runtime.evaluate", {"expression": axe_script()})
    found = browser.execute_async_script(
        "axe.run(document, { resultTypes: ['violations'] }).then(arguments[0], (error) => arguments[0](String(error)))"
    )
    assert isinstance(found, dict), found
    return [
        f"{each['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


def shortcomings(browser: Any, address: str) -> list[str]:
    """Return the violations of a page, with all details open, and where it scrolls sideways.

    It is seen at 420 and 1,300 pixels, in light and in dark mode.
    """
    browser.get(address)
    browser.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
    found = []
    for width in (420, 1300):
        for dark in (False, True):
            with emulated(browser, width=width, dark=dark):
                wide = browser.execute_script("return document.documentElement.scrollWidth")
                found += [f"{wide} pixels at {width}"] if wide > width else []
                found += violations(browser)
    return found


def axe_script() -> str:
    """Return axe-core, or skip."""
    pytest.importorskip("axe_playwright_python")
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


@contextlib.contextmanager
def emulated(browser: Any, *, width: int = 1280, dark: bool = False) -> Iterator[None]:
    """Show the page at a width in CSS pixels, and in dark or light mode, within the block."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
