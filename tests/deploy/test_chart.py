"""The Helm chart renders to what gluepot and Kubernetes take."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from gluepot.cli.scheduler import app as scheduler_app
from gluepot.settings import load_settings
from tests.servers.helm import NO_HELM, helm_binary

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "gluepot"
SECRETS = {"GLUEPOT_CATALOG_URL": "sqlite://", "GLUEPOT_SEALING_KEY": "a2V5"}


def helm(command: str, *options: str) -> subprocess.CompletedProcess[str]:
    binary = helm_binary()
    if binary is None:
        pytest.skip(NO_HELM)
    where = ["lake"] if command == "template" else []
    words = [str(binary), command, *where, str(CHART), "--kube-version", "1.30.0", *options]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def render(*values: str) -> dict[tuple[str, str], Any]:
    options = [part for value in values for part in ("--set", value)]
    done = helm("template", "--namespace", "etl", *options)
    assert done.returncode == 0, done.stderr
    documents = [one for one in yaml.safe_load_all(done.stdout) if one is not None]
    found = {(one["kind"], one["metadata"]["name"]): one for one in documents}
    assert len(found) == len(documents)
    return found


def container(documents: dict[tuple[str, str], Any], role: str) -> dict[str, Any]:
    pod = documents["Deployment", f"lake-gluepot-{role}"]["spec"]["template"]["spec"]
    (one,) = pod["containers"]
    return dict(one)


def test_it_passes_the_strict_lint() -> None:
    done = helm("lint", "--strict")

    assert done.returncode == 0, done.stdout


def test_every_role_is_there_with_its_account_budget_and_service() -> None:
    found = render()

    roles = ("api", "scheduler", "worker")
    for role in roles:
        assert found["Deployment", f"lake-gluepot-{role}"]["spec"]["replicas"] == 2
        budget = found["PodDisruptionBudget", f"lake-gluepot-{role}"]["spec"]
        labels = found["Deployment", f"lake-gluepot-{role}"]["spec"]["template"]["metadata"][
            "labels"
        ]
        assert budget["selector"]["matchLabels"].items() <= labels.items()
        assert container(found, role)["resources"]["requests"]
    service = found["Service", "lake-gluepot"]["spec"]
    assert service["selector"]["app.kubernetes.io/component"] == "api"
    assert ("ServiceAccount", "lake-gluepot") in found


@pytest.mark.parametrize("role", ["api", "scheduler", "worker"])
def test_the_environment_is_one_that_the_settings_take(
    role: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    values = ("s3.endpointUrl=https://s3:9000", "s3.secretName=keys", "image.repository=r/gluepot")
    found = container(render(*values), role)["env"]
    monkeypatch.chdir(tmp_path)
    by_reference = set()
    for variable in found:
        if "valueFrom" in variable:
            by_reference.add(variable["name"])
        else:
            monkeypatch.setenv(variable["name"], variable["value"])

    settings = load_settings()

    assert by_reference == {
        *SECRETS,
        "GLUEPOT_S3__ACCESS_KEY_ID",
        "GLUEPOT_S3__SECRET_ACCESS_KEY",
    }
    assert settings.s3.endpoint_url == "https://s3:9000"
    assert settings.launch.kubernetes is not None
    assert settings.launch.kubernetes.image == "r/gluepot:0.1.0"
    assert settings.launch.kubernetes.namespace == "etl"
    assert settings.auth.required is (role == "api")


def test_pods_have_no_rights_that_they_do_not_need() -> None:
    found = render()

    for role in ("api", "scheduler", "worker"):
        pod = found["Deployment", f"lake-gluepot-{role}"]["spec"]["template"]["spec"]
        secured = container(found, role)["securityContext"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert secured["readOnlyRootFilesystem"] is True
        assert secured["allowPrivilegeEscalation"] is False
        assert secured["capabilities"] == {"drop": ["ALL"]}
        assert pod["automountServiceAccountToken"] is (role == "worker")
    alone = render("sparkOnKubernetes=false")
    assert not any(kind in {"Role", "RoleBinding"} for kind, _ in alone)


def test_probes_ask_what_the_server_answers() -> None:
    api = container(render(), "api")

    paths = {
        name: api[name]["httpGet"]["path"]
        for name in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }


def test_the_arguments_are_ones_that_the_command_takes() -> None:
    args = container(render("worker.slots=5"), "worker")["args"]

    assert args == ["worker", "--slots", "5"]
    done = CliRunner().invoke(scheduler_app, ["run", "--role", *args, "--help"])
    assert done.exit_code == 0, done.output


def test_definitions_are_mounted_where_they_are_looked_for() -> None:
    found = render("definitions.jobs=etl-jobs")

    mounts = {one["name"]: one["mountPath"] for one in container(found, "worker")["volumeMounts"]}
    assert mounts["conf-jobs"] == "/opt/gluepot/conf/jobs"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("replicaCount=3", "replicaCount"),
        ("s3.endpointUrl=ftp://x", "endpointUrl"),
        ("worker.slots=0", "slots"),
        ("serviceAccount.create=false", "serviceAccount.name is needed"),
    ],
)
def test_a_wrong_value_is_refused_by_name(value: str, told: str) -> None:
    done = helm("template", "--set", value)

    assert done.returncode != 0
    assert told in done.stderr


def test_the_schema_names_every_default() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())

    assert values.keys() <= schema["properties"].keys()
