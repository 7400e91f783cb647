"""Where a job's process finds its facts when it starts on another machine."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from gluepot.crawlers.sources.config import S3Config
from gluepot.jobs.errors import LaunchError
from gluepot.jobs.parameters.facts import FACTS, JobFacts, from_conf, to_conf

FACTS_OF_JOB = JobFacts(
    catalog_url="postgresql://u:pw@h/db",
    home=Path("/home/g"),
    conf_dir=Path("/conf"),
    s3=S3Config(region="eu-west-1", path_style=True),
    sealing_key=b"k" * 32,
)


def read(conf: dict[str, str]) -> JobFacts:
    return from_conf(lambda name, default: conf.get(name, default))  # noqa: PLW0108 - overloaded


def test_facts_lie_in_a_file_and_settings_go_before_it(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(to_conf(FACTS_OF_JOB)))

    assert read({FACTS: str(file)}) == FACTS_OF_JOB
    moved = read({FACTS: str(file), "spark.gluepot.conf.dir": "conf"})
    assert (moved.conf_dir, moved.home) == (Path("conf"), Path("/home/g"))


def test_facts_lie_in_a_secret_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        client = boto3.client("secretsmanager", region_name="eu-west-1")
        client.create_secret(Name="gluepot", SecretString=json.dumps(to_conf(FACTS_OF_JOB)))

        assert read({FACTS: "secretsmanager:gluepot"}) == FACTS_OF_JOB
        with pytest.raises(LaunchError, match="The secret other cannot be read"):
            read({FACTS: "secretsmanager:other"})


@pytest.mark.parametrize("text", ["not json, but pw", '["pw"]', '{"a": 1}'])
def test_facts_that_are_none_are_told_without_quoting_them(tmp_path: Path, text: str) -> None:
    file = tmp_path / "facts.json"
    file.write_text(text)

    with pytest.raises(LaunchError, match="not a JSON object of texts") as caught:
        read({FACTS: str(file)})

    assert "pw" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match=r"none\.json cannot be read: No such file"):
        read({FACTS: str(tmp_path / "none.json")})
