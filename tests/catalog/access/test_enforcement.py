"""What keys may do through the API, and what the audit log says of it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from gluepot.catalog.access.rights import DELAY
from tests.catalog.access.conftest import Secured, allow, arn, deny, sign

if TYPE_CHECKING:
    from gluepot.catalog.access.audit import AuditEntry

NETWORK = {"ConnectionType": "NETWORK", "ConnectionProperties": {}}


def refusal(call: Any, **request: Any) -> str:  # noqa: ANN401
    """Return the sentence with which a call is denied."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    return str(error["Message"])


def entries(secured: Secured, request_id: str) -> list[AuditEntry]:
    return [item for item in secured.access.audit.list() if item.request_id == request_id]


def make_connection(secured: Secured, name: str, **tags: str) -> None:
    client = secured.client(secured.admin())
    client.create_connection(ConnectionInput={"Name": name, **NETWORK}, Tags=tags)


def test_a_key_without_policies_may_nothing(secured: Secured) -> None:
    client = secured.client(secured.key("nobody"))

    sentence = refusal(client.get_connections)

    assert sentence == (
        "User: arn:aws:iam::000000000000:user/nobody is not authorized to perform:"
        " glue:GetConnections on resource: arn:aws:glue:us-east-1:000000000000:catalog because no"
        " policy allows the glue:GetConnections action"
    )


def test_a_key_may_what_it_is_allowed_and_no_more(secured: Secured) -> None:
    make_connection(secured, "open")
    make_connection(secured, "shut")
    policy = allow("GetConnection", on=("catalog", "connection/op*"))
    client = secured.client(secured.key("reader", policy))

    assert client.get_connection(Name="open")["Connection"]["Name"] == "open"
    assert "connection/shut" in refusal(client.get_connection, Name="shut")
    assert "glue:DeleteConnection" in refusal(client.delete_connection, ConnectionName="open")


def test_rights_end_at_databases_and_tables(secured: Secured) -> None:
    admin = secured.client(secured.admin())
    for database in ("mine", "theirs"):
        admin.create_database(DatabaseInput={"Name": database})
        for table in ("open", "secret"):
            admin.create_table(DatabaseName=database, TableInput={"Name": table})
    policies = (
        allow("*", on=("catalog", "database/mine", "table/mine/*")),
        deny("*", on=("table/mine/secret",)),
    )
    client = secured.client(secured.key("anna", *policies))

    assert client.get_table(DatabaseName="MINE", Name="Open")["Table"]["Name"] == "open"
    client.update_table(DatabaseName="mine", TableInput={"Name": "open", "Owner": "anna"})
    client.create_table(DatabaseName="mine", TableInput={"Name": "new"})
    client.get_partitions(DatabaseName="mine", TableName="new")
    for call, request in (
        (client.get_table, {"DatabaseName": "mine", "Name": "secret"}),
        (client.get_table, {"DatabaseName": "Mine", "Name": "SECRET"}),
        (client.get_partitions, {"DatabaseName": "mine", "TableName": "secret"}),
        (client.batch_delete_table, {"DatabaseName": "mine", "TablesToDelete": ["new", "secret"]}),
        (client.get_tables, {"DatabaseName": "mine"}),
        (client.get_table, {"DatabaseName": "theirs", "Name": "open"}),
        (client.get_databases, {}),
        (client.delete_database, {"Name": "theirs"}),
        (
            client.create_table,
            {
                "DatabaseName": "mine",
                "TableInput": {
                    "Name": "link",
                    "TargetTable": {
                        "CatalogId": "000000000000",
                        "DatabaseName": "theirs",
                        "Name": "open",
                    },
                },
            },
        ),
    ):
        refusal(call, **request)
    found = {item["Name"] for item in admin.get_tables(DatabaseName="mine")["TableList"]}
    assert found == {"open", "secret", "new"}


def test_read_only_reads_and_shows_no_secrets(secured: Secured) -> None:
    make_connection(secured, "with-password")
    client = secured.client(secured.key("viewer", "gluepot:read-only"))

    assert client.get_databases()["DatabaseList"] is not None
    assert client.get_tags(ResourceArn=arn("connection/with-password"))["Tags"] == {}
    assert "explicit deny" in refusal(client.get_connection, Name="with-password")
    refusal(client.create_database, DatabaseInput={"Name": "no"})


def test_tags_decide(secured: Secured) -> None:
    make_connection(secured, "blue", Team="blue")
    make_connection(secured, "red", Team="red")
    condition = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    policies = (
        allow("GetConnection", on=("catalog",)),
        allow("GetConnection", on=("connection/*",), Condition=condition),
        allow(
            "TagResource",
            Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["note"]}},
        ),
    )
    client = secured.client(secured.key("blue", *policies))

    assert client.get_connection(Name="blue")
    refusal(client.get_connection, Name="red")
    client.tag_resource(ResourceArn=arn("connection/blue"), TagsToAdd={"note": "x"})
    refusal(client.tag_resource, ResourceArn=arn("connection/red"), TagsToAdd={"Team": "blue"})


