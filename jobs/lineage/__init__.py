"""Lineage: what each run read and wrote, as OpenLineage says it, and what came from where."""
