"""Data set inspection: counts, sizes and spelling of labels."""
