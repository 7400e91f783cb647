"""What is done to rows: DynamicFrame and Glue's transforms on plain Spark."""
