"""Which setting is in force, and who set it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr

from gluepot.settings import load_settings
from gluepot.settings_origin import effective_settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_each_setting_tells_its_value_and_its_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gluepot.toml"
    file.write_text(
        '[server]\nport = 9000\nregion = "eu-west-1"\n'
        '[spark.conf]\n"spark.sql.ansi.enabled" = "true"\n"spark.my.password" = "hunter22"\n'
    )
    monkeypatch.setenv("GLUEPOT_CONFIG", str(file))
    monkeypatch.setenv("GLUEPOT_SERVER__PORT", "9001")
    monkeypatch.setenv("GLUEPOT_LIMITS", '{"databases": 7}')
    settings = load_settings(
        endpoint_url="http://127.0.0.1:1",
        catalog_url=SecretStr("postgresql://me:hunter22@db/x"),
    )

    found = {one.name: (one.value, one.origin) for one in effective_settings(settings)}

    assert found["server.port"] == ("9001", "GLUEPOT_SERVER__PORT")
    assert found["server.region"] == ("eu-west-1", str(file))
    assert found["server.host"] == ("127.0.0.1", "default")
    assert found["limits.databases"] == ("7", "GLUEPOT_LIMITS")
    assert found["endpoint_url"] == ("http://127.0.0.1:1", "command")
    assert found["catalog_url"] == ("********", "command")
    assert found["spark.conf.spark.sql.ansi.enabled"] == ("true", str(file))
    assert found["spark.conf.spark.my.password"] == ("********", str(file))


def test_addresses_are_told_without_what_opens_them() -> None:
    settings = load_settings(endpoint_url="https://me:hunter22@host:1/path?key=hunter22")

    found = {one.name: one.value for one in effective_settings(settings)}

    assert found["endpoint_url"] == "https://********@host:1/path?********"
