"""Listing of the zoo: fields, ``--where``, rows and cards."""
