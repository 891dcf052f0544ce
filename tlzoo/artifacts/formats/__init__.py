"""Inspection of untrusted documents and weights before they are opened."""
