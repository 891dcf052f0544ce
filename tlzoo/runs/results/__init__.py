"""Finished runs: evaluation, prediction and the trained backbone."""
