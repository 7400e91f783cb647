"""The embedded S3 keeps its objects, their times included, from one process to the next."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from gluepot.embedded_s3 import INDEX, EmbeddedS3Error, embedded_s3
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config

HOSTILE = "odd ..é=1/%41/ x+y"


def _client(config: S3Config) -> Any:  # noqa: ANN401
    return boto3.client(
        "s3",
        endpoint_url=config.endpoint_url,
        region_name=config.region,
        aws_access_key_id=config.access_key_id,
        aws_secret_access_key=config.secret_access_key,
    )


def test_objects_and_their_times_outlive_the_server(tmp_path: Path) -> None:
    with embedded_s3(tmp_path / "s3") as config:
        client = _client(config)
        client.create_bucket(Bucket="demo")
        client.put_object(Bucket="demo", Key=HOSTILE, Body=b"x" * 10)
        before = client.head_object(Bucket="demo", Key=HOSTILE)["LastModified"]

    with embedded_s3(tmp_path / "s3") as config:
        found = _client(config).get_object(Bucket="demo", Key=HOSTILE)

        assert found["Body"].read() == b"x" * 10
        assert found["LastModified"] == before
    assert {path.parent for path in (tmp_path / "s3").iterdir()} == {tmp_path / "s3"}


def test_deleted_objects_leave_no_file(tmp_path: Path) -> None:
    with embedded_s3(tmp_path / "s3") as config:
        client = _client(config)
        client.create_bucket(Bucket="demo")
        client.put_object(Bucket="demo", Key="a", Body=b"x")

    with embedded_s3(tmp_path / "s3") as config:
        _client(config).delete_object(Bucket="demo", Key="a")

    assert [path.name for path in (tmp_path / "s3").iterdir()] == [INDEX]


def test_a_killed_owner_loses_no_object(tmp_path: Path) -> None:
    code = (
        "import boto3, os, pathlib\n"
        "from gluepot.embedded_s3 import embedded_s3\n"
        f"with embedded_s3(pathlib.Path({str(tmp_path / 's3')!r})) as config:\n"
        "    client = boto3.client('s3', endpoint_url=config.endpoint_url,"
        " region_name='us-east-1', aws_access_key_id='x', aws_secret_access_key='x')\n"
        "    client.create_bucket(Bucket='demo')\n"
        "    client.put_object(Bucket='demo', Key='a', Body=b'x')\n"
        "    os.kill(os.getpid(), 9)\n"
    )

    subprocess.run([sys.executable, "-c", code], check=False)

    wait_until((tmp_path / "s3" / INDEX).is_file, what="saving", log=tmp_path / "none")
    with embedded_s3(tmp_path / "s3") as config:
        assert _client(config).get_object(Bucket="demo", Key="a")["Body"].read() == b"x"


def test_a_lost_file_is_named(tmp_path: Path) -> None:
    with embedded_s3(tmp_path / "s3") as config:
        client = _client(config)
        client.create_bucket(Bucket="demo")
        client.put_object(Bucket="demo", Key="a/b", Body=b"x")
    for path in (tmp_path / "s3").iterdir():
        if path.name != INDEX:
            path.unlink()

    with pytest.raises(EmbeddedS3Error, match="a/b"), embedded_s3(tmp_path / "s3"):
        pass
