"""Jobs as they are defined: pipelines and scripts, checked whole."""
