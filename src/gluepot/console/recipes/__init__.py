"""The recipe builder: steps that clean a table, the job that they make, and looks at its rows."""
