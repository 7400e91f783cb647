"""Each trap of a machine is found, and its finding names the fix."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gluepot import doctor
from gluepot.jobs.launchers.class_archive import archive_path
from gluepot.jobs.sessions.jars import java_command, locked_jars
from gluepot.settings import Settings, SparkSettings


@pytest.fixture
def settings(tmp_path: Path, jars_dir: Path) -> Settings:
    return Settings(home=tmp_path / "home", spark=SparkSettings(jars_dir=jars_dir))


def test_a_machine_that_is_set_up_has_nothing_to_fix(settings: Settings) -> None:
    findings = doctor.diagnose(settings, {})

    # What makes for a slow start: speed is judged in bench/.
    slow_start = {"start of the command", "class archive"}
    assert [item for item in findings if item.fix and item.check not in slow_start] == []
    assert len(findings) == len(doctor.CHECKS)


def test_a_missing_jar_is_named(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, spark=SparkSettings(jars_dir=tmp_path / "none"))

    finding = doctor.check_jars(settings, {})

    assert finding.fix == "gluepot jars fetch"
    assert f"{len(locked_jars())} missing" in finding.found


def test_a_missing_class_archive_is_found(settings: Settings) -> None:
    archive = archive_path(settings.jars_dir, java=java_command(None))

    elsewhere = SparkSettings(jars_dir=settings.home / "jars")

    missing = doctor.check_class_archive(settings.model_copy(update={"spark": elsewhere}), {})
    assert missing.fix == "gluepot jars warm"
    assert (doctor.check_class_archive(settings, {}).fix == "") is archive.is_file()


def test_another_python_for_executors_is_found(settings: Settings) -> None:
    finding = doctor.check_pyspark_python(settings, {"PYSPARK_PYTHON": "/bin/sh"})

    assert sys.executable in finding.fix


def test_fifty_snapshot_partitions_on_a_laptop_are_found(tmp_path: Path) -> None:
    conf = {"spark.databricks.delta.snapshotPartitions": "50"}
    settings = Settings(home=tmp_path, spark=SparkSettings(conf=conf))

    assert "snapshotPartitions=2" in doctor.check_snapshot_partitions(settings, {}).fix


def test_a_half_filled_maven_cache_is_found(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    empty = tmp_path / ".ivy2.5.2" / "jars" / "delta.jar"
    empty.parent.mkdir(parents=True)
    empty.touch()

    assert doctor.check_maven_cache(settings, {}).fix == f"rm {empty}"


def test_ansi_mode_switched_off_is_found(tmp_path: Path) -> None:
    spark = SparkSettings(conf={"spark.sql.ansi.enabled": "false"})

    assert doctor.check_ansi(Settings(home=tmp_path, spark=spark), {}).fix


def test_a_check_that_cannot_be_done_is_a_finding(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)

    findings = {item.check: item for item in doctor.diagnose(settings, {})}

    assert "openjdk-17" in findings["java"].fix


def test_the_passwords_of_the_catalog_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLUEPOT_CATALOG_URL", "postgresql+psycopg://u:s3cr3t@127.0.0.1:1/x")
    settings = Settings(home=tmp_path)

    texts = [f"{item.found} {item.fix}" for item in doctor.diagnose(settings, {})]

    assert not [text for text in texts if "s3cr3t" in text]
