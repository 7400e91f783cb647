"""What README.md shows in Python and of the AWS CLI works on a lake as it says there is one."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3

from tests.docs.blocks import ROOT, blocks_of
from tests.docs.following import follow
from tests.docs.test_following import variables

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config

LATE = 75
BEFORE = """
gluepot crawl run s3://lake/raw/ -d raw
gluepot job run late
"""
"""What the page leaves to its reader: a table of flights, and the start of the script."""


def test_the_readme_can_be_followed(tmp_path: Path, new_moto: S3Config, jars_dir: Path) -> None:
    s3 = boto3.client(
        "s3",
        endpoint_url=new_moto.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=new_moto.access_key_id,
        aws_secret_access_key=new_moto.secret_access_key,
    )
    s3.create_bucket(Bucket="lake")
    key = "raw/flights/year=2013/month=1/flights.csv.gz"
    rows = f"carrier,dep_delay\nAA,{LATE}\nUA,5\n"
    s3.put_object(Bucket="lake", Key=key, Body=gzip.compress(rows.encode()))
    blocks = blocks_of(ROOT / "README.md")
    (script,) = [number for number, block in enumerate(blocks) if "file" in block.marks]
    before = replace(blocks[script], language="sh", text=BEFORE, marks={})

    follow(
        [*blocks[: script + 1], before, *blocks[script + 1 :]],
        tmp_path,
        variables(new_moto, jars_dir),
    )

    kept = s3.list_objects_v2(Bucket="lake", Prefix="curated/late/")["Contents"]
    assert len(kept) >= 1
