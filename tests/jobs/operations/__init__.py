"""The Glue API over crawlers, jobs, triggers, workflows and blueprints, as boto3 uses it."""
