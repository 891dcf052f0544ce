"""Splits: stratified, grouped, seeded."""
