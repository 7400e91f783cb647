"""The record of runs: states, rows, orders, logs and leases."""
