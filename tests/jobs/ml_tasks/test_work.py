"""What the tasks make of labels, without the processes around them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3
import numpy as np
import pyarrow as pa
import pytest

from gluepot.catalog.definitions import Definition
from gluepot.catalog.engine import open_engine
from gluepot.catalog.errors import EntityNotFoundError, InvalidInputError
from gluepot.catalog.ml_model import MLTransform
from gluepot.catalog.ml_store import LabelFile, MLStatus, MLStore
from gluepot.jobs.ml_tasks import held_out
from gluepot.jobs.ml_tasks.work import LocalMatchTasks
from gluepot.jobs.run_context.stores import Stores
from gluepot.services import utc_now
from gluepot.transforms.matching.stored import stored_model
from tests.jobs.ml_tasks.conftest import COLUMNS, PEOPLE, label_file, rows_of, true_sets
from tests.jobs.operations.ml_cases import PARAMETERS, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gluepot.crawlers.sources.config import S3Config

TABLE = pa.table({name: [row[name] for row in PEOPLE] for name in COLUMNS})


def transform_of(table: dict[str, Any], transform_id: str = "tfm-1") -> MLTransform:
    document = {
        "Name": "people",
        "InputRecordTables": [table],
        "Parameters": PARAMETERS,
        "Schema": [{"Name": name, "DataType": "string"} for name in COLUMNS],
    }
    now = utc_now()
    return MLTransform.of(
        Definition(
            kind="MLTransform",
            name=transform_id,
            definition=document,
            version=1,
            created_at=now,
            updated_at=now,
        )
    )


TRANSFORM = transform_of(TABLES[0])


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Tasks, the store that they fill, and a bucket."""

    tasks: LocalMatchTasks
    store: MLStore
    stores: Stores
    bucket: str

    def put(self, key: str, text: str) -> str:
        """Put an object and return its address."""
        uri = f"s3://{self.bucket}/{key}"
        self.stores.open(uri).write(uri, text.encode())
        return uri

    def rows(self, uri: str) -> list[dict[str, str]]:
        """Return the rows of a CSV object."""
        return rows_of(self.stores.open(uri).read(uri, 0, 1 << 20).decode())

    def learn(self, path: str, *, replace: bool = False) -> Any:  # noqa: ANN401
        """Import labels and return the figures."""
        return self.tasks.import_labels(TRANSFORM, path, replace=replace, task_id="tsk-1")


@pytest.fixture
def bench(moto_s3: S3Config, sqlite_catalog: str) -> Iterator[Bench]:
    """Yield tasks on SQLite and moto over the people."""
    engine = open_engine(sqlite_catalog)
    store, stores = MLStore(engine, utc_now), Stores(moto_s3)
    store.add(TRANSFORM.id)
    bucket = f"labels-{uuid.uuid4().hex[:12]}"
    client = boto3.client(
        "s3",
        endpoint_url=moto_s3.endpoint_url,
        region_name=moto_s3.region,
        aws_access_key_id=moto_s3.access_key_id,
        aws_secret_access_key=moto_s3.secret_access_key,
    )
    client.create_bucket(Bucket=bucket)
    tasks = LocalMatchTasks(store, stores, lambda _transform: TABLE)
    yield Bench(tasks=tasks, store=store, stores=stores, bucket=bucket)
    client.close()
    engine.dispose()


def test_what_a_transform_found_out_without_labels_is_kept(bench: Bench) -> None:
    made = bench.tasks.generate_labelling_sets(
        TRANSFORM, f"s3://{bench.bucket}/out", task_id="tsk-0"
    )

    assert made["uri"] == f"s3://{bench.bucket}/out/tsk-0.csv"
    (kept,) = bench.store.models(TRANSFORM.id)
    assert kept.cause == "tsk-0"
    assert stored_model(bench.store, TRANSFORM.id) is not None
    assert bench.store.state(TRANSFORM.id).status is MLStatus.NOT_READY


def test_pairs_that_were_labelled_are_not_asked_again(bench: Bench) -> None:
    bench.learn(bench.put("a.csv", label_file(true_sets(0, 60))))

    bench.tasks.generate_labelling_sets(TRANSFORM, f"s3://{bench.bucket}/b.csv", task_id="t")

    together: dict[str, set[str]] = {}
    for row in bench.rows(f"s3://{bench.bucket}/b.csv"):
        together.setdefault(row["labeling_set_id"], set()).add(row["id"])
    known = [{row["id"] for row in rows} for rows in true_sets(0, 60)]
    assert together
    assert all(len(asked & told) < 2 for asked in together.values() for told in known)


def test_imports_add_up_unless_they_replace(bench: Bench) -> None:
    bench.learn(bench.put("a.csv", label_file(true_sets(0, 9))))
    both = bench.learn(bench.put("b.csv", label_file(true_sets(9, 15))))
    assert both["matching_pairs"] == 15
    assert bench.store.state(TRANSFORM.id).label_count == 30

    alone = bench.learn(bench.put("c.csv", label_file(true_sets(0, 9))), replace=True)

    assert (alone["matching_pairs"], alone["model_version"]) == (9, 3)
    assert bench.store.state(TRANSFORM.id).label_count == 18


