"""Drawn pictures, a finished run on them, and the command line within this process."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import tlzoo.cli

SIZES = ((64, 64), (80, 48), (50, 90), (40, 40))


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        return self.err.splitlines()[-1] if self.err else ""


def run(*words: object) -> Done:
    """Run the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = tlzoo.cli.main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def draw(shape: str, seed: int, size: tuple[int, int] = (48, 48)) -> Image.Image:
    """Draw a bright circle, square or cross on a dark ground, in colours and at a place that ``seed`` decides."""
    random = np.random.default_rng((seed, len(shape), ord(shape[1])))
    dark, bright = (tuple(map(int, random.integers(low, low + 90, 3))) for low in (0, 160))
    image = Image.new("RGB", size, dark)
    pen = ImageDraw.Draw(image)
    radius = min(size) * random.uniform(0.25, 0.4)
    x, y = (side / 2 + random.uniform(-0.1, 0.1) * min(size) for side in size)
    if shape == "circle":
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=bright)
    elif shape == "square":
        pen.rectangle((x - radius, y - radius, x + radius, y + radius), fill=bright)
    else:
        pen.line((x - radius, y, x + radius, y), fill=bright, width=6)
        pen.line((x, y - radius, x, y + radius), fill=bright, width=6)
    return image


def fill(folder: Path, shapes: tuple[str, ...], count: int) -> Path:
    """Draw ``count`` pictures of each shape into its class folder: PNG and JPEG, of several sizes."""
    for shape in shapes:
        (folder / shape).mkdir(parents=True)
        for seed in range(count):
            draw(shape, seed, SIZES[seed % 4]).save(folder / shape / f"{seed}.{('png', 'jpg')[seed % 2]}")
    return folder


@pytest.fixture(name="tlzoo", scope="session")
def _tlzoo() -> Callable[..., Done]:
    return run


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of images: three classes of ten."""
    return fill(tmp_path_factory.mktemp("shapes") / "shapes", ("circle", "cross", "square"), 10)


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every kind of image that people have; ``broken`` names those that cannot be read."""
    folder = fill(tmp_path_factory.mktemp("mixed") / "mixed", ("circle", "square"), 8)
    circles, squares = folder / "circle", folder / "square"
    draw("circle", 50).convert("L").save(circles / "grey.jpg")
    draw("circle", 51).convert("CMYK").save(circles / "cmyk.jpg")
    deep = np.asarray(draw("circle", 52).convert("L")).astype(np.uint16) * 257
    Image.fromarray(deep).save(circles / "sixteen-bit.png")
    draw("square", 50).convert("RGBA").save(squares / "alpha.png")
    frames = [draw("square", seed) for seed in (51, 52)]
    frames[0].save(squares / "moving.gif", save_all=True, append_images=frames[1:])
    frames[0].save(squares / "moving.webp", save_all=True, append_images=frames[1:])
    whole = (circles / "1.jpg").read_bytes()
    (circles / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (circles / "text.jpg").write_text("I am no image")
    (circles / "zero.png").touch()
    frames[0].save(squares / "scan.tiff")
    return folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, mixed: Path) -> tuple[Path, Done]:
    """A finished run of the defaults on ``mixed``, and what `tlzoo train` wrote."""
    out = tmp_path_factory.mktemp("trained") / "runs"
    done = run("train", "--data", f"images:{mixed}", "--backbone", "glyphnet", "--epochs", 3, "--out", out)
    assert done.code == 0, done.err
    (path,) = out.iterdir()
    return path, done
