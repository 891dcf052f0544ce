"""Makes the pictures of the README: `uv run python docs/pictures.py`.

Trains on the packaged digits, ranks the packaged vision entries for them, and photographs both pages in Chromium.
Needs no network.
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import tlzoo
from tlzoo.cli import main as tlzoo_command

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

__all__ = ["PICTURES", "main", "photograph"]

STATIC = Path(__file__).parent / "static"
PICTURES = ("report.webp", "ranking.webp")
TRAIN = "train --data digits: --backbone glyphnet --per-class 20 --epochs 12 --out {work}"
RANK = "rank --data digits: --backbone vision/* --per-class 20 --score linear-probe --html {work}/ranking.html"
SIZE = (1000, 1000)
"""Width and height in CSS pixels: as much of a page as a reader sees first."""


def main(words: list[str] | None = None) -> None:
    """Write the pictures into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=STATIC, help="folder for the pictures (default: docs/static)")
    out: Path = parser.parse_args(words).out
    with tempfile.TemporaryDirectory() as work:
        ranking = Path(work, "ranking.html")
        for command in (TRAIN, RANK):
            if status := tlzoo_command([each.format(work=work) for each in command.split()]):
                raise SystemExit(status)
        (run,) = tlzoo.find_runs(work)
        with _browser() as browser:
            for page, name in zip((run.report.path, ranking), PICTURES, strict=True):
                photograph(browser, page, out / name)


def photograph(browser: Chrome, page: Path, picture: Path) -> None:
    """Write the top of a page, in light colours, as a WebP picture."""
    from PIL import Image

    browser.get(page.absolute().as_uri())
    shot = Image.open(io.BytesIO(browser.get_screenshot_as_png()))
    shot.convert("RGB").save(picture, quality=90, method=6)


@contextmanager
def _browser() -> Iterator[Chrome]:
    from selenium import webdriver

    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        raise SystemExit("Chromium is not installed: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for each in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(each)
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        width, height = SIZE
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1.5, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        light = {"features": [{"name": "prefers-color-scheme", "value": "light"}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", light)
        yield browser
    finally:
        browser.quit()


if __name__ == "__main__":
    main()
