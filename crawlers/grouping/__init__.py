"""From what files hold to tables with columns, keys and partitions."""
