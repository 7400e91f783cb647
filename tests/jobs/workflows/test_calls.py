"""Calls over HTTP: what is sent, what comes back as a result, and errors by AWS's names."""

from __future__ import annotations

import shutil
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from gluepot.catalog.engine import open_engine
from gluepot.catalog.migrate import migrate
from gluepot.jobs.runs.state import RunKind
from gluepot.jobs.runs.store import RunStore
from gluepot.jobs.workflows.calls import CallExecutor
from gluepot.jobs.workflows.reports import report_of
from gluepot.jobs.workflows.resources import HTTP, read_resource, work_of
from gluepot.services import utc_now
from tests.jobs.workflows.answering import Server
from tests.jobs.workflows.playing import Failure, Play, function

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gluepot.jobs.workflows.resources import Work


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as made:
        Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calls") / "migrated.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def runs(database: Path, tmp_path: Path) -> Iterator[RunStore]:
    shutil.copy(database, tmp_path / "catalog.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield RunStore(engine, utc_now)
    engine.dispose()


def carry_out(runs: RunStore, work: Work) -> Any:  # noqa: ANN401
    """Make a call as a worker does, and return its result."""
    run = runs.enqueue(work.kind, work.name, settings=work.settings)
    assert run is not None
    executor = CallExecutor(runs, lambda _name: {"PASSWORD": "hidden"}, "w")
    executor.execute(run)
    report = report_of(runs.get(run.id), utc_now())
    assert report.ended
    if report.error is not None:
        raise Failure(report.error, report.cause)
    return report.output


def request(url: str, **more: Any) -> Work:  # noqa: ANN401
    given = {"ApiEndpoint": url, "Method": "POST", **more}
    return work_of(read_resource(HTTP, {}), given, given)


def test_a_machine_of_functions_runs_over_http(server: Server, runs: RunStore) -> None:
    adds = {"Type": "Task", "Resource": function("Add")}
    document = {
        "StartAt": "Add",
        "States": {
            "Add": {**adds, "InputPath": "$.numbers", "ResultPath": "$.sum", "Next": "Again"},
            "Again": {
                **adds,
                "Parameters": {"a.$": "$.sum"},
                "Catch": [{"ErrorEquals": ["States.Http.Socket"], "Next": "Done"}],
                "End": True,
            },
            "Done": {"Type": "Succeed"},
        },
    }

    def answer(work: Work) -> Any:  # noqa: ANN401
        return carry_out(runs, work) if isinstance(work.settings["Call"]["body"], list) else 7

    played = Play(
        document,
        {"numbers": [1, 2]},
        resources={function("Add"): f"{server.url}/add"},
        answer=answer,
    )

    assert played.output == 7
    assert played.works[1].settings["Call"]["body"] == {"a": 3}


def test_a_call_sends_what_it_says_and_gets_what_was_answered(
    server: Server, runs: RunStore
) -> None:
    work = request(
        f"{server.url}/add?a=1",
        Headers={"X-One": "1"},
        QueryParameters={"b": "x y"},
        RequestBody=[1, 2],
    )

    output = carry_out(runs, work)

    method, path, headers, body = server.seen[-1]
    assert (method, path, body) == ("POST", "/add?a=1&b=x+y", [1, 2])
    assert headers["X-One"] == "1"
    (run,) = runs.list(kind=RunKind.CALL)
    assert headers["Idempotency-Key"] == run.id
    assert (output["ResponseBody"], output["StatusCode"]) == (3, 200)
    assert output["StatusText"] == "OK"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("404", "States.Http.StatusCode.404"),
        ("503", "States.Http.StatusCode.503"),
        ("302", "States.Http.StatusCode.302"),
        ("large", "States.DataLimitExceeded"),
    ],
)
def test_a_call_without_success_is_an_error_by_name(
    server: Server, runs: RunStore, path: str, error: str
) -> None:
    before = len(server.seen)
    with pytest.raises(Failure) as raised:
        carry_out(runs, request(f"{server.url}/{path}"))

    assert raised.value.args[0] == error
    assert len(server.seen) == before + 1


def test_nobody_there_is_a_socket_error_and_a_function_names_its_own(
    server: Server, runs: RunStore
) -> None:
    with pytest.raises(Failure) as nobody:
        carry_out(runs, request("http://127.0.0.1:9/x"))
    resource = read_resource("f", {"f": f"{server.url}/named"})
    with pytest.raises(Failure) as named:
        carry_out(runs, work_of(resource, {}))

    assert nobody.value.args[0] == "States.Http.Socket"
    assert named.value.args[0] == "CustomError"


def test_secrets_go_into_headers_where_the_definition_names_them_and_nowhere_else(
    server: Server, runs: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "s3cret")
    monkeypatch.setenv("OTHER", "untouched")
    template = {"Headers": {"Authorization": "Bearer {{env:TOKEN}}", "X.$": "$.x"}}
    given = {
        "ApiEndpoint": f"{server.url}/403?key=k1",
        "Method": "GET",
        "Headers": {"Authorization": "Bearer {{env:TOKEN}}", "X": "{{env:OTHER}}"},
    }

    with pytest.raises(Failure) as raised:
        carry_out(runs, work_of(read_resource(HTTP, {}), given, template))

    headers = server.seen[-1][2]
    assert (headers["Authorization"], headers["X"]) == ("Bearer s3cret", "{{env:OTHER}}")
    (run,) = runs.list()
    assert "s3cret" not in repr(run)
    assert "s3cret" not in raised.value.args[1]
    assert "k1" not in run.name
