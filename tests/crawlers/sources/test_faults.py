"""A store that stumbles is asked again; one that stays down is named; keys are renewed in time."""

from __future__ import annotations

import base64
import dataclasses
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gluepot.crawlers.sources.errors import (
    AccessRefusedError,
    PathNotFoundError,
    StoreUnavailableError,
)
from gluepot.crawlers.sources.objects import ReadRequest, open_source
from gluepot.crawlers.sources.s3 import S3Objects
from tests.crawlers.conftest import new_bucket
from tests.servers.proxy import FaultProxy, Request, fault_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config
    from tests.crawlers.conftest import Place

FAULTS: tuple[int | str, ...] = (503, 500, "reset", "cut", "hang")
NAMES = [f"x={number % 3}/{number}" for number in range(8)]


@pytest.fixture
def stumbling(versitygw_s3: S3Config) -> Iterator[tuple[FaultProxy, Place, S3Objects]]:
    """Yield a proxy, a bucket with eight objects, and that bucket seen through the proxy."""
    place = new_bucket(versitygw_s3)
    for name in NAMES:
        place.put(name, f"<{name}>" * 100)
    with fault_proxy(str(versitygw_s3.endpoint_url)) as proxy:
        yield proxy, place, S3Objects(dataclasses.replace(versitygw_s3, endpoint_url=proxy.url))


