"""From a request to the ARNs of what it touches, for every operation of AWS Glue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from gluepot.catalog.access import resource_table
from gluepot.catalog.names import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROWS = chain(
    resource_table.CATALOG,
    resource_table.RUNNING,
    resource_table.QUALITY,
    resource_table.REGISTRY,
    resource_table.OTHER,
)
TEMPLATES: Mapping[str, tuple[str, ...]] = {
    operation: tuple(re.findall(r"(?:\{[^}]*\}|\S)+", templates))
    for templates, operations in _ROWS
    for operation in operations.split()
}
"""The resources that an operation needs rights on, by its name."""

_PERMISSIONS = (
    *("PassConnection", "UseGlueStudio", "NotifyEvent", "UseMLTransforms"),
    *("GetNotebookInstanceStatus", "StartNotebook", "TerminateNotebook", "GlueNotebookAuthorize"),
    *("GlueNotebookRefreshCredentials", "RunDataPreviewStatement", "StartCompletion"),
    *("GetCompletion", "DeregisterDataPreview", "GetDataPreviewStatement", "SendFeedback"),
    *("CreateInboundIntegration", "AuthorizeInboundIntegration", "RefreshOAuth2Tokens"),
)
"""Actions of AWS Glue that are no operations of its API; policies made for AWS may name them."""

ACTIONS: tuple[str, ...] = (*sorted(TEMPLATES), *_PERMISSIONS)

_PLAIN_TYPES = {
    template.lstrip("?").partition("/")[0]
    for templates in TEMPLATES.values()
    for template in templates
    if not template.startswith("{")
}
RESOURCE_TYPES: tuple[str, ...] = tuple(
    sorted(_PLAIN_TYPES | {"schema", "registry", "completion", "devendpoint", "tableversion"})
)
_FOLDED = ("database/", "table/", "tableversion/", "userdefinedfunction/", "catalog/")
_DEFAULT_REGISTRY = "default-registry"
_CATALOG_IDS = ("CatalogId", "CatalogID")
_ACCOUNT = re.compile(r"(\d{12})(?::|$)", re.ASCII)
_MEMBER = re.compile(r"\{([^}]*)\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a server is: the middle of its ARNs."""

    account_id: str
    region: str

    def arn(self, resource: str) -> str:
        """Return the ARN of a resource such as ``table/db/name``."""
        return fold_arn(f"arn:aws:glue:{self.region}:{self.account_id}:{resource}")


def resources_of(operation: str, request: Mapping[str, Any], place: Place) -> tuple[str, ...]:
    """Return the ARNs that a caller needs rights on, each once; ``*`` where all are reached.

    Raises:
        KeyError: AWS Glue has no such operation.
    """
    place, within = _catalog_of(request, place)
    found = (
        _arn(resource, place, within)
        for template in TEMPLATES[operation]
        for resource in _expand(template, request)
    )
    return tuple(dict.fromkeys(found))


def fold_arn(arn: str) -> str:
    """Return an ARN, or a pattern of one, as it is compared: names of tables in lower case."""
    parts = arn.split(":", 5)
    resource = parts[-1]
    if resource.lower().startswith(_FOLDED):
        kind, slash, name = resource.partition("/")
        resource = f"{kind}{slash}{fold(name)}"
    return ":".join((*parts[:-1], resource))


def _catalog_of(request: Mapping[str, Any], place: Place) -> tuple[Place, str]:
    """Return the account that ``CatalogId`` names, and the catalog's path within it."""
    catalog_id = next((request[name] for name in _CATALOG_IDS if name in request), None)
    if not isinstance(catalog_id, str):
        return place, ""
    account = _ACCOUNT.match(catalog_id)
    if account is None:
        return place, catalog_id
    return Place(account_id=account[1], region=place.region), catalog_id[account.end() :]


def _arn(resource: str, place: Place, within: str) -> str:
    if resource.startswith("arn:"):
        return fold_arn(resource)
    kind, slash, name = resource.partition("/")
    if within and kind in {"database", "table", "tableVersion", "userDefinedFunction"}:
        name = f"{within}/{name}"
    elif within and kind == "catalog" and not slash:
        slash, name = "/", within
    return place.arn(f"{kind}{slash}{name}")


def _expand(template: str, request: Mapping[str, Any]) -> Iterator[str]:
    """Yield a template for each item of the lists in it."""
    if template.startswith("?"):
        template = template[1:]
        if any(_text(paths, request) == "*" for paths in _MEMBER.findall(template)):
            return
    if template.startswith("{@"):
        yield _named(template[2:-1].split(), request)
        return
    listed = _first_list(template, request)
    if listed is None:
        escape = template.lower().startswith(_FOLDED)
        yield _MEMBER.sub(lambda match: _name(match[1], request, escape=escape), template)
        return
    for item in request[listed]:
        yield from _expand(template, {**request, listed: item})


def _first_list(template: str, request: Mapping[str, Any]) -> str | None:
    roots = (path.partition(".")[0] for path in _MEMBER.findall(template))
    return next((root for root in roots if isinstance(request.get(root), list)), None)


def _name(paths: str, request: Mapping[str, Any], *, escape: bool) -> str:
    # A slash within a name must not look like the end of a database's name.
    found = _text(paths, request)
    return found.replace("/", "%2F") if escape else found


def _text(paths: str, request: Mapping[str, Any]) -> str:
    for path in paths.split("|"):
        found: Any = request
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        if isinstance(found, str) and found:
            return found
    return "*"


def _named(words: Sequence[str], request: Mapping[str, Any]) -> str:
    kind, member = words[0], words[1]
    given = request.get(member) or {}
    if kind == "arn":
        return given if isinstance(given, str) and given else "catalog"
    if kind == "schema" and len(words) > 2:  # noqa: PLR2004
        return f"schema/{_registry(given)}/{request.get(words[2], '*')}"
    if kind == "schema":
        return _schema(given)
    if kind == "schemas":
        return f"schema/{_registry(given) if given else '*'}/*"
    return f"registry/{_registry(given)}"


def _schema(given: Mapping[str, Any]) -> str:
    if given.get("SchemaArn"):
        return f"schema/{str(given['SchemaArn']).rpartition('schema/')[2]}"
    if given.get("SchemaName"):
        return f"schema/{given.get('RegistryName') or _DEFAULT_REGISTRY}/{given['SchemaName']}"
    return "schema/*"


def _registry(given: Mapping[str, Any]) -> str:
    if given.get("RegistryArn"):
        return str(given["RegistryArn"]).rpartition("registry/")[2]
    return str(given.get("RegistryName") or _DEFAULT_REGISTRY)
