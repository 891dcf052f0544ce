"""Mutation testing of tlzoo: the parts of ``tests/benchmarks/mutants.py``."""
