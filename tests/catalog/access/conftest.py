"""A server that asks for keys, on each database, and requests signed by hand."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import boto3
import pytest
import sqlalchemy as sa
from botocore.config import Config
from pydantic import SecretStr

from gluepot.access import Access, open_access
from gluepot.catalog.access.model import HttpRequest
from gluepot.catalog.access.replay import SeenSignatures
from gluepot.catalog.access.signing import (
    ALGORITHM,
    canonical_request,
    signature,
    signing_key,
    string_to_sign,
)
from gluepot.services import open_services
from gluepot.settings import AuthSettings, Settings
from tests.servers.glue import ACCOUNT, REGION, GlueServer, thread_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gluepot.catalog.access.keys import NewKey

JSON = "application/x-amz-json-1.1"


@dataclass(frozen=True, kw_only=True)
class Secured:
    """A server that asks for keys, and its stores."""

    server: GlueServer
    access: Access
    seen: SeenSignatures

    def key(self, user: str = "anna", *policies: str, **options: Any) -> NewKey:  # noqa: ANN401
        """Make a key for a user with policies: names of gluepot's own, or documents."""
        made = self.access.keys.create(user, **options)
        for number, policy in enumerate(policies):
            name = policy
            if policy.startswith("{"):
                name = f"{made.key.id}-{number}"
                self.access.policies.put(name, policy)
            self.access.policies.attach(made.key.id, name)
        return made

    @cached_property
    def vandal(self) -> NewKey:
        """Return the key whose requests are damaged; it may do all."""
        return self.key("vandal", "gluepot:admin")

    def admin(self) -> NewKey:
        """Make a key that may do all."""
        return self.key("admin", "gluepot:admin")

    def client(self, key: NewKey, **options: Any) -> Any:  # noqa: ANN401
        """Return a boto3 client that signs with a key."""
        return boto3.client(
            "glue",
            endpoint_url=self.server.url,
            **{
                "region_name": REGION,
                "aws_access_key_id": key.key.id,
                "aws_secret_access_key": key.secret,
                "config": Config(retries={"max_attempts": 0}),
                **options,
            },
        )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def secured(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Secured]:
    """Yield a server for a module's tests, which each make keys and names of their own."""
    home = tmp_path_factory.mktemp("home")
    with contextlib.ExitStack() as stack:
        url = f"sqlite:///{home / 'catalog.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(new_database(request.getfixturevalue("postgres")))
        auth = AuthSettings(required=True)
        server = stack.enter_context(thread_server(url, home, auth=auth))
        settings = Settings(home=home, catalog_url=SecretStr(url), auth=auth)
        services = stack.enter_context(open_services(settings))
        seen = SeenSignatures(services.engine)
        stack.callback(seen.close)
        yield Secured(server=server, access=open_access(services), seen=seen)


@contextlib.contextmanager
def new_database(postgres: str) -> Iterator[str]:
    """Yield the URL of an empty database, and drop it after the block."""
    name = f"t{uuid.uuid4().hex}"
    admin = sa.create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield sa.make_url(postgres).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@dataclass(kw_only=True)
class Signed:
    """A request as it goes over the wire; tests damage it after it was signed."""

    url: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes

    def send(self) -> tuple[int, dict[str, Any]]:
        """Return the status and the reply."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        connection.putrequest(
            "POST",
            self.path + ("?" + self.query if self.query else ""),
            skip_host=True,
            skip_accept_encoding=True,
        )
        for name, value in (*self.headers, ("content-length", str(len(self.body)))):
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders(self.body)
        response = connection.getresponse()
        found = response.status, json.loads(response.read() or b"{}")
        connection.close()
        return found

    def error(self) -> tuple[str, str]:
        """Send it, and return the name and sentence of its error; "" where it was accepted."""
        status, reply = self.send()
        if status == 200:
            return "", ""
        assert status == 400, (status, reply)
        return reply["__type"], reply["Message"]

    def set(self, name: str, value: str) -> None:
        """Replace a header."""
        self.headers = [(key, value if key == name else old) for key, old in self.headers]


def sign(  # noqa: PLR0913
    url: str,
    key: NewKey,
    operation: str = "GetConnections",
    request: Mapping[str, Any] | None = None,
    *,
    form: str = "header",
    secret: str | None = None,
    at: datetime | None = None,
    region: str = REGION,
    service: str = "glue",
    expires: timedelta = timedelta(minutes=5),
    extra: tuple[tuple[str, str], ...] = (),
    unsigned: tuple[str, ...] = (),
) -> Signed:
    """Return a signed request, in the header or the query form."""
    date = (at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    body = json.dumps(request or {}).encode()
    headers = [
        ("host", urlsplit(url).netloc),
        ("content-type", JSON),
        ("x-amz-target", f"AWSGlue.{operation}"),
        *extra,
    ]
    if form == "header":
        headers.append(("x-amz-date", date))
    names = sorted({name for name, _ in headers} - set(unsigned))
    query = ""
    if form == "query":
        query = "&".join(
            f"X-Amz-{name}={quote(value, safe='')}"
            for name, value in {
                "Algorithm": ALGORITHM,
                "Credential": f"{key.key.id}/{scope}",
                "Date": date,
                "Expires": str(int(expires.total_seconds())),
                "SignedHeaders": ";".join(names),
            }.items()
        )
    shown = HttpRequest(
        method="POST", path="/", query=query, headers=tuple(headers), body=body, source=""
    )
    text = string_to_sign(date, scope, canonical_request(shown, names))
    made = signature(signing_key(secret or key.secret, scope), text)
    if form == "query":
        query += f"&X-Amz-Signature={made}"
    else:
        credential = f"Credential={key.key.id}/{scope}"
        value = f"{ALGORITHM} {credential}, SignedHeaders={';'.join(names)}, Signature={made}"
        headers.append(("authorization", value))
    return Signed(url=url, path="/", query=query, headers=headers, body=body)


def body_hash(body: bytes) -> str:
    """Return what x-amz-content-sha256 says of a body."""
    return hashlib.sha256(body).hexdigest()


def allow(*actions: str, on: tuple[str, ...] = ("*",), **more: Any) -> str:  # noqa: ANN401
    """Return a policy that allows actions on resources such as ``table/db/*``."""
    return json.dumps({"Statement": [_statement("Allow", actions, on, more)]})


def deny(*actions: str, on: tuple[str, ...] = ("*",), **more: Any) -> str:  # noqa: ANN401
    """Return a policy that denies actions on resources."""
    return json.dumps({"Statement": [_statement("Deny", actions, on, more)]})


def arn(resource: str) -> str:
    """Return the ARN of a resource of the test's account."""
    return resource if resource == "*" else f"arn:aws:glue:{REGION}:{ACCOUNT}:{resource}"


def _statement(
    effect: str, actions: tuple[str, ...], on: tuple[str, ...], more: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "Effect": effect,
        "Action": [f"glue:{action}" for action in actions],
        "Resource": [arn(resource) for resource in on],
        **more,
    }
