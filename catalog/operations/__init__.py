"""The Glue API over the catalog: one function an operation, request in, reply out."""
