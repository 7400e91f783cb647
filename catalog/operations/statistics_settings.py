"""Settings of column statistics tasks: which columns, on what schedule, as whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.names import fold
from gluepot.catalog.operations import named, table_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from gluepot.catalog.calls import Call, Document, Handler
    from gluepot.catalog.objects import ObjectStore
    from gluepot.catalog.operations.table_settings import Place
    from gluepot.catalog.store import CatalogStore

_KIND = "Column statistics task settings"
_PLACE = ("CatalogID", "DatabaseName", "TableName")
_SCHEDULED, _NOT_SCHEDULED = "SCHEDULED", "NOT_SCHEDULED"
RESOURCE = "columnStatisticsTaskSettings"


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What the operations of this module work on.

    Attributes:
        objects: Where the settings are.
        catalog: Where the tables are.
        check_schedule: Raises InvalidInputError for a text that is no cron expression.
    """

    objects: ObjectStore
    catalog: CatalogStore
    check_schedule: Callable[[str], object]

    def place(self, call: Call, request: Document) -> Place:
        """Return where the settings of the table that a request names are kept."""
        return table_settings.place_of(
            self.catalog,
            call,
            _KIND,
            catalog_id=request.get("CatalogID"),
            database=request["DatabaseName"],
            table=request["TableName"],
        )

    def settings(self, request: Document) -> Document:
        """Return the settings of a request, as they are shown.

        An empty schedule takes the one that is there away.
        """
        settings = named.without(request, *_PLACE, "Tags")
        text = settings.get("Schedule")
        if text:
            self.check_schedule(text)
            settings["Schedule"] = {"ScheduleExpression": text, "State": _SCHEDULED}
            settings["ScheduleType"] = "CRON"
        elif text is not None:
            settings["Schedule"] = settings["ScheduleType"] = None
        return settings


def create_settings(stores: Stores, call: Call, request: Document) -> None:
    """Add settings to a table."""
    settings = stores.settings(request)
    place = stores.place(call, request)
    arn = _arn(call, request)
    with stores.objects.transaction() as inside:
        table_settings.create(inside, place, {**settings, "SettingSource": "TABLE"})
        inside.tags.drop(arn)
        inside.tags.tag(arn, request.get("Tags", {}))


def get_settings(stores: Stores, call: Call, request: Document) -> Document:
    """Return a table's settings."""
    settings = table_settings.get(stores.objects, stores.place(call, request))
    table = {
        "CatalogID": request.get("CatalogID", call.account_id),
        "DatabaseName": fold(request["DatabaseName"]),
        "TableName": fold(request["TableName"]),
    }
    return {"ColumnStatisticsTaskSettings": {**table, **settings}}


def update_settings(stores: Stores, call: Call, request: Document) -> None:
    """Replace the settings that are given."""
    given = stores.settings(request)
    place = stores.place(call, request)
    table_settings.change(stores.objects, place, lambda before: {**before, **given})


def delete_settings(stores: Stores, call: Call, request: Document) -> None:
    """Delete a table's settings."""
    place = stores.place(call, request)
    with stores.objects.transaction() as inside:
        table_settings.delete(inside, place)
        inside.tags.drop(_arn(call, request))


def set_schedule(stores: Stores, state: str, call: Call, request: Document) -> None:
    """Start or stop the schedule of a table's settings.

    Raises:
        EntityNotFoundError: The table has no settings.
        InvalidInputError: They have no schedule.
    """

    def change(before: Document) -> Document:
        schedule = before.get("Schedule")
        if schedule is None:
            raise InvalidInputError(
                f"The settings of {request['DatabaseName']}.{request['TableName']}"
                " have no schedule; give them one by UpdateColumnStatisticsTaskSettings"
            )
        return {**before, "Schedule": {**schedule, "State": state}}

    table_settings.change(stores.objects, stores.place(call, request), change)


def _arn(call: Call, request: Document) -> str:
    return call.arn(f"{RESOURCE}/{fold(request['DatabaseName'])}/{fold(request['TableName'])}")


def has_settings(store: ObjectStore, catalog: CatalogStore) -> Callable[[str], bool]:
    """Return what says whether a table, as ``database/table``, has settings."""

    def exists(name: str) -> bool:
        database, _, table = name.partition("/")
        kept = table_settings.name_of(catalog, database, table)
        return store.definitions.find(_KIND, kept) is not None

    return exists


def operations(
    store: ObjectStore, catalog: CatalogStore, check_schedule: Callable[[str], object]
) -> dict[str, Handler]:
    """Return the operations of this module."""
    stores = Stores(objects=store, catalog=catalog, check_schedule=check_schedule)
    return {
        "CreateColumnStatisticsTaskSettings": partial(create_settings, stores),
        "GetColumnStatisticsTaskSettings": partial(get_settings, stores),
        "UpdateColumnStatisticsTaskSettings": partial(update_settings, stores),
        "DeleteColumnStatisticsTaskSettings": partial(delete_settings, stores),
        "StartColumnStatisticsTaskRunSchedule": partial(set_schedule, stores, _SCHEDULED),
        "StopColumnStatisticsTaskRunSchedule": partial(set_schedule, stores, _NOT_SCHEDULED),
    }
