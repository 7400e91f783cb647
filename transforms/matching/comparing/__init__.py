"""How alike two records are: kinds of columns, cleaned values, and similarities."""
