"""Consent to execute code named by recipes and run folders."""
