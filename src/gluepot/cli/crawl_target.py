"""What a person named on the command line: a stored crawler, or one made of targets and options."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from gluepot.crawlers.model import Crawler
    from gluepot.crawlers.reading.engine import Engine
    from gluepot.crawlers.store import CrawlerStore
    from gluepot.services import Services


class EngineName(StrEnum):
    """What reads the files of a crawl."""

    local = "local"
    spark = "spark"


def chosen_engine(
    services: Services, name: EngineName, master: str | None
) -> AbstractContextManager[Engine]:
    """Return the engine that a command names.

    Raises:
        InvalidInputError: A master is given without Spark.
    """
    from gluepot.catalog.errors import InvalidInputError  # noqa: PLC0415
    from gluepot.crawl_engines import local_engine, spark_engine  # noqa: PLC0415

    if name is EngineName.spark:
        return spark_engine(services, master)
    if master is not None:
        raise InvalidInputError("--master is Spark's; give --engine spark with it")
    return local_engine()


def chosen_crawler(
    store: CrawlerStore, what: str, name: str | None, database: str, options: Mapping[str, Any]
) -> Crawler:
    """Return the stored crawler of a name, or one for a target.

    Raises:
        InvalidInputError: It is neither, or the options cannot be.
    """
    from gluepot.catalog.errors import (  # noqa: PLC0415
        EntityNotFoundError,
        InvalidInputError,
        did_you_mean,
    )
    from gluepot.crawlers.documents.target_words import is_target_word  # noqa: PLC0415
    from gluepot.crawlers.names import legal_name  # noqa: PLC0415
    from gluepot.crawlers.sources.objects import is_uri  # noqa: PLC0415

    if not is_uri(what) and not is_target_word(what):
        try:
            return store.get_crawler(what)
        except EntityNotFoundError as error:
            if not Path(what).exists():
                known = [crawler.name for crawler in store.list_crawlers()]
                hint = did_you_mean(what, known)
                raise InvalidInputError(f"{what!r} is no crawler and no folder.{hint}") from error
    folder = what.rstrip("/").rpartition("/")[2]
    named = {"name": name or legal_name(folder), "database": database}
    return crawler_of_words([what], named, options)


def crawler_of_words(
    words: Sequence[str], named: Mapping[str, str], options: Mapping[str, Any]
) -> Crawler:
    """Return a crawler of targets as they are typed.

    Args:
        words: Places of objects, or words such as ``jdbc:shop/db/%``.
        named: Its name and database.
        options: Its other members, those of its object targets among them.

    Raises:
        InvalidInputError: A word is no target, or an option cannot be.
    """
    from gluepot.crawlers.documents.target_files import target_to_json  # noqa: PLC0415
    from gluepot.crawlers.documents.target_words import is_target_word, target_from_word  # noqa: PLC0415
    from gluepot.crawlers.model import crawler_from_json  # noqa: PLC0415

    of_objects = {key: options.get(key) for key in _OF_OBJECTS if options.get(key) is not None}
    targets = [
        target_to_json(target_from_word(word))
        if is_target_word(word)
        else {"uri": place(word), **of_objects}
        for word in words
    ]
    members = {key: value for key, value in options.items() if key not in _OF_OBJECTS}
    return crawler_from_json({**named, "targets": targets, **members})


def place(target: str) -> str:
    """Return a target that means the same from any working directory."""
    if "://" in target:
        return target
    return f"{Path(target).expanduser().absolute()}{'/' if target.endswith('/') else ''}"


_OF_OBJECTS = ("connection_name", "inventory_uri", "event_queue_arn")
"""Options that belong to each target of objects."""
