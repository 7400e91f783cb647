"""Operations of AWS Glue that gluepot refuses on purpose, each with the reason a caller gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SESSIONS = "gluepot has no interactive sessions; start a Spark session with gluepot's settings"
_DEV_ENDPOINTS = "AWS Glue's development endpoints were retired; use a local Spark session"

_SCRIPTS = "gluepot writes no scripts; a job is a script of your own or a pipeline in conf/jobs"
_UPGRADES = "gluepot's jobs run on one engine, so there is no older one to upgrade from"
_SOURCE_CONTROL = "gluepot does not talk to source control; put scripts where jobs read them"
_BLUEPRINTS = "gluepot keeps blueprints but runs none; create the workflow's parts themselves"
_RESUMING = "gluepot does not resume workflow runs yet; start the failed parts by their triggers"
_DASHBOARDS = "Spark's own pages show a run while it is at work; gluepot has no dashboard of it"
_INTEGRATIONS = "gluepot has no zero-ETL integrations; a job copies from a source to a table"
_VIEW_REFRESHES = "gluepot does not refresh materialized views; a job that writes the table can"

UNSUPPORTED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "CancelStatement",
            "CreateSession",
            "DeleteSession",
            "GetSession",
            "GetSessionEndpoint",
            "GetStatement",
            "GetSystemLogsForSession",
            "ListSessions",
            "ListStatements",
            "RunStatement",
            "StopSession",
        ),
        _SESSIONS,
    ),
    **dict.fromkeys(
        (
            "BatchGetDevEndpoints",
            "CreateDevEndpoint",
            "DeleteDevEndpoint",
            "GetDevEndpoint",
            "GetDevEndpoints",
            "ListDevEndpoints",
            "UpdateDevEndpoint",
        ),
        _DEV_ENDPOINTS,
    ),
    **dict.fromkeys(("CreateScript", "GetDataflowGraph", "GetMapping", "GetPlan"), _SCRIPTS),
    **dict.fromkeys(
        ("GetJobUpgradeAnalysis", "StartJobUpgradeAnalysis", "StopJobUpgradeAnalysis"), _UPGRADES
    ),
    **dict.fromkeys(("UpdateJobFromSourceControl", "UpdateSourceControlFromJob"), _SOURCE_CONTROL),
    **dict.fromkeys(("GetBlueprintRun", "GetBlueprintRuns", "StartBlueprintRun"), _BLUEPRINTS),
    **dict.fromkeys(
        (
            "CreateIntegration",
            "CreateIntegrationResourceProperty",
            "CreateIntegrationTableProperties",
            "DeleteIntegration",
            "DeleteIntegrationResourceProperty",
            "DeleteIntegrationTableProperties",
            "DescribeInboundIntegrations",
            "DescribeIntegrations",
            "GetIntegrationResourceProperty",
            "GetIntegrationTableProperties",
            "ListIntegrationResourceProperties",
            "ListIntegrationTableProperties",
            "ModifyIntegration",
            "UpdateIntegrationResourceProperty",
            "UpdateIntegrationTableProperties",
        ),
        _INTEGRATIONS,
    ),
    **dict.fromkeys(
        (
            "GetMaterializedViewRefreshTaskRun",
            "ListMaterializedViewRefreshTaskRuns",
            "StartMaterializedViewRefreshTaskRun",
            "StopMaterializedViewRefreshTaskRun",
        ),
        _VIEW_REFRESHES,
    ),
    "GetDashboardUrl": _DASHBOARDS,
    "ResumeWorkflowRun": _RESUMING,
}
"""Operations that are in neither table are refused too, with the general sentence."""

NOT_YET = "gluepot does not have this operation; docs/reference/api-coverage.md lists those it has"
