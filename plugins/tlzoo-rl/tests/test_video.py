"""Films, written and read again."""

import sys

import numpy as np
import pytest
from PIL import Image

from tlzoo.errors import DataError, UsageError
from tlzoo_rl.training.video import write_video

RATE = 25.0


def pictures(count: int, height: int = 48, width: int = 64) -> list[np.ndarray]:
    """A bright column that goes from left to right on dark grey."""
    drawn = np.full((count, height, width, 3), 40, np.uint8)
    for number, each in enumerate(drawn):
        left = number * (width - 8) // max(count - 1, 1)
        each[:, left : left + 8] = 220
    return list(drawn)


@pytest.mark.parametrize("side", [48, 47])
def test_an_mp4_has_every_picture_at_its_rate(tmp_path, side):
    av = pytest.importorskip("av")
    path, drawn = tmp_path / "folder" / "episode.mp4", pictures(30, height=side)
    write_video(path, drawn, RATE)
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        seen = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
        assert stream.average_rate == RATE
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
    assert len(seen) == len(drawn)
    assert seen[0].shape == (48, 64, 3)
    errors = [np.abs(one[:side].astype(int) - other.astype(int)).mean() for one, other in zip(seen, drawn, strict=True)]
    assert max(errors) < 10
    assert [path.name for path in path.parent.iterdir()] == ["episode.mp4"]


def test_a_long_gif_leaves_pictures_out_and_takes_as_long(tmp_path):
    path = tmp_path / "episode.gif"
    write_video(path, pictures(450, width=640), RATE)
    with Image.open(path) as gif:
        assert gif.n_frames == 150
        assert gif.info["duration"] == 3 * 1000 / RATE
        assert gif.width == 300


def test_no_pictures_are_an_error(tmp_path):
    with pytest.raises(DataError, match="gave no pictures"):
        write_video(tmp_path / "episode.gif", [], RATE)


def test_without_the_extra_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UsageError, match=r"writing MP4 needs PyAV; pip install 'tlzoo-rl\[mp4\]', or name it"):
        write_video(tmp_path / "episode.mp4", pictures(2), RATE)
