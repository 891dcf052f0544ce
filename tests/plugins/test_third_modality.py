"""A modality of a plugin: audio with its data, backbone, augmentation and pictures, without a line in the core."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import requests
from made_sounds import KINDS, a_sound, folder_of_sounds

import tlzoo
from tlzoo.cli import main
from tlzoo.errors import DataError, UsageError
from tlzoo.runs import Run

SAMPLE = Path(__file__).parents[1] / "samples/acme-audio/acme_audio"
ENTRY = "acme-audio/melnet.tones"


@pytest.fixture
def audio(distributions) -> None:
    folder = distributions.add("acme-audio", (SAMPLE / "plugin.py").read_text())
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of_sounds(tmp_path_factory.mktemp("recordings"))


def test_its_entry_is_listed_and_filtered_by_its_own_fields(audio, capsys) -> None:
    words = (
        "list",
        "--where",
        "input.sample_rate >= 16000",
        "--columns",
        "id,input,input.seconds",
        "--json",
        "--quiet",
    )
    assert main(list(words)) == 0
    assert json.loads(capsys.readouterr().out) == [{"id": ENTRY, "input": "1 s, 16,000 Hz", "input.seconds": 1.0}]
    assert main(["list", "--where", "input.sample_rate < 16000", "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_its_data_are_inspected_and_augmentation_is_previewed(audio, recordings: Path, tmp_path: Path, capsys) -> None:
    shutil.copytree(recordings, tmp_path / "sounds")
    (tmp_path / "sounds/bell/cut.wav").write_bytes((recordings / "bell/0.wav").read_bytes()[:20])
    shutil.copy(recordings / "drum/0.wav", tmp_path / "sounds/drum/copy.wav")
    source = f"sounds:{tmp_path / 'sounds'}"
    assert main(["data", "inspect", source, "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["samples"] for each in found["classes"]] == [12, 13, 12]
    assert found["sounds"]["milliseconds"]["max"] == 1200
    assert "damaged or cut off" in found["set_aside"][0]["reason"]
    assert len(found["duplicates"]) == 1
    sheet = tmp_path / "sheet.png"
    assert main(["data", "preview", source, "--augment", "strong", "--out", str(sheet), "--quiet"]) == 0
    assert sheet.read_bytes().startswith(b"\x89PNG")


def test_its_inputs_in_memory_are_data_by_one_method(audio, recordings: Path) -> None:
    from tlzoo.data import in_memory
    from tlzoo.runs import open_source

    files = sorted(recordings.glob("*/*"))
    labels = [file.parent.name for file in files]
    given = in_memory((files, labels)).samples()
    kept = open_source(f"sounds:{recordings}", tlzoo.progress.Silent())
    assert given.modality == "audio"
    assert given.fingerprint == kept.fingerprint
    waveforms = [a_sound(kind, number) for number, kind in enumerate(KINDS)]
    data = in_memory((waveforms, list(KINDS)), modality="audio", rate="8000")
    assert data.source.endswith("?modality=audio&rate=8000")
    assert data.samples().examples.sample_rate == 8_000
    assert in_memory((waveforms, list(KINDS)), like=data.source).source == data.source
    with pytest.raises(UsageError, match="the source 'memory:' has no option 'rate'"):
        in_memory((waveforms, list(KINDS)), rate="8000")
    with pytest.raises(DataError, match=r"data\[0\] is no mono waveform; give float \(samples,\)"):
        in_memory((np.ones((2, 3, 4)), [0, 1]), modality="audio")


def test_files_are_decoded_to_one_rate_and_others_are_refused(audio, recordings: Path, tmp_path: Path) -> None:
    import soundfile
    from acme_audio.sound_files import decode, decode_and_digest

    sound = np.int16(32_767 * a_sound("siren", 7))
    for name, values, rate in (
        ("a.wav", sound, 16_000),
        ("a.flac", sound, 16_000),
        ("high.wav", a_sound("siren", 7, 48_000), 48_000),
        ("nan.wav", np.full(9, np.nan), 16_000),
        ("a.ogg", sound, 16_000),
    ):
        soundfile.write(tmp_path / name, values, rate, subtype="FLOAT" if name == "nan.wav" else None)
    wav, flac = (decode_and_digest((tmp_path / name).read_bytes(), 16_000) for name in ("a.wav", "a.flac"))
    np.testing.assert_array_equal(wav[0], flac[0])
    assert wav[1] == flac[1] != decode_and_digest((tmp_path / "a.wav").read_bytes(), 8_000)[1]
    resampled = decode((tmp_path / "high.wav").read_bytes(), 16_000)
    assert resampled.shape == (16_000,)
    assert np.argmax(np.abs(np.fft.rfft(resampled))) == pytest.approx(np.argmax(np.abs(np.fft.rfft(sound))), abs=1)
    for name, reason in (("nan.wav", "values that are not numbers"), ("a.ogg", "not a WAV or FLAC file")):
        with pytest.raises(DataError, match=reason):
            decode((tmp_path / name).read_bytes(), 16_000)


def test_augmentation_changes_each_sound_the_same_in_every_batch(audio) -> None:
    from acme_audio.augmentation import AudioAugmentation, WaveformAugmenter

    sounds = np.stack([a_sound(kind, 1) for kind in KINDS]).astype(np.float32)
    change = WaveformAugmenter(AudioAugmentation(shift=0.1, gain=6, noise=0.1))
    whole, alone = change(sounds, 5, np.arange(3)).numpy(), change(sounds[1:2], 5, np.array([1])).numpy()
    np.testing.assert_array_equal(whole[1], alone[0])
    assert not np.array_equal(whole, change(sounds, 6, np.arange(3)).numpy())
    (late,) = WaveformAugmenter(AudioAugmentation(shift=1.0))(np.ones((1, 1_000), np.float32), 0, np.array([3])).numpy()
    assert set(late) == {0.0, 1.0}, "what is shifted in is silence"
    louder = WaveformAugmenter(AudioAugmentation(gain=6.0))(sounds, 0, np.arange(3)).numpy()
    decibels = 20 * np.log10(np.abs(louder).max(axis=1) / np.abs(sounds).max(axis=1))
    assert np.abs(decibels).max() <= 6
    assert len(set(decibels.round(3))) == 3


@pytest.mark.slow
def test_an_interrupted_training_resumes_reports_predicts_and_exports(
    audio, recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tlzoo.training import SupervisedTrainer

    phases, run_phase = [], SupervisedTrainer.run

    def interrupted(self, state, phase, *others):
        phases.append(phase.name)
        if len(phases) == 2:
            raise KeyboardInterrupt
        return run_phase(self, state, phase, *others)

    monkeypatch.setattr(SupervisedTrainer, "run", interrupted)
    how = {"backbone": "melnet", "strategy": "lp-ft", "epochs": 8, "export": ["saved-model", "keras"]}
    with pytest.raises(KeyboardInterrupt):
        tlzoo.train(data=f"sounds:{recordings}", **how, out=tmp_path / "runs")
    (folder,) = (tmp_path / "runs").iterdir()
    result = tlzoo.resume(folder).result
    assert phases == ["linear probe", "fine-tune", "fine-tune"]
    assert [each["mode"] for each in result["phases"]] == ["cached features", "live"]
    assert result["test"]["accuracy"] >= 0.8
    page = (folder / "report.html").read_text()
    assert len(re.findall(r"<img[^>]*data:image/(?:png|webp)", page)) >= 6, "a spectrogram for each test example"
    assert "samples, peak" in page

    run = Run(folder)
    assert run.evaluate() == run.test
    (tmp_path / "cut.wav").write_bytes((recordings / "bell/0.wav").read_bytes()[:20])
    *answers, cut = run.predict([recordings / "bell", tmp_path / "cut.wav"])
    assert [answer["label"] for answer in answers].count("bell") >= 10
    assert "damaged or cut off" in cut["error"]
    short, file, alone = (
        np.asarray(a_sound("drum", 90, seconds=0.5), np.float32),
        recordings / "siren/3.flac",  # 22.05 kHz
        recordings / "siren/2.wav",
    )
    together = run.predict([short, file, alone])
    assert set(together[0]["probabilities"]) == set(KINDS)
    for each, answer in zip((short, file, alone), together, strict=True):
        (by_itself,) = run.predict([each])
        assert by_itself["probabilities"] == pytest.approx(answer["probabilities"], abs=1e-5)
    with run.serve(port=0) as server:
        answer = requests.post(f"{server.url}/predict", data=alone.read_bytes(), timeout=20).json()
        refused = requests.post(f"{server.url}/predict", json={"inputs": [str(alone)]}, timeout=20)
        waveform = requests.post(f"{server.url}/predict", json={"inputs": [short.tolist()]}, timeout=20).json()
    assert answer["predictions"][0]["probabilities"] == pytest.approx(together[2]["probabilities"], abs=1e-5)
    assert waveform["predictions"][0]["label"] == together[0]["label"]
    assert (refused.status_code, "paths and URLs are never opened" in refused.text) == (400, True)


def test_an_entry_of_another_sample_rate_is_refused(audio, recordings: Path, capsys) -> None:
    source = f"sounds:{recordings}?rate=8000"
    assert main(["train", "--data", source, "--backbone", "melnet", "--explain", "--quiet"]) == 2
    assert "takes 16,000 Hz, and the sounds have 8,000 Hz; write rate=16000 after" in capsys.readouterr().err


def test_its_modality_has_no_image_size(audio, recordings: Path, capsys) -> None:
    words = ["train", "--data", f"sounds:{recordings}", "--backbone", "melnet", "--image-size", "64", "--explain"]
    assert main([*words, "--quiet"]) != 0
    assert "takes audio and has no image size" in capsys.readouterr().err


def test_an_empty_path_is_not_the_working_folder(audio) -> None:
    from acme_audio.raw_inputs import SoundInputs

    assert SoundInputs("waveforms", (None,), 16_000).expanded([""]) == [""]
