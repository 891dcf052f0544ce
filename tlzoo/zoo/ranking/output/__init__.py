"""A ranking as a page and as CSV."""
