"""Blueprints: templates of workflows, with parameters and a layout written in Python."""
