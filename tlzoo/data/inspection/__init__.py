"""Data set inspection: counts, sizes, spelling of labels."""
