"""Comparison of finished runs: recipes, paired differences, subgroups, changed answers and costs."""
