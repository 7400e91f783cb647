"""Frames as tables: sinks, their registration in the catalog, and the ledger of a pass."""
