"""Which pairs are worth comparing, and what may have been missed."""
