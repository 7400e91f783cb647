"""SQL on catalog tables in this process, by DuckDB."""
