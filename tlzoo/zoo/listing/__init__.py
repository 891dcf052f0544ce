"""The zoo as a table: fields, ``--where``, rows, cards."""
