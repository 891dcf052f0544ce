"""Plots: well-formed SVG of any names and any figures, in the colours of the page."""

import math
import re
import warnings
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest

from tlzoo.evaluation import confusion_plot, curves_plot, rate_range_plot
from tlzoo.evaluation.plots import PhaseCurve

HEAD = [{"loss": 1 / epoch, "val_loss": 1.1 / epoch, "accuracy": 0.9, "val_accuracy": 0.8} for epoch in range(1, 9)]
TOP = [{"loss": 0.1, "val_loss": 0.2, "accuracy": 0.95, "val_accuracy": 0.9}] * 4


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def confusion(classes: int) -> list[list[int]]:
    counts: list[list[int]] = np.random.default_rng(0).integers(0, 4, (classes, classes)).tolist()
    return counts


def test_the_axis_of_curves_names_their_unit() -> None:
    assert "epoch" in texts(curves_plot([("head", HEAD, False)]))


def test_curves_over_steps_show_the_return_first() -> None:
    first = [{"steps": 1024.0, "entropy": 0.6, "return": 20.0}, {"steps": 2048.0, "entropy": 0.5}]
    second = [{"steps": 4096.0, "entropy": 0.4, "return": 80.0}]
    shown = texts(curves_plot([("head", first, False), ("all", second, False)], "steps"))
    assert {"steps", "return", "entropy", "6,000"} <= set(shown)
    assert "epoch" not in shown
    assert shown.count("steps") == 1  # the axis, and no panel
    assert shown.index("return") < shown.index("entropy")


def test_curves_name_phases_figures_and_both_lines() -> None:
    shown = texts(curves_plot([("head", HEAD, False), ("top", TOP, False)]))
    assert {"head", "top", "loss", "accuracy", "epoch", "training", "validation"} <= set(shown)


def test_a_phase_without_room_for_its_name_is_numbered() -> None:
    shown = texts(curves_plot([("head", HEAD * 4, False), ("a phase with a long name", TOP[:1], False)]))
    assert "2" in shown
    assert "a phase with a long name" not in shown


def test_curves_without_validation_need_no_legend() -> None:
    shown = texts(curves_plot([("head", [{"loss": 1.0}, {"loss": 0.5}], False)]))
    assert "validation" not in shown
    assert "training" not in shown


def test_figures_that_are_not_numbers_are_skipped() -> None:
    ET.fromstring(curves_plot([("head", [{"loss": math.inf, "val_loss": math.nan}, {"loss": 1.0}], False)]))


def test_nothing_to_draw_is_an_empty_string() -> None:
    assert curves_plot([]) == ""
    assert curves_plot([("head", [], False)]) == ""


@pytest.mark.parametrize("classes", [2, 10, 30, 100])
def test_a_confusion_matrix_of_any_size_names_its_classes(classes: int) -> None:
    shown = texts(confusion_plot(confusion(classes), [f"class {each}" for each in range(classes)]))
    named = [each for each in shown if each.startswith("class ")]
    assert len(named) == 2 * min(classes, 50)


def test_counts_are_written_while_there_is_room() -> None:
    assert "7" in texts(confusion_plot([[7, 0], [0, 3]], ["a", "b"]))
    assert not [each for each in texts(confusion_plot(confusion(40), [f"c{i}" for i in range(40)])) if each.isdigit()]


def test_plots_use_the_colours_and_fonts_of_the_page() -> None:
    for svg in (curves_plot([("head", HEAD, False)]), confusion_plot([[7, 1], [0, 3]], ["a", "b"])):
        assert "var(--muted" in svg
        assert "var(--sans" in svg
        assert not re.search("#0[1-6]0[1-6]0[1-6]|DejaVu", svg)


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "$a$ $b", "a--b-->", "猫", "caf\udce9", "a\x00b\nc", "\\alpha_1^2"]
)
def test_any_name_is_drawn_as_text_and_without_a_warning(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svgs = [confusion_plot([[1, 0], [1, 1]], [name, "b"]), curves_plot([(name, HEAD, False)])]
    for svg in svgs:
        ET.fromstring(svg.encode())
        assert "<script" not in svg


def test_the_same_figures_give_the_same_picture_and_no_setting_stays() -> None:
    before = dict(mpl.rcParams)
    assert confusion_plot([[1, 2], [3, 4]], ["a", "b"]) == confusion_plot([[1, 2], [3, 4]], ["a", "b"])
    assert dict(mpl.rcParams) == before


def test_a_rate_range_test_is_drawn() -> None:
    svg = rate_range_plot([1e-5, 1e-4, 1e-3], [2.0, 1.0, 3.0], 1e-5)
    assert svg.startswith("<svg")
    assert "1.0e-05 suggested" in svg


def test_alternatives_start_where_their_weights_end_and_a_discarded_phase_is_pale() -> None:
    curves = [
        PhaseCurve("head", HEAD),
        PhaseCurve("slow", TOP, discarded=True, after=0),
        PhaseCurve("fast", TOP, after=0),
    ]
    svg = curves_plot(curves)
    assert "slow (discarded), fast" in texts(svg)
    assert "0.35" in svg
    shown = {each for each in texts(svg) if each.isdigit()}
    assert "12" in shown
    assert "14" not in shown
    assert "16" in texts(curves_plot([PhaseCurve("head", HEAD), PhaseCurve("slow", TOP), PhaseCurve("fast", TOP)]))


def test_losses_begin_at_zero_and_accuracies_span_a_tenth() -> None:
    shown = texts(curves_plot([("head", [{"loss": 0.5, "accuracy": 0.99}, {"loss": 0.4, "accuracy": 0.992}], False)]))
    assert "0.0" in shown
    assert {"0.90", "1.00"} <= set(shown)
