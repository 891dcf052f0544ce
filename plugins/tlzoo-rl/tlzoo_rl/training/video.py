"""Video files of an episode: an animated GIF, or an MP4 with the extra ``tlzoo-rl[mp4]``."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tlzoo.errors import DataError, UsageError
from tlzoo.files.atomic import atomic_write

__all__ = ["check_video", "write_video"]

_MOST = 200
_WIDTH = 300
_COLOURS = 64
_SHORTEST = 20
"""Shortest time of a frame in viewers, in milliseconds."""


def check_video(path: Path) -> None:
    """Raise UsageError if a video cannot be written here, before an episode is played.

    A missing folder is made.
    """
    if path.suffix.lower() not in _FORMATS:
        raise UsageError(f"{path} is neither a GIF nor an MP4", "name it episode.gif or episode.mp4")
    if path.suffix.lower() == ".mp4" and find_spec("av") is None:
        raise UsageError(f"{path}: writing MP4 needs PyAV", "pip install 'tlzoo-rl[mp4]', or name it episode.gif")
    if path.is_dir():
        raise UsageError(f"{path} is a folder", f"name a file in it: {path / ('episode' + path.suffix)}")
    with _writable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass


def write_video(path: Path, pictures: Sequence[np.ndarray], rate: float) -> None:
    """Write pictures, uint8 (height, width, 3), atomically; ``rate`` is frames per second.

    A GIF has at most 200 frames, at most 300 pixels wide; if some are skipped, the others are shown longer, so that
    the duration does not change. An MP4 has all of them, unchanged. Raises DataError where there is none, UsageError as
    ``check_video`` does.
    """
    check_video(path)
    if not pictures:
        raise DataError("the environment gave no pictures", "it has no render mode 'rgb_array'")
    written = _FORMATS[path.suffix.lower()](pictures, rate)
    with _writable(path), atomic_write(path) as stream:
        stream.write(written)


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}", "name another place") from error


def _gif(pictures: Sequence[np.ndarray], rate: float) -> bytes:
    from PIL import Image

    every = -(-len(pictures) // _MOST)
    height, width = pictures[0].shape[:2]
    share = min(1.0, _WIDTH / width)
    size = (round(width * share), round(height * share))
    images = [Image.fromarray(each).resize(size).quantize(_COLOURS) for each in pictures[::every]]
    duration = max(_SHORTEST, round(1000 * every / rate))
    file = io.BytesIO()
    images[0].save(
        file, format="GIF", save_all=True, append_images=images[1:], duration=duration, loop=0, optimize=False
    )
    return file.getvalue()


def _mp4(pictures: Sequence[np.ndarray], rate: float) -> bytes:
    """Return H.264 with colours at half resolution, for browsers; odd sides are extended to even ones."""
    import av

    height, width = pictures[0].shape[:2]
    grown = ((0, height % 2), (0, width % 2), (0, 0))
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(rate).limit_denominator(1000))
        stream.height, stream.width = height + height % 2, width + width % 2
        stream.pix_fmt = "yuv420p"
        for each in pictures:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(np.pad(each, grown, "edge")), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


_FORMATS: dict[str, Callable[[Sequence[np.ndarray], float], bytes]] = {".gif": _gif, ".mp4": _mp4}
