"""What lies somewhere and which tables a crawl makes of it: the cases, as plain data."""
