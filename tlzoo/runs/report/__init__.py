"""The contents of a run's report."""
