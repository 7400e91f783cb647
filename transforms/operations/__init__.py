"""The Glue API over ML transforms and data quality rulesets."""
