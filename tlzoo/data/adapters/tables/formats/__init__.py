"""The file formats of tables, each read a row at a time."""
