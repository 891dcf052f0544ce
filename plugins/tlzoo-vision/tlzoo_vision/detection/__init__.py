"""Object detection: boxes with a class each. Task, head, data adapter, metrics and pictures."""
