"""The user's own entries: add, publish and check."""
