"""Image files: decoding, and checks that they can be decoded."""
