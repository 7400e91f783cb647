"""Databases as sources and sinks of scripts: JDBC, DynamoDB, MongoDB and others."""
