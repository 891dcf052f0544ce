"""The user's own entries: added, published, checked."""
