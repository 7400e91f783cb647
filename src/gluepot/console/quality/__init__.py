"""What the pages of data quality work with: the text of gates, rows that break rules, words."""
