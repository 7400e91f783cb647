"""What code finds of the run it is in: stores, connections, its pass, its catalog."""
