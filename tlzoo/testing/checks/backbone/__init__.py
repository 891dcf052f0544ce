"""Conformance checks of a backbone entry, in their order of execution."""

from tlzoo.testing.checks.backbone.declared import features_as_declared, figures_as_measured, input_as_declared
from tlzoo.testing.checks.backbone.loading import deterministic, loads, pretrained_weights, seeds_differ
from tlzoo.testing.checks.backbone.numerics import batch_of_one_equals_row, eager_equals_compiled
from tlzoo.testing.checks.backbone.preprocessing import (
    odd_inputs_are_prepared,
    size_below_smallest_is_refused,
    smallest_size_works,
)
from tlzoo.testing.checks.backbone.saving import preprocessing_in_the_saved_model, save_and_reload_equal
from tlzoo.testing.checks.backbone.source_head import source_head_gives_probabilities
from tlzoo.testing.checks.backbone.stages import cuts_reproduce_the_whole, every_variable_in_one_stage
from tlzoo.testing.checks.backbone.training import everything_trains, frozen_stays_frozen
from tlzoo.testing.session import Check
from tlzoo.testing.subject import BackboneSubject

__all__ = ["BACKBONE_CHECKS"]

BACKBONE_CHECKS: tuple[Check[BackboneSubject], ...] = (
    loads,
    deterministic,
    seeds_differ,
    pretrained_weights,
    features_as_declared,
    input_as_declared,
    figures_as_measured,
    source_head_gives_probabilities,
    every_variable_in_one_stage,
    cuts_reproduce_the_whole,
    eager_equals_compiled,
    batch_of_one_equals_row,
    save_and_reload_equal,
    preprocessing_in_the_saved_model,
    frozen_stays_frozen,
    everything_trains,
    odd_inputs_are_prepared,
    smallest_size_works,
    size_below_smallest_is_refused,
)
