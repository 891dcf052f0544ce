"""Finished runs: evaluation, prediction, the trained backbone."""
