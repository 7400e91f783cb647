"""The HTTP server: AWS Glue's JSON protocol over the operations of all packages."""
