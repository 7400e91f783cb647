"""What must hold of rows: rules, their evaluation and the report."""
