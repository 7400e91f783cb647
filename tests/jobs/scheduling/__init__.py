"""Jobs, runs, triggers and the scheduler."""
