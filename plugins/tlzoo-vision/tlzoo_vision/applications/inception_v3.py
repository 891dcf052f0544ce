"""Inception-v3 (Szegedy et al. 2016, arXiv 1512.00567, table 1): stem, then eleven modules that mix convolutions."""

from __future__ import annotations

from .boundaries import Before, Table

__all__ = ["STAGES"]

STAGES: Table = {
    "InceptionV3": [("stem", Before("mixed0")), *((f"mixed{i}", f"mixed{i}") for i in range(11))],
}
