"""The console's own style and scripts: in the wheel, and cached by what they hold."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

from starlette.responses import Response

from gluepot.console.page import ROOT

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"


@cache
def asset(name: str) -> bytes | None:
    """Return a file of ``static/``; None where there is none of this name."""
    return _assets().get(name)


def asset_address(name: str) -> str:
    """Return where a browser gets a file; it changes with what the file holds."""
    digest = hashlib.sha256(_assets()[name]).hexdigest()[:12]
    return f"{ROOT}/static/{name}?v={digest}"


def asset_response(name: str) -> Response:
    """Return a file as a browser wants it, or 404."""
    content = asset(name)
    if content is None:
        return Response(status_code=404)
    kind = _TYPES[name[name.rindex(".") :]]
    return Response(content, media_type=kind, headers={"cache-control": _FOREVER})


@cache
def _assets() -> dict[str, bytes]:
    # Only what is in the folder is served: a name is a key and never a path.
    folder = files("gluepot.console") / "static"
    return {
        each.name: each.read_bytes()
        for each in folder.iterdir()
        if each.name.endswith(tuple(_TYPES))
    }
