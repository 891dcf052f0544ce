"""Measurements that a strategy can ask for before it goes on."""
