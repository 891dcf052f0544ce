"""Ranking as an HTML page and as CSV."""
