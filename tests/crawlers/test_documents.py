"""Crawlers say the same as a model, as AWS Glue's document, and as plain data."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.crawlers.crawler_documents import (
    check_document,
    crawler_of,
    document_of,
    shown_targets,
)
from gluepot.crawlers.model import (
    Crawler,
    DeleteBehavior,
    UpdateBehavior,
    crawler_from_json,
)
from gluepot.crawlers.targets import (
    CatalogTarget,
    DeltaTarget,
    DynamoDBTarget,
    HudiTarget,
    IcebergTarget,
    JdbcTarget,
    MongoDBTarget,
    Target,
)

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1)
lists = st.lists(words, max_size=2).map(tuple)
maybe = st.none() | words
some = st.lists(words, min_size=1, max_size=2).map(tuple)
depths = st.integers(1, 20)
folders: dict[str, Any] = {
    "paths": some,
    "connection_name": maybe,
    "exclusions": lists,
    "maximum_traversal_depth": depths,
}
KINDS: tuple[st.SearchStrategy[Any], ...] = (
    st.builds(
        Target,
        uri=words,
        exclusions=lists,
        files_per_folder=st.none() | st.integers(1, 249),
        connection_name=maybe,
        event_queue_arn=maybe,
        dlq_event_queue_arn=maybe,
        inventory_uri=maybe,
    ),
    st.builds(
        JdbcTarget,
        connection_name=words,
        path=words,
        exclusions=lists,
        additional_metadata=st.sampled_from([(), ("COMMENTS",), ("RAWTYPES", "COMMENTS")]),
    ),
    st.builds(MongoDBTarget, connection_name=words, path=words, scan_all=st.booleans()),
    st.builds(
        DynamoDBTarget,
        path=words,
        scan_all=st.booleans(),
        scan_rate=st.none() | st.floats(0.1, 1.5),
    ),
    st.builds(
        DeltaTarget,
        tables=some,
        connection_name=maybe,
        write_manifest=st.booleans(),
        create_native_table=st.booleans(),
    ),
    st.builds(IcebergTarget, **folders),
    st.builds(HudiTarget, **folders),
)
"""In the order in which a document has them."""

of_catalog = st.builds(
    CatalogTarget,
    database=words,
    tables=some,
    connection_name=maybe,
    event_queue_arn=maybe,
    dlq_event_queue_arn=maybe,
)


@st.composite
def crawlers(draw: st.DrawFn) -> Crawler:
    """Draw a crawler of any kind of target whose settings go together."""
    parts = [draw(st.lists(kind, max_size=2)) for kind in KINDS]
    targets = tuple(target for part in parts for target in part)
    delete = draw(st.sampled_from(get_args(DeleteBehavior)))
    if not targets:
        targets, delete = tuple(draw(st.lists(of_catalog, min_size=1, max_size=2))), "LOG"
    return Crawler(
        name=draw(words),
        database=draw(words),
        targets=targets,
        table_prefix=draw(st.just("") | words),
        description=draw(maybe),
        update_behavior=draw(st.sampled_from(get_args(UpdateBehavior))),
        delete_behavior=delete,
        table_level=draw(st.none() | st.integers(1, 9)),
        combine_compatible_schemas=draw(st.booleans()),
        classifiers=draw(lists),
        merge_new_columns=draw(st.booleans()),
        inherit_from_table=draw(st.booleans()),
        table_threshold=draw(st.none() | st.integers(1, 9)),
        lineage=draw(st.booleans()),
    )


@given(crawlers())
def test_model_document_and_plain_data_say_the_same(crawler: Crawler) -> None:
    document = json.loads(json.dumps(document_of(crawler)))

    check_document(document)
    assert crawler_of(document) == crawler
    assert crawler_from_json(json.loads(json.dumps(crawler.to_json()))) == crawler
    assert crawler_from_json(yaml.safe_load(yaml.safe_dump(_lists(crawler.to_json())))) == crawler


def _lists(value: Any) -> Any:  # noqa: ANN401
    return json.loads(json.dumps(value))


@pytest.mark.parametrize(
    ("recrawl", "target"),
    [
        ("CRAWL_NEW_FOLDERS_ONLY", Target(uri="s3://b/x")),
        ("CRAWL_EVENT_MODE", Target(uri="s3://b/x", event_queue_arn="arn:q")),
        ("CRAWL_EVENT_MODE", CatalogTarget(database="d", tables=("t",), event_queue_arn="arn:q")),
    ],
)
def test_recrawl_policies_come_back(recrawl: Any, target: Any) -> None:  # noqa: ANN401
    crawler = Crawler(
        name="c",
        database="d",
        targets=(target,),
        update_behavior="LOG",
        delete_behavior="LOG",
        recrawl_behavior=recrawl,
    )

    assert crawler_of(document_of(crawler)) == crawler
    assert crawler_from_json(crawler.to_json()) == crawler


def test_a_yaml_file_may_name_every_kind_of_target() -> None:
    text = """
    name: all
    database: raw
    targets:
      - s3://lake/raw/
      - /data/raw
      - {uri: "s3://lake/logs/", exclusions: ["*.tmp"], files_per_folder: 3}
      - jdbc: {connection_name: shop, path: shop/public/%, additional_metadata: [COMMENTS]}
      - mongodb: {connection_name: docs, path: app/orders, scan_all: false}
      - dynamodb: {path: orders, scan_rate: 1}
      - delta: {tables: ["s3://lake/delta/t"], write_manifest: true}
      - iceberg: {paths: ["s3://lake/ice"], maximum_traversal_depth: 3}
      - hudi: {paths: ["s3://lake/hudi"], exclusions:}
    """

    found = crawler_from_json(yaml.safe_load(text))

    assert found.targets == (
        Target(uri="s3://lake/raw/"),
        Target(uri="/data/raw"),
        Target(uri="s3://lake/logs/", exclusions=("*.tmp",), files_per_folder=3),
        JdbcTarget(connection_name="shop", path="shop/public/%", additional_metadata=("COMMENTS",)),
        MongoDBTarget(connection_name="docs", path="app/orders", scan_all=False),
        DynamoDBTarget(path="orders", scan_rate=1),
        DeltaTarget(tables=("s3://lake/delta/t",), write_manifest=True),
        IcebergTarget(paths=("s3://lake/ice",), maximum_traversal_depth=3),
        HudiTarget(paths=("s3://lake/hudi",)),
    )


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"jbdc": {"path": "x"}}, "Did you mean 'jdbc'"),
        ({"uri": "s3://b", "exclusion": []}, "Did you mean 'exclusions'"),
        ({"jdbc": {"conection_name": "c"}}, "Did you mean 'connection_name'"),
        ({"jdbc": {"connection_name": "c"}}, "A jdbc target needs a path"),
        ({"jdbc": "shop"}, "A jdbc target is a mapping"),
        ({"uri": ""}, "needs a uri"),
        ({"uri": 5}, "uri is a text"),
        ({"uri": "s3://b", "exclusions": "*.tmp"}, "exclusions is a list of texts"),
        ({"uri": "s3://b", "files_per_folder": "3"}, "files_per_folder is a whole number"),
        ({"mongodb": {"connection_name": "c", "path": "p", "scan_all": 1}}, "true or false"),
        ({"iceberg": {"paths": ["p"], "maximum_traversal_depth": 21}}, "from 1 to 20"),
        ({"dynamodb": {"path": "p", "scan_rate": 2}}, "scanRate is from 0.1 to 1.5"),
        (5, "A target is a URI or a mapping"),
    ],
)
def test_a_target_that_cannot_be_is_refused_with_what_would_be_right(
    target: Any,  # noqa: ANN401
    said: str,
) -> None:
    with pytest.raises(InvalidInputError, match=said):
        crawler_from_json({"name": "c", "database": "d", "targets": [target]})


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        ("{", "Configuration is not JSON"),
        ("[]", "Configuration is a JSON object"),
        ('{"Version": 2.0}', "Version 2.0"),
        (
            '{"Version":1.0,"CrawlerOutput":{"Partitions":{"UpdateBehavior":"LOG"}}}',
            "CrawlerOutput.Partitions contains unsupported keys: UpdateBehavior. Did you mean",
        ),
        ('{"CrawlerOutputs": {}}', "Did you mean 'CrawlerOutput'"),
        ('{"Grouping": {"TableLevel": 2}}', "Did you mean 'TableLevelConfiguration'"),
        ('{"CrawlerOutput": {"Tables": {"TableThreshold": 0}}}', "from 1, not 0"),
        (
            '{"CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumn"}}}',
            "Did you mean 'MergeNewColumns'",
        ),
        ('{"CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": true}}}', "cannot be True"),
        ('{"CreatePartitionIndex": "yes"}', "CreatePartitionIndex is true or false"),
        ('{"CrawlerOutput": ' * 9 + "{}" + "}" * 9, "unsupported keys: CrawlerOutput"),
    ],
)
def test_a_configuration_that_glue_does_not_know_is_refused(configuration: str, said: str) -> None:
    document = {
        "Name": "c",
        "Targets": {"S3Targets": [{"Path": "s3://b"}]},
        "Configuration": configuration,
    }

    with pytest.raises(InvalidInputError, match=said):
        check_document(document)


S3 = {"S3Targets": [{"Path": "s3://b"}]}
QUEUED = {"Path": "s3://b", "EventQueueArn": "arn:aws:sqs:us-east-1:000000000000:q"}
CATALOG = {"CatalogTargets": [{"DatabaseName": "d", "Tables": ["t"]}]}
NEW = {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}}
EVENTS = {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}}
LOG = {"SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"Targets": {"S3Targets": []}}, "has no target"),
        ({"Targets": {"S3Targets": [{"SampleSize": 3}]}}, "S3Target has no Path"),
        ({"Targets": {"JdbcTargets": [{"Path": "d/%"}]}}, "JdbcTarget has no ConnectionName"),
        ({"Targets": {"DeltaTargets": [{"DeltaTables": []}]}}, "DeltaTarget has no DeltaTables"),
        ({"Targets": {"S3Target": []}}, "Did you mean 'S3Targets'"),
        ({"Targets": {"S3Targets": [{"Path": "s3://b", "SampleSize": 250}]}}, "from 1 to 249"),
        ({"Targets": S3, **NEW}, "can have only LOG DeleteBehavior value and LOG UpdateBehavior"),
        (
            {"Targets": {"DeltaTargets": [{"DeltaTables": ["s3://b"]}]}, **NEW, **LOG},
            '"Crawl new folders only" can only apply to Amazon S3 target.',
        ),
        ({"Targets": S3, **EVENTS}, "Event queue ARN is required when event crawler is selected."),
        ({"Targets": {"S3Targets": [QUEUED, QUEUED]}, **EVENTS}, "has one target, not 2"),
        ({"Targets": {"S3Targets": [QUEUED | {"SampleSize": 3}]}, **EVENTS}, "no SampleSize"),
        ({"Targets": {"DynamoDBTargets": [{"Path": "t"}]}, **EVENTS}, "S3 and catalog targets"),
        ({"Targets": CATALOG}, "Catalog target can have only LOG DeleteBehavior value."),
        ({"Targets": CATALOG | S3, **LOG}, "cannot be combined"),
    ],
)
def test_what_glue_refuses_together_is_refused(document: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        check_document({"Name": "c", **document})


def test_the_targets_of_a_crawler_of_new_folders_do_not_change() -> None:
    before = {"Name": "c", "Targets": S3, **NEW, **LOG}
    other = before | {"Targets": {"S3Targets": [{"Path": "s3://other"}]}}
    everything = other | {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"}}

    with pytest.raises(InvalidInputError, match="cannot change"):
        check_document(other, before)
    check_document(before | {"Description": "new"}, before)
    check_document(everything, before)


def test_a_document_without_a_database_is_kept_and_refused_when_it_crawls() -> None:
    document = {"Name": "c", "Targets": S3}

    check_document(document)

    with pytest.raises(InvalidInputError, match="no DatabaseName"):
        crawler_of(document)
    assert crawler_of({"Name": "c", "Targets": CATALOG, **LOG}).database == "d"


def test_what_holds_for_all_targets_becomes_each_targets_own() -> None:
    crawler = Crawler(
        name="c",
        database="d",
        targets=(Target(uri="s3://b", exclusions=("a",)), IcebergTarget(paths=("s3://i",))),
        exclusions=("_*",),
        files_per_folder=7,
    )

    found = crawler_of(document_of(crawler))

    assert found.targets == (
        Target(uri="s3://b", exclusions=("_*", "a"), files_per_folder=7),
        IcebergTarget(paths=("s3://i",), exclusions=("_*",)),
    )


def test_clients_see_no_member_that_glue_does_not_have() -> None:
    crawler = Crawler(
        name="c",
        database="d",
        targets=(Target(uri="s3://b", inventory_uri="s3://i/manifest.json"),),
    )
    document = document_of(crawler)

    assert crawler_of(document) == crawler
    assert shown_targets(document) == {"S3Targets": [{"Path": "s3://b"}]}


@pytest.mark.parametrize(
    "change",
    [
        {"table_threshold": 0},
        {"table_level": True},
        {"merge_new_columns": "yes"},
        {"update_behavior": "KEEP"},
        {"recrawl_behavior": "CRAWL_NEW_FOLDERS_ONLY"},
    ],
)
def test_a_crawler_whose_settings_cannot_be_is_refused(change: dict[str, Any]) -> None:
    crawler = Crawler(name="c", database="d", targets=(Target(uri="s3://b"),))

    with pytest.raises(InvalidInputError):
        crawler_from_json(replace(crawler).to_json() | change)
