"""What the catalog's benchmark is made of: a client that costs little, servers, steps, report."""
