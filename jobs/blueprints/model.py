"""Blueprints among the definitions, and their errors."""

from __future__ import annotations

from gluepot.catalog.errors import GluepotError

KIND = "Blueprint"
"""The kind of blueprints among the definitions."""

ARCHIVE_KIND = "BlueprintArchive"
"""The kind of their ZIPs, which stay as they were read, whatever becomes of the object on S3."""

REGISTER = "register:"
"""The run that reads a blueprint has this and the blueprint's name as its own."""

PARAMETERS = "Parameters"
ROLE = "RoleArn"
"""Settings of a run of a blueprint."""

WORKFLOW = "workflow"
"""The metric of a run: the workflow that it made."""


class IllegalBlueprintStateError(GluepotError):
    """The blueprint is not in a state that allows this."""

    code = "IllegalBlueprintStateException"


class LayoutError(GluepotError):
    """A layout generator failed; the sentence has the end of what it said."""

    code = "InvalidInputException"