@pytest.fixture(autouse=True)
def quick_repetitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both clients wait a hundredth of what they do, for answers and before repetitions."""
    monkeypatch.setattr("gluepot.crawlers.sources.s3_client.TIMEOUT_SECONDS", 0.6)
    monkeypatch.setattr(
        "botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.02
    )
    monkeypatch.setattr("gluepot.crawlers.sources.s3_client.FIRST_WAIT", timedelta(milliseconds=10))
    monkeypatch.setattr("gluepot.crawlers.sources.s3.time.sleep", lambda _: None)


def every_other(fault: int | str) -> Callable[[Request], int | str | None]:
    return lambda request: fault if request.number % 2 else None


@pytest.mark.parametrize("fault", FAULTS)
def test_a_store_that_stumbles_is_asked_again(
    stumbling: tuple[FaultProxy, Place, S3Objects], fault: int | str
) -> None:
    proxy, place, source = stumbling
    proxy.fault = every_other(fault)

    found = [info.uri for page in source.list_pages(place.root) for info in page]
    read = list(source.read_batch([ReadRequest(uri, 0, 4) for uri in found]))
    tail = source.read_tail(found[0], 3)

    assert found == sorted(f"{place.root}/{name}" for name in NAMES)
    assert read == [f"<{uri.removeprefix(place.root + '/')}>"[:4].encode() for uri in found]
    assert tail == b"/0>"


@pytest.mark.parametrize("fault", [503, "reset", "cut"])
def test_a_store_that_stays_down_is_named(
    stumbling: tuple[FaultProxy, Place, S3Objects], fault: int | str
) -> None:
    proxy, place, source = stumbling
    proxy.fault = lambda _: fault

    with pytest.raises(StoreUnavailableError, match=place.root):
        list(source.list_pages(place.root))
    with pytest.raises(StoreUnavailableError, match=f"{place.root}/{NAMES[0]}"):
        source.read(f"{place.root}/{NAMES[0]}", 0, 4)
    (answer,) = source.read_batch([ReadRequest(f"{place.root}/{NAMES[1]}", 0, 4)])

    assert isinstance(answer, StoreUnavailableError)
    assert len(proxy.requests) < 80


def test_an_object_deleted_after_the_listing_is_one_answer(
    stumbling: tuple[FaultProxy, Place, S3Objects],
) -> None:
    _, place, source = stumbling
    found = [info.uri for info in source.list(place.root)]
    place.source.delete([found[1]])

    answers = list(source.read_batch([ReadRequest(uri, 0, 1) for uri in found]))

    assert isinstance(answers[1], PathNotFoundError)
    assert [answers[0], *answers[2:]] == [b"<"] * (len(found) - 1)


def test_requests_say_who_pays_and_how_objects_are_encrypted(moto_s3: S3Config) -> None:
    key = base64.b64encode(b"k" * 32).decode()
    place = new_bucket(moto_s3)
    with fault_proxy(str(moto_s3.endpoint_url)) as proxy:
        config = dataclasses.replace(
            moto_s3, endpoint_url=proxy.url, requester_pays=True, sse_c_key=key
        )
        source = S3Objects(config)
        uri = f"{place.root}/a//b"  # boto3 reads this one, obstore the other
        for target in (uri, f"{place.root}/c"):
            source.write(target, b"0123")
            source.read(target, 1, 2)
            source.read_tail(target, 1)
        list(source.list(place.root))

    sent = [
        {name.lower(): value for name, value in item.headers.items()} for item in proxy.requests
    ]
    assert [headers.get("x-amz-request-payer") for headers in sent] == ["requester"] * len(sent)
    objects = [
        headers
        for item, headers in zip(proxy.requests, sent, strict=True)
        if "list-type" not in item.path
    ]
    assert len(objects) == 6
    assert {headers.get("x-amz-server-side-encryption-customer-key") for headers in objects} == {
        key
    }


def credential_process(folder: Path, monkeypatch: pytest.MonkeyPatch, moto_s3: S3Config) -> Path:
    """Write a profile whose keys live two seconds, and return where each handing out is noted."""
    notes, script = folder / "notes", folder / "keys.py"
    keys = {
        "Version": 1,
        "AccessKeyId": moto_s3.access_key_id,
        "SecretAccessKey": moto_s3.secret_access_key,
        "SessionToken": "t",
    }
    script.write_text(
        "import datetime, json, pathlib\n"
        f"notes = pathlib.Path({str(notes)!r})\n"
        "notes.write_text((notes.read_text() if notes.exists() else '') + 'x')\n"
        "end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)\n"
        f"print(json.dumps({keys!r} | {{'Expiration': end.isoformat()}}))\n"
    )
    config = folder / "config"
    config.write_text(f"[profile short]\ncredential_process = {sys.executable} {script}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    return notes


def test_keys_that_expire_in_mid_crawl_are_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moto_s3: S3Config
) -> None:
    notes = credential_process(tmp_path, monkeypatch, moto_s3)
    place = new_bucket(moto_s3)
    uri = place.put("a", b"0123")
    source = open_source(
        uri,
        dataclasses.replace(moto_s3, profile="short", access_key_id=None, secret_access_key=None),
    )

    list(source.list(place.root))
    before = len(notes.read_text())
    source.read(uri, 0, 1)
    listed_again = [info.uri for info in source.list(place.root)]

    assert listed_again == [uri]
    assert len(notes.read_text()) > before


def test_a_role_is_assumed_and_again_when_it_expires(moto_s3: S3Config) -> None:
    place = new_bucket(moto_s3)
    uri = place.put("a", b"0123")
    with fault_proxy(str(moto_s3.endpoint_url)) as proxy:
        config = dataclasses.replace(
            moto_s3,
            endpoint_url=proxy.url,
            sts_endpoint_url=proxy.url,
            role_arn="arn:aws:iam::000000000000:role/lake",
            external_id="secret-handshake",
        )
        source = S3Objects(config)
        assert [info.uri for info in source.list(place.root)] == [uri]
        assert source.read(uri, 0, 2) == b"01"
        first = [item for item in proxy.requests if item.path == "/"]

        later = datetime.now(UTC) + timedelta(minutes=51)  # of the hour that the keys live
        source._clients.session.get_credentials()._time_fetcher = lambda: later  # type: ignore[union-attr]
        assert [info.uri for info in source.list(place.root)] == [uri]
        again = [item for item in proxy.requests if item.path == "/"]

    assert len(first) == 1
    assert len(again) > 1
    signed = [item.headers for item in proxy.requests if item.path != "/"]
    assert all("x-amz-security-token" in {name.lower() for name in headers} for headers in signed)


def test_a_role_that_may_not_be_assumed_is_named(moto_s3: S3Config) -> None:
    place = new_bucket(moto_s3)
    with fault_proxy(str(moto_s3.endpoint_url)) as proxy:
        proxy.fault = lambda request: 403 if request.path == "/" else None
        config = dataclasses.replace(
            moto_s3, sts_endpoint_url=proxy.url, role_arn="arn:aws:iam::000000000000:role/lake"
        )

        with pytest.raises(AccessRefusedError, match="Role arn:aws:iam::000000000000:role/lake"):
            list(S3Objects(config).list(place.root))
