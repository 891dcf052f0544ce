"""What looks on while a run trains: callbacks, trackers, and the lines of finished epochs."""
