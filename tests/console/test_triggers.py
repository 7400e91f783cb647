"""Pages of triggers: when they fire, what came of it, and expressions that are tried."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gluepot.jobs.runs.state import RunKind, RunState
from gluepot.jobs.triggers.model import (
    Action,
    Condition,
    Predicate,
    Trigger,
    TriggerState,
    TriggerType,
)
from tests.console.flowing import ended_run

if TYPE_CHECKING:
    from gluepot.services import Services
    from tests.console.conftest import ConsoleServer

MORNINGS = "cron(30 2 * * ? *) Europe/Berlin"


def mornings(services: Services, *, state: str = TriggerState.ACTIVATED) -> Trigger:
    """Store a trigger of every morning."""
    return services.triggers.create(
        Trigger(
            name="mornings",
            type=TriggerType.SCHEDULED,
            state=state,
            schedule=MORNINGS,
            actions=(Action(job_name="clean_sales"),),
        )
    )


def test_triggers_are_listed_with_what_they_wait_for_and_start(console: ConsoleServer) -> None:
    services = console.services
    mornings(services)
    services.triggers.create(
        Trigger(
            name="after",
            type=TriggerType.CONDITIONAL,
            predicate=Predicate(
                conditions=(
                    Condition(job_name="clean_sales", state="SUCCEEDED"),
                    Condition(crawler_name="shop", crawl_state="SUCCEEDED"),
                ),
                logical="ANY",
            ),
            actions=(Action(job_name="report"), Action(crawler_name="out")),
        )
    )

    after, first = console.visitor().data("/console/triggers")["triggers"]

    assert after["when"] == "after job clean_sales SUCCEEDED or crawl shop SUCCEEDED"
    assert after["starts"] == "job report, crawl out"
    assert (first["when"], after["next_fire_at"]) == (MORNINGS, None)
    assert first["next_fire_at"] is not None


def test_a_trigger_shows_its_next_ten_fires_by_its_own_clock(console: ConsoleServer) -> None:
    mornings(console.services, state=TriggerState.CREATED)

    fires = console.visitor().data("/console/trigger", name="mornings")["fires"]

    assert len(fires) == 10
    assert all("CE" in fire["local"] and ":" in fire["local"] for fire in fires)


def test_the_calendar_counts_a_day_on_which_the_clock_is_changed(console: ConsoleServer) -> None:
    mornings(console.services)
    visitor = console.visitor()

    spring = visitor.data("/console/trigger", name="mornings", month="2027-03")["month"]
    autumn = visitor.data("/console/trigger", name="mornings", month="2027-10")["month"]

    assert [day["fires"] for day in spring["days"]] == [1] * 31
    assert [day["fires"] for day in autumn["days"]] == [1] * 31
    assert (spring["blank"], spring["zone"], spring["after"]) == (0, "Europe/Berlin", "2027-04")


def test_the_calendar_tells_how_runs_of_a_day_ended(console: ConsoleServer) -> None:
    services = console.services
    mornings(services)
    for state in (RunState.SUCCEEDED, RunState.SUCCEEDED, RunState.FAILED):
        ended_run(services, trigger_name="mornings", state=state)
    ended_run(services)

    data = console.visitor().data("/console/trigger", name="mornings")

    (today,) = [day for day in data["month"]["days"] if day["is_today"]]
    assert today["runs"] == {"SUCCEEDED": 2, "FAILED": 1}
    assert len(data["runs"]) == 3


def test_an_expression_is_tried_as_it_is_typed(console: ConsoleServer) -> None:
    visitor = console.visitor()

    right = visitor.data(
        "/console/trigger-preview", expression="cron(0/2 8 * * ? *)", zone="Asia/Tokyo"
    )["tried"]
    half = visitor.data("/console/trigger-preview", expression="cron(0 8 ? * MON-")["tried"]
    never = visitor.data("/console/trigger-preview", expression="cron(0 8 30 2 ? *)")["tried"]
    zone = visitor.data(
        "/console/trigger-preview", expression="cron(0 8 * * ? *)", zone="Europe/Berln"
    )["tried"]

    assert [fire["local"][-9:] for fire in right["fires"][:2]] in (
        [f"08:{minute:02} JST", f"08:{(minute + 2) % 60:02} JST"] for minute in range(0, 60, 2)
    )
    assert right["frequent"]
    assert "cron(0 8 ? * MON-" in half["error"]
    assert "never fires" in never["error"]
    assert "Europe/Berlin" in zone["error"]


def test_a_trigger_is_activated_stopped_and_fired_by_hand(console: ConsoleServer) -> None:
    services, visitor = console.services, console.visitor()
    mornings(services, state=TriggerState.CREATED)
    visitor.get("/console/trigger", name="mornings")

    visitor.post("/console/trigger-start", {"name": "mornings"})
    activated = services.triggers.get("mornings").state
    visitor.post("/console/trigger-stop", {"name": "mornings"})
    fired = visitor.post("/console/trigger-fire", {"name": "mornings"})

    assert activated == TriggerState.ACTIVATED
    assert services.triggers.get("mornings").state == TriggerState.DEACTIVATED
    assert "queued: job clean_sales" in fired.text
    (run,) = services.runs.list(kind=RunKind.JOB)
    assert (run.name, run.trigger_name) == ("clean_sales", "mornings")


def test_a_month_that_is_none_is_refused(console: ConsoleServer) -> None:
    mornings(console.services)

    seen = console.visitor().get("/console/trigger", name="mornings", month="2026-13")

    assert seen.status == 400
    assert "right is 2026-12" in seen.text


def test_hostile_names_of_triggers_are_text(console: ConsoleServer) -> None:
    name = "<script>alert(1)</script>&'\""
    services = console.services
    services.triggers.create(
        Trigger(
            name=name,
            type=TriggerType.ON_DEMAND,
            description=name,
            actions=(Action(job_name=name),),
        )
    )
    visitor = console.visitor()

    seen = [visitor.get("/console/triggers"), visitor.get("/console/trigger", name=name)]

    assert [each.status for each in seen] == [200, 200]
    assert not any("<script>alert" in each.text for each in seen)


def test_a_fire_at_midnight_counts_to_its_local_day(console: ConsoleServer) -> None:
    services = console.services
    services.triggers.create(
        Trigger(
            name="midnight",
            type=TriggerType.SCHEDULED,
            schedule="cron(0 0 1 * ? *) Pacific/Auckland",
            actions=(Action(job_name="clean_sales"),),
        )
    )
    year = datetime.now(UTC).year + 1

    days = console.visitor().data("/console/trigger", name="midnight", month=f"{year}-06")

    assert [day["fires"] for day in days["month"]["days"]] == [1] + [0] * 29
