"""The Glue API over ML transforms and data quality, as boto3 uses it."""
