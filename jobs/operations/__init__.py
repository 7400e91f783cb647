"""The Glue API over crawlers, jobs, triggers, workflows and blueprints."""
