"""People, each twice, in a table on versitygw, and a server and a worker that both see it."""

from __future__ import annotations

import csv
import io
import random
import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from pydantic import SecretStr

from gluepot.executors import build_executors
from gluepot.jobs.scheduling.scheduler import Scheduler
from gluepot.services import open_services
from gluepot.settings import S3Settings, Settings
from tests.jobs.operations.ml_cases import make
from tests.servers.glue import thread_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gluepot.crawlers.sources.config import S3Config
    from gluepot.services import Services

COLUMNS = ("given", "id", "surname", "street", "town", "born")
GIVEN = [
    "Anna",
    "Boris",
    "Clara",
    "David",
    "Emilia",
    "Felix",
    "Greta",
    "Hannes",
    "Irene",
    "Jakob",
    "Klara",
    "Ludwig",
]
SURNAMES = [
    "Abendroth",
    "Brinkmann",
    "Czerny",
    "Dombrowski",
    "Eichhorn",
    "Falkenberg",
    "Grabowski",
    "Hollmann",
]
STREETS = ["Birkenallee", "Domgasse", "Eschenweg", "Friedhofstrasse", "Gartenpfad", "Hafenkai"]
TOWNS = ["Bergheim", "Dinslaken", "Eutin", "Flensburg", "Goslar", "Husum"]
PERSONS = 60


def people() -> list[dict[str, str]]:
    """Return the rows, in random order; whose they are, the ids do not tell."""
    draw = random.Random(7)  # noqa: S311
    rows = []
    for person in range(PERSONS):
        row = {
            "given": draw.choice(GIVEN),
            "surname": draw.choice(SURNAMES) + draw.choice(["", "er", "sen"]),
            "street": f"{draw.choice(STREETS)} {draw.randint(1, 199)}",
            "town": draw.choice(TOWNS),
            "born": f"19{draw.randint(30, 99)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
        }
        rows += [{**row, "person": str(person)}, {**_misspelt(row, draw), "person": str(person)}]
    draw.shuffle(rows)
    numbers = draw.sample(range(10_000), len(rows))
    return [{**row, "id": str(number)} for row, number in zip(rows, numbers, strict=True)]


def _misspelt(row: dict[str, str], draw: random.Random) -> dict[str, str]:
    name = draw.choice(["given", "surname", "street"])
    at = draw.randrange(len(row[name]) - 1)
    text = row[name]
    return {**row, name: text[:at] + text[at + 1] + text[at] + text[at + 2 :]}


PEOPLE = people()
PERSON_OF = {row["id"]: row["person"] for row in PEOPLE}


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A server, a worker's services, a bucket, and a transform over the people."""

    glue: Any
    services: Services
    s3: Any
    bucket: str
    transform: str

    def uri(self, key: str) -> str:
        """Return the address of a key."""
        return f"s3://{self.bucket}/{key}"

    def put(self, key: str, text: str) -> str:
        """Put an object and return its address."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode())
        return self.uri(key)

    def get(self, key: str) -> str:
        """Return an object."""
        body: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body.decode()

    def run(self, operation: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Start a task, carry out what waits, and return the task run."""
        start = getattr(self.glue, f"start_{operation}_task_run")
        task_id = start(TransformId=self.transform, **request)["TaskRunId"]
        self.work()
        found: dict[str, Any] = self.glue.get_ml_task_run(
            TransformId=self.transform, TaskRunId=task_id
        )
        return found

    def work(self) -> None:
        """Carry out all that waits."""
        Scheduler(
            self.services.runs,
            self.services.triggers,
            build_executors(self.services),
            self.services.clock,
            self.services.owner(),
        ).run(threading.Event(), until_idle=True)

    def state(self) -> dict[str, Any]:
        """Return the transform."""
        found: dict[str, Any] = self.glue.get_ml_transform(TransformId=self.transform)
        return found


def rows_of(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV text."""
    return list(csv.DictReader(io.StringIO(text)))


def label_file(sets: list[list[dict[str, str]]], *, labelled: bool = True) -> str:
    """Return a label file in which the true person is the label."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["labeling_set_id", "label", *COLUMNS])
    for number, rows in enumerate(sets, start=1):
        for row in rows:
            label = PERSON_OF[row["id"]] if labelled else ""
            writer.writerow([number, label, *(row[name] for name in COLUMNS)])
    return out.getvalue()


def true_sets(first: int, last: int) -> list[list[dict[str, str]]]:
    """Return sets of the rows of three persons each."""
    by_person: dict[int, list[dict[str, str]]] = {}
    for row in PEOPLE:
        by_person.setdefault(int(row["person"]), []).append(row)
    return [
        [row for person in range(start, start + 3) for row in by_person[person]]
        for start in range(first, last, 3)
    ]


def make_shop(s3: S3Config, url: str, home: Path, **limits: int) -> Iterator[Shop]:
    """Yield a shop on a database and an S3."""
    stores = S3Settings(
        endpoint_url=s3.endpoint_url,
        region=s3.region,
        path_style=True,
        access_key_id=s3.access_key_id,
        secret_access_key=SecretStr(s3.secret_access_key or ""),
    )
    client = boto3.client(
        "s3",
        endpoint_url=s3.endpoint_url,
        region_name=s3.region,
        aws_access_key_id=s3.access_key_id,
        aws_secret_access_key=s3.secret_access_key,
    )
    bucket = f"people-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=bucket)
    settings = Settings(
        home=home / "worker", catalog_url=SecretStr(url), conf_dir=home / "conf", s3=stores
    )
    with (
        thread_server(url, home / "server", s3=stores, limits=limits) as server,
        open_services(settings) as services,
    ):
        glue = server.client()
        _make_table(glue, client, bucket)
        transform = make(glue, "people")
        yield Shop(glue=glue, services=services, s3=client, bucket=bucket, transform=transform)
    client.close()


def _make_table(glue: Any, client: Any, bucket: str) -> None:  # noqa: ANN401
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(PEOPLE)
    client.put_object(Bucket=bucket, Key="people/people.csv", Body=out.getvalue().encode())
    serde = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
    types = {"id": "bigint"}
    storage = {
        "Columns": [{"Name": name, "Type": types.get(name, "string")} for name in COLUMNS],
        "Location": f"s3://{bucket}/people/",
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {"separatorChar": ","}},
    }
    parameters = {"classification": "csv", "skip.header.line.count": "1"}
    glue.create_database(DatabaseInput={"Name": "d"})
    table = {"Name": "t", "StorageDescriptor": storage, "Parameters": parameters}
    glue.create_table(DatabaseName="d", TableInput=table)


@pytest.fixture
def shop(versitygw_s3: S3Config, sqlite_catalog: str, tmp_path: Path) -> Iterator[Shop]:
    """Yield a shop on SQLite."""
    yield from make_shop(versitygw_s3, sqlite_catalog, tmp_path)
