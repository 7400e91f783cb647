"""Targets that are databases: SQL ones behind JDBC connections, DynamoDB, MongoDB."""
