"""Pages do what they show: each is followed from its top, in a folder of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.blocks import DOCS, blocks_of
from tests.docs.following import follow
from tests.docs.registry import FOLLOWED

if TYPE_CHECKING:
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config

STORE = "http://127.0.0.1:9000"
"""How pages write the address of an S3 that is not AWS's."""
DATABASE = "postgresql+psycopg://gluepot:password@db.example/gluepot"
"""How pages write the address of a PostgreSQL."""


def variables(s3: S3Config, jars_dir: Path) -> dict[str, str]:
    """Return the environment of a reader whose AWS is moto."""
    return {
        "AWS_ENDPOINT_URL": str(s3.endpoint_url),
        "AWS_ACCESS_KEY_ID": str(s3.access_key_id),
        "AWS_SECRET_ACCESS_KEY": str(s3.secret_access_key),
        "AWS_DEFAULT_REGION": "us-east-1",
        "GLUEPOT_S3__PATH_STYLE": "true",
        "GLUEPOT_SPARK__MASTER": "local[2]",
        "GLUEPOT_SPARK__JARS_DIR": str(jars_dir),
    }


@pytest.mark.parametrize("page", FOLLOWED)
def test_the_page_can_be_followed(
    page: str, tmp_path: Path, new_moto: S3Config, jars_dir: Path, request: pytest.FixtureRequest
) -> None:
    blocks = blocks_of(DOCS / page)
    places = {STORE: str(new_moto.endpoint_url)}
    if any(DATABASE in block.text for block in blocks):
        places[DATABASE] = request.getfixturevalue("postgres_url")

    follow(blocks, tmp_path, variables(new_moto, jars_dir), places)
