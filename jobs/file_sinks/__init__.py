"""What a script writes to files: Glue's formats and options, and the tables they become."""
