"""Probes: measurements for strategies."""
