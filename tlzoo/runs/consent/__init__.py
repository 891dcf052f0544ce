"""Consent to execute code that recipes and run folders name."""
