"""The README shows a report and a ranking, as docs/pictures.py photographs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_browser import chromium
from pictures import PICTURES, STATIC, photograph
from PIL import Image

import tlzoo

README = Path(tlzoo.__file__).parents[1] / "README.md"


@pytest.mark.parametrize("name", PICTURES)
def test_the_readme_shows_a_small_picture(name: str) -> None:
    path = STATIC / name
    assert f"](docs/static/{name})" in README.read_text("utf-8")
    assert path.stat().st_size < 200_000
    with Image.open(path) as picture:
        assert picture.format == "WEBP"
        assert picture.width >= 1000


@pytest.mark.slow
def test_a_page_is_photographed(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><body style='background: #3366cc'></body>", "utf-8")
    with chromium() as browser:
        photograph(browser, page, tmp_path / "page.webp")
    with Image.open(tmp_path / "page.webp") as picture:
        red, green, blue = picture.convert("RGB").getpixel((5, 5))
    assert abs(red - 0x33) + abs(green - 0x66) + abs(blue - 0xCC) < 30
