"""Running a phase: compiled step, optimizers, schedules, audit."""
