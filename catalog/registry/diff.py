"""The difference of two definitions as a JSON Patch (RFC 6902)."""

from __future__ import annotations

import json

from gluepot.catalog.registry.errors import MissingFormatError


def syntax_diff(data_format: str, first: str, second: str) -> str:
    """Return the patch that makes the second definition out of the first, as text.

    Protobuf is no JSON: its patch is of a document with the lines of the text.

    Raises:
        MissingFormatError: The package that compares is not installed.
    """
    try:
        import jsonpatch  # noqa: PLC0415  belongs to the extra "registry"
    except ModuleNotFoundError as error:
        raise MissingFormatError(data_format, str(error.name)) from error
    patch = jsonpatch.make_patch(_document(data_format, first), _document(data_format, second))
    return json.dumps(patch.patch)


def _document(data_format: str, text: str) -> object:
    return text.splitlines() if data_format == "PROTOBUF" else json.loads(text)
