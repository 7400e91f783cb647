"""Which records mean the same thing: texts compared, candidates found, clusters made."""
