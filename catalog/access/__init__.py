"""Who may do what: signatures, keys, policies, and the record of what was asked."""
