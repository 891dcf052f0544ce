"""Films, written and read again."""

import sys

import numpy as np
import pytest
from PIL import Image

from tlzoo.errors import DataError, UsageError
from tlzoo.progress import Silent
from tlzoo.runs import read_recipe, train_recipe
from tlzoo_rl.environments import episodes, film, gym, play
from tlzoo_rl.training.video import check_video, write_video

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


def idle(observations):
    return np.zeros(len(observations), int)


def test_a_film_is_of_the_episode_that_is_played():
    source = gym("made_environments:made/Undrawn-v0", {"how": "draws"})
    episode, drawn, rate = film(source, 3, idle)
    assert episode == play(source, [3], idle)[0]
    assert [int(each.mean()) for each in drawn] == [0, 1, 2, 3]
    assert rate == 5


def test_the_start_of_an_endless_episode_is_filmed(monkeypatch):
    monkeypatch.setattr(episodes, "_MOST_BYTES", 2 * 4 * 4 * 3)
    episode, drawn, _ = film(gym("made_environments:made/Undrawn-v0", {"how": "draws"}), 3, idle)
    assert (episode.steps, [int(each.mean()) for each in drawn]) == (3, [0, 1])


@pytest.mark.parametrize(
    ("how", "said"),
    [("raises", "render raised RuntimeError: there is no"), ("floats", r"render returned float64 \(4, 4, 3\)")],
)
def test_a_rendering_error_is_reported(how, said):
    with pytest.raises(DataError, match=f"Undrawn-v0.how={how} cannot be rendered: its {said}"):
        film(gym("made_environments:made/Undrawn-v0", {"how": how}), 0, idle)


@pytest.mark.slow
def test_a_run_that_cannot_be_drawn_is_finished_all_the_same(tmp_path):
    said = []

    class Listening(Silent):
        def note(self, text):
            said.append(text)

    asked = {
        "data": "gym:made_environments:made/Undrawn-v0",
        "backbone": "rl/mlp.blank",
        "strategy": {"name": "feature-extraction", "options": {"rate": 1e-3}},
        "head": {"name": "policy", "options": {"environments": 2, "rollout": 8, "passes": 1, "episodes": 2}},
        "weights": "random",
        "steps": 16,
        "export": ["keras"],
    }
    run = train_recipe(read_recipe(None, asked), out=tmp_path, progress=Listening())
    assert run.result["phases"][0]["steps"] == 16
    assert any("the report has no images" in each and "there is no screen" in each for each in said)


def test_an_unwritable_path_is_reported_before_the_episode(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.gif").mkdir()
    with pytest.raises(UsageError, match=r"e.gif cannot be written: .*; name another place"):
        check_video(tmp_path / "file" / "e.gif")
    with pytest.raises(UsageError, match=r"folder.gif is a folder; name a file in it"):
        check_video(tmp_path / "folder.gif")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder.gif"]
