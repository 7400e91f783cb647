"""A team's pipelines at a fast clock, while processes are killed and the database restarts."""
