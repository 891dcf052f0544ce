"""Duplicates, exact and near, and whether they are on both sides of a split."""

from tlzoo.data.duplicates.clusters import Cluster
from tlzoo.data.duplicates.search import exact_duplicates, leaks, near_duplicates

__all__ = ["Cluster", "exact_duplicates", "leaks", "near_duplicates"]
