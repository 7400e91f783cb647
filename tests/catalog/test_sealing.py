from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.sealing import Sealer, SealError
from gluepot.sealing_key import load_sealing_key
from gluepot.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

KEY = bytes(range(32))


@given(st.text())
def test_what_is_sealed_opens_again_and_shows_nothing(text: str) -> None:
    sealed = Sealer(KEY).seal(text)

    assert Sealer(KEY).open(sealed) == text
    assert sealed != Sealer(KEY).seal(text)
    assert len(text) < 4 or text not in sealed


@given(st.data())
def test_an_altered_secret_does_not_open(data: st.DataObject) -> None:
    sealed = Sealer(KEY).seal("hunter2")
    place = data.draw(st.integers(3, len(sealed) - 5))
    letter = "A" if sealed[place] != "A" else "B"

    with pytest.raises(SealError):
        Sealer(KEY).open(sealed[:place] + letter + sealed[place + 1 :])


def test_another_key_does_not_open_it_and_the_error_says_what_to_do() -> None:
    with pytest.raises(SealError, match="sealing_key_file") as found:
        Sealer(bytes(32)).open(Sealer(KEY).seal("hunter2"))

    assert "hunter2" not in str(found.value)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="31 bytes"):
        Sealer(KEY[1:])


def test_keys_for_two_purposes_differ_and_the_repr_shows_none() -> None:
    sealer = Sealer(KEY)

    assert sealer.derive("a") == Sealer(KEY).derive("a") != sealer.derive("b")
    assert repr(sealer) == "Sealer(...)"


def test_a_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")

    first = load_sealing_key(settings)

    file = tmp_path / "home" / "sealing.key"
    assert load_sealing_key(settings) == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(file.parent) == ["sealing.key"]  # noqa: PTH208


@pytest.mark.parametrize("text", ["", "short", "not base64!", "AAAA" * 11 + "AAAA"])
def test_a_wrong_key_is_refused_by_where_it_stands(tmp_path: Path, text: str) -> None:
    file = tmp_path / "some.key"
    file.write_text(text)

    with pytest.raises(InvalidInputError, match=r"some\.key") as found:
        load_sealing_key(Settings(sealing_key_file=file))
    assert not text or text not in str(found.value)
    with pytest.raises(InvalidInputError, match="GLUEPOT_SEALING_KEY"):
        load_sealing_key(Settings(sealing_key=SecretStr(text)))


def test_a_named_key_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="openssl rand"):
        load_sealing_key(Settings(sealing_key_file=tmp_path / "none.key"))

    assert list(tmp_path.iterdir()) == []
