"""Expected memory and time of passes through a network."""
