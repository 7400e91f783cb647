"""Data quality as stored runs: results, the history of what was measured, and evaluation runs."""