def test_the_address_and_the_time_decide(secured: Secured) -> None:
    here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    away = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    before = {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}

    assert secured.client(
        secured.key("here", allow("GetConnections", Condition=here))
    ).get_connections()
    for condition in (away, before):
        key = secured.key("away", allow("GetConnections", Condition=condition))
        refusal(secured.client(key).get_connections)


def test_policies_of_a_user_hold_for_all_the_users_keys(secured: Secured) -> None:
    first, second = secured.key("team"), secured.key("team")
    secured.access.policies.attach("team", "gluepot:read-only")

    for key in (first, second):
        assert secured.client(key).get_databases()


def test_a_policy_that_was_taken_away_ends_within_a_second(secured: Secured) -> None:
    key = secured.key("brief", "gluepot:admin")
    client = secured.client(key)
    assert client.get_connections()

    secured.access.policies.detach(key.key.id, "gluepot:admin")
    time.sleep(DELAY.total_seconds())

    refusal(client.get_connections)


def test_the_catalogs_policy_allows_and_denies(secured: Secured) -> None:
    admin = secured.client(secured.admin())
    guest, banned = secured.key("guest"), secured.key("banned", "gluepot:admin")

    def user(name: str) -> dict[str, str]:
        return {"AWS": f"arn:aws:iam::000000000000:user/{name}"}

    statements = [
        {"Effect": "Allow", "Principal": user("guest"), "Action": "glue:GetConnections"},
        {"Effect": "Deny", "Principal": user("banned"), "Action": "glue:*"},
    ]
    document = {"Statement": [{**one, "Resource": arn("*")} for one in statements]}
    admin.put_resource_policy(PolicyInJson=json.dumps(document))
    time.sleep(DELAY.total_seconds())

    assert secured.client(guest).get_connections()
    refusal(secured.client(banned).get_connections)

    admin.delete_resource_policy()
    time.sleep(DELAY.total_seconds())
    refusal(secured.client(guest).get_connections)


def test_a_change_is_on_record_before_its_answer(secured: Secured) -> None:
    key = secured.admin()

    reply = secured.client(key).create_connection(
        ConnectionInput={"Name": "recorded", **NETWORK, "Description": "s3cret"}
    )

    (entry,) = entries(secured, reply["ResponseMetadata"]["RequestId"])
    assert (entry.principal, entry.key_id) == (
        "arn:aws:iam::000000000000:user/admin",
        key.key.id,
    )
    assert (entry.source, entry.operation) == ("127.0.0.1", "CreateConnection")
    assert entry.resources == (arn("catalog"), arn("connection/recorded"))
    assert (entry.allowed, entry.error_code) == (True, None)
    assert abs((datetime.now(UTC) - entry.at).total_seconds()) < 60
    assert "s3cret" not in repr(entry)


def test_a_change_that_failed_has_its_error_on_record(secured: Secured) -> None:
    client = secured.client(secured.admin())
    with pytest.raises(ClientError) as caught:
        client.delete_connection(ConnectionName="never-made")

    found = entries(secured, caught.value.response["ResponseMetadata"]["RequestId"])

    assert [(item.allowed, item.error_code) for item in found] == [
        (True, "EntityNotFoundException"),
        (True, None),
    ]


def test_what_was_denied_is_on_record_before_the_answer(secured: Secured) -> None:
    client = secured.client(secured.key("denied"))
    with pytest.raises(ClientError) as caught:
        client.get_connections()

    (entry,) = entries(secured, caught.value.response["ResponseMetadata"]["RequestId"])

    assert (entry.allowed, entry.error_code) == (False, "AccessDeniedException")


def test_a_stranger_is_on_record(secured: Secured) -> None:
    key = secured.key("victim", "gluepot:admin")
    sign(secured.server.url, key, "DeleteTable", secret="x" * 40).send()

    entry = next(secured.access.audit.list(refused=True))

    assert (entry.principal, entry.key_id) == (None, key.key.id)
    assert (entry.operation, entry.error_code) == ("DeleteTable", "InvalidSignatureException")


def test_a_read_is_on_record_soon(secured: Secured) -> None:
    key = secured.admin()
    reply = secured.client(key).get_connections()

    deadline = time.monotonic() + 20
    while not (found := entries(secured, reply["ResponseMetadata"]["RequestId"])):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert (found[0].operation, found[0].allowed) == ("GetConnections", True)
    used = next(item for item in secured.access.keys.list() if item.id == key.key.id)
    assert used.last_used_at is not None