def test_a_folder_is_imported_file_by_file(bench: Bench) -> None:
    bench.put("in/a.csv", label_file(true_sets(0, 6)))
    bench.put("in/b.csv", label_file(true_sets(6, 9)))
    bench.put("in/_SUCCESS", "")

    figures = bench.learn(f"s3://{bench.bucket}/in/")

    assert figures["files"] == 2
    assert bench.store.state(TRANSFORM.id).label_count == 18


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (label_file([[row] for rows in true_sets(0, 6) for row in rows]), "both matches and non"),
        (label_file(true_sets(0, 6), labelled=False), "no row has a label yet"),
        ("labeling_set_id,label,id,name\n1,a,1,x\n", "header has not"),
        (label_file(true_sets(0, 6)).replace("labeling_set_id", "set"), "labeling_set_id"),
    ],
    ids=["no pairs", "nothing labelled", "other columns", "no set column"],
)
def test_labels_that_teach_nothing_are_refused_and_not_kept(
    bench: Bench, text: str, said: str
) -> None:
    path = bench.put("bad.csv", text)

    with pytest.raises(InvalidInputError, match=said):
        bench.learn(path)

    state = bench.store.state(TRANSFORM.id)
    assert (state.status, state.label_count) == (MLStatus.NOT_READY, 0)


def test_contradictions_are_named_in_the_runs_record(bench: Bench) -> None:
    right = label_file(true_sets(0, 6))
    (first, second) = [row for row in true_sets(0, 3)[0] if row["person"] == "0"]
    lines = [
        f"9,{label}," + ",".join(row[name] for name in COLUMNS) + "\r\n"
        for label, row in (("x", first), ("y", second))
    ]

    figures = bench.learn(bench.put("a.csv", right + "".join(lines)))

    assert figures["contradictions"] == 1
    (said,) = figures["first_contradictions"]
    assert "lines 14 and 15" in said
    assert f"{first['id']!r} and {second['id']!r}" in said


def test_labels_that_come_while_others_are_learnt_from_are_learnt_from_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = label_file(true_sets(9, 15)).encode()
    learn = bench.store.learn
    calls: list[list[Any]] = []

    def with_another(*args: Any, **options: Any) -> Any:  # noqa: ANN401
        if not calls:
            file = LabelFile(uri="s3://b/theirs.csv", content=theirs, label_count=12)
            learn(TRANSFORM.id, [file], "{}", cause="other", known=[])
        calls.append(options["known"])
        return learn(*args, **options)

    monkeypatch.setattr(bench.store, "learn", with_another)

    figures = bench.learn(bench.put("a.csv", label_file(true_sets(0, 9))))

    assert [len(known) for known in calls] == [0, 1]
    assert figures["matching_pairs"] == 15
    assert bench.store.state(TRANSFORM.id).label_count == 30


def test_only_rows_with_a_label_are_exported_and_no_sets_are_mixed_up(bench: Bench) -> None:
    unlabelled = label_file(true_sets(9, 12), labelled=False).split("\r\n", 1)[1]
    bench.learn(bench.put("a.csv", label_file(true_sets(0, 9)) + unlabelled))
    bench.learn(bench.put("b.csv", label_file(true_sets(12, 18))))

    bench.tasks.export_labels(TRANSFORM, f"s3://{bench.bucket}/all.csv", task_id="t")

    rows = bench.rows(f"s3://{bench.bucket}/all.csv")
    assert len(rows) == 30
    assert len({row["labeling_set_id"] for row in rows}) == 5


def test_an_export_can_be_imported_again(bench: Bench) -> None:
    first = bench.learn(bench.put("a.csv", label_file(true_sets(0, 9))))
    bench.tasks.export_labels(TRANSFORM, f"s3://{bench.bucket}/all.csv", task_id="t")

    again = bench.learn(f"s3://{bench.bucket}/all.csv", replace=True)

    assert again["matching_pairs"] == first["matching_pairs"]
    assert again["distinct_pairs"] == first["distinct_pairs"]


def test_too_few_labels_cannot_be_held_out(bench: Bench) -> None:
    two_people = [row for row in true_sets(0, 3)[0] if row["person"] != "2"]
    bench.learn(bench.put("a.csv", label_file([two_people])))

    with pytest.raises(InvalidInputError, match="too few for 3 folds"):
        bench.tasks.evaluate(TRANSFORM, task_id="t")


def test_a_transform_is_judged_as_it_is_tuned_now(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.learn(bench.put("a.csv", label_file(true_sets(0, 12))))

    # The people are told apart so surely that every tuning comes to the same.
    def unsure(_: object, left: Any, *__: object) -> Any:  # noqa: ANN401 - an array
        return np.linspace(0.3, 0.7, len(left))

    monkeypatch.setattr(held_out, "score_pairs", unsure)

    def judge(tradeoff: float) -> Mapping[str, Any]:
        tuned = replace(TRANSFORM, precision_recall=tradeoff)
        bench.tasks.evaluate(tuned, task_id="t")
        metrics = bench.store.state(TRANSFORM.id).metrics
        assert metrics is not None
        found: Mapping[str, Any] = metrics["FindMatchesMetrics"]
        return found

    for_recall, for_precision = judge(0.0), judge(1.0)

    assert for_recall["Recall"] >= for_precision["Recall"]
    assert for_recall["Precision"] <= for_precision["Precision"]
    assert for_recall["ConfusionMatrix"] != for_precision["ConfusionMatrix"]
    assert for_recall["F1"] == for_precision["F1"]


def test_without_labels_nothing_is_exported_or_evaluated(bench: Bench) -> None:
    with pytest.raises(EntityNotFoundError):
        bench.tasks.export_labels(TRANSFORM, f"s3://{bench.bucket}/all.csv", task_id="t")
    with pytest.raises(EntityNotFoundError):
        bench.tasks.evaluate(TRANSFORM, task_id="t")


def test_both_predicates_of_a_table_choose_partitions() -> None:
    options = {"pushDownPredicate": "day > 1 or day < 0", "catalogPartitionPredicate": "year = 2"}

    found = transform_of({**TABLES[0], "AdditionalOptions": options})

    assert found.expression == "(day > 1 or day < 0) AND (year = 2)"
    assert TRANSFORM.expression is None
