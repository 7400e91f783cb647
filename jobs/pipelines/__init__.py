"""Declarative jobs carried out: sources, steps, gates, sinks."""
