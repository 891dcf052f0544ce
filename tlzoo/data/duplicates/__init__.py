"""Exact and near duplicates, in a data set and across its splits."""

from tlzoo.data.duplicates.clusters import Cluster
from tlzoo.data.duplicates.search import exact_duplicates, leaks, near_duplicates

__all__ = ["Cluster", "exact_duplicates", "leaks", "near_duplicates"]
