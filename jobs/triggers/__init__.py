"""What starts runs: schedules, conditions and events."""
