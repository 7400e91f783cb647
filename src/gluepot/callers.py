"""Glue's operations for the command line: those of this process, or a server's by boto3."""

from __future__ import annotations

import base64
import getpass
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from gluepot.catalog.errors import InvalidInputError, OperationNotSupportedError
from gluepot.catalog.transfer.callers import RemoteError

if TYPE_CHECKING:
    from gluepot.catalog.calls import Document
    from gluepot.catalog.transfer.callers import Caller
    from gluepot.services import Services


def local_caller(services: Services) -> Caller:
    """Return the operations over the services' own database, called as this machine's user."""
    from gluepot.catalog.calls import Call  # noqa: PLC0415
    from gluepot.catalog.paging import PageTokens  # noqa: PLC0415
    from gluepot.catalog.service_model import glue_model  # noqa: PLC0415
    from gluepot.server.wiring import operations_of  # noqa: PLC0415

    operations = operations_of(services)
    server = services.settings.server
    tokens = PageTokens(services.sealer.derive("page tokens"))
    principal = f"arn:aws:iam::{server.account_id}:user/{getpass.getuser()}"

    def call(operation: str, request: Document) -> Document:
        model = glue_model().operation(operation)
        handler = operations.get(operation)
        if model is None or handler is None:
            raise OperationNotSupportedError(f"gluepot does not have the operation {operation}")
        made = Call(
            operation=operation,
            account_id=server.account_id,
            region=server.region,
            principal=principal,
            request_id=str(uuid.uuid4()),
            tokens=tokens,
        )
        reply = model.write(handler(made, model.read(request)))
        # Stored parts may be ready-made JSON: what a client would see is what a caller gets.
        plain: Document = orjson.loads(orjson.dumps(reply))
        return plain

    return call


def remote_caller(
    *, endpoint_url: str | None, region: str | None = None, profile: str | None = None
) -> Caller:
    """Return the operations of a Glue endpoint; without a URL, those of AWS itself.

    Calls are signed with the credentials that boto3 finds.

    Raises:
        InvalidInputError: boto3 finds no region or no such profile.
        RemoteError: (of the caller) The server refuses the call, or cannot be reached.
    """
    import boto3  # noqa: PLC0415
    from botocore import xform_name  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        client: Any = session.client("glue", endpoint_url=endpoint_url)
    except (BotoCoreError, ValueError) as error:
        raise InvalidInputError(f"The Glue endpoint cannot be used: {error}") from error

    def call(operation: str, request: Document) -> Document:
        try:
            reply = getattr(client, xform_name(operation))(**request)
        except ClientError as error:
            found = error.response.get("Error", {})
            raise RemoteError(found.get("Code", "Unknown"), found.get("Message", "")) from error
        except BotoCoreError as error:
            raise RemoteError(type(error).__name__, f"{operation}: {error}") from error
        reply.pop("ResponseMetadata", None)
        plain: Document = _plain(reply)
        return plain

    return call


def _plain(value: Any) -> Any:  # noqa: ANN401
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case datetime():
            return value.timestamp()
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return value
