"""Duplicates, exact and near, and whether they are on both sides of a split."""

from tlzoo.data.duplicates.clusters import Cluster
from tlzoo.data.duplicates.finding import exact_duplicates, leaks, near_duplicates
from tlzoo.data.duplicates.images import perceptual_hash

__all__ = ["Cluster", "exact_duplicates", "leaks", "near_duplicates", "perceptual_hash"]
