"""Settings come from the environment before the file, and faults name the key, not the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gluepot.catalog.errors import InvalidInputError
from gluepot.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "s3cr3t-value"  # noqa: S105


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GLUEPOT_CONFIG", "GLUEPOT_HOME", "AWS_PROFILE", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)


def test_the_defaults_need_no_file(tmp_path: Path) -> None:
    settings = load_settings()

    assert settings.database_url == f"sqlite:///{tmp_path / '.gluepot' / 'catalog.db'}"
    assert settings.s3_config.endpoint_url is None


def test_the_environment_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gluepot.toml").write_text('[s3]\nregion = "eu-west-1"\npath_style = true\n')
    monkeypatch.setenv("GLUEPOT_S3__REGION", "us-west-2")

    settings = load_settings()

    assert settings.s3.region == "us-west-2"
    assert settings.s3.path_style


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "gluepot.toml").write_text('[s3]\nendpiont_url = "http://x"\n')

    with pytest.raises(InvalidInputError, match=r"s3\.endpiont_url"):
        load_settings()


def test_a_wrong_value_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "gluepot.toml").write_text(f'[s3]\nsecret_access_key = ["{SECRET}"]\n')

    with pytest.raises(InvalidInputError, match="secret_access_key") as caught:
        load_settings()

    assert SECRET not in str(caught.value)


def test_broken_toml_tells_the_line(tmp_path: Path) -> None:
    (tmp_path / "gluepot.toml").write_text("[s3\n")

    with pytest.raises(InvalidInputError, match="line 1"):
        load_settings()


def test_a_named_file_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLUEPOT_CONFIG", str(tmp_path / "none.toml"))

    with pytest.raises(InvalidInputError, match=r"none\.toml"):
        load_settings()


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "gluepot.toml").write_text(
        f'catalog_url = "postgresql+psycopg://u:{SECRET}@h/d"\n'
        f'[s3]\naccess_key_id = "a"\nsecret_access_key = "{SECRET}"\n'
    )

    settings = load_settings()

    assert SECRET not in repr(settings)
    assert SECRET not in repr(settings.s3_config)
    assert settings.s3_config.secret_access_key == SECRET
