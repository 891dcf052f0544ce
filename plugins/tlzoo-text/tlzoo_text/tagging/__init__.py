"""Token tagging: a tag for each word of a text, and the spans that tags mark."""
