"""Data adapters, one for each scheme of a source string."""
