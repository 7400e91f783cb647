"""What is known: databases, tables with their history, partitions."""
