"""How tables come to be known: list, group, sample, classify, merge, plan, apply."""
