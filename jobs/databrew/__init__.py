"""Recipes of AWS Glue DataBrew as pipelines.

Source: AWS Glue DataBrew developer guide, "Recipe step and function reference" and "Defining a
recipe structure".
"""

from __future__ import annotations

from gluepot.jobs.databrew.importing import import_recipe, source_of

__all__ = ["import_recipe", "source_of"]
