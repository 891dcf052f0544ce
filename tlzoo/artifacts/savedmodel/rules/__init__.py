"""Rules that a SavedModel must meet before it is loaded."""
