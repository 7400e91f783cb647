"""Whole-file compression, told by content and undone within bounds."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.crawlers.compression import expand_head

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CODECS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


@given(st.sampled_from(sorted(CODECS)), st.binary(), st.integers(1, 50))
def test_the_head_is_the_start_of_the_content(codec: str, data: bytes, limit: int) -> None:
    found = expand_head(CODECS[codec](data), complete=True, limit=limit)

    assert found.problem is None
    assert found.codec == codec
    assert found.data == data[:limit]


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_several_streams_one_after_another_are_one_content(codec: str) -> None:
    data = CODECS[codec](b"one") + CODECS[codec](b"two")

    found = expand_head(data, complete=True, limit=100)

    assert (found.data, found.complete) == (b"onetwo", True)


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_a_file_that_ends_early_is_named(codec: str) -> None:
    data = CODECS[codec](bytes(range(256)) * 20)[:-20]

    assert f"{codec} data ends early" in str(expand_head(data, complete=True, limit=10**6).problem)


def test_a_head_of_a_longer_file_may_end_anywhere() -> None:
    data = gzip.compress(bytes(range(256)) * 20)[:100]

    assert expand_head(data, complete=False, limit=10**6).problem is None


def test_damage_is_named() -> None:
    data = bytearray(gzip.compress(b"hello" * 1000))
    data[15:25] = b"\xff" * 10

    assert "damaged" in str(expand_head(bytes(data), complete=True, limit=10**6).problem)


def test_a_bomb_is_expanded_no_further_than_asked() -> None:
    bomb = zlib.compressobj(9, wbits=31)
    data = bomb.compress(b"\0" * 200_000_000) + bomb.flush()

    assert len(expand_head(data, complete=True, limit=1_000).data) == 1_000


@pytest.mark.parametrize(
    ("magic", "codec"), [(b"\x28\xb5\x2f\xfd", "zstd"), (b"PK\x03\x04", "zip")]
)
def test_a_codec_that_is_not_read_is_named(magic: bytes, codec: str) -> None:
    found = expand_head(magic + b"...", complete=True, limit=100)

    assert (found.codec, found.data) == (codec, b"")
    assert codec in str(found.problem)
