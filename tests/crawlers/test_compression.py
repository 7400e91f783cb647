"""Whole-file compression, told by content and undone within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.crawlers.codecs.compression import codec_of, expand_head

if TYPE_CHECKING:
    from collections.abc import Callable


def frames(codec: str) -> Callable[[bytes], bytes]:
    def compress(data: bytes) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, codec) as stream:
            stream.write(data)
        return bytes(sink.getvalue())

    return compress


def snappy_frames(data: bytes) -> bytes:
    chunks = [b"\xff\x06\x00\x00sNaPpY", b"\xfe\x03\x00\x00pad"]
    for start in range(0, len(data), 65_536):
        body = b"CRC." + pa.compress(data[start : start + 65_536], codec="snappy", asbytes=True)
        chunks.append(b"\0" + len(body).to_bytes(3, "little") + body)
    return b"".join(chunks)


def hadoop(codec: str, *, block: int = 1_000, piece: int = 400) -> Callable[[bytes], bytes]:
    def compress(data: bytes) -> bytes:
        parts = []
        for start in range(0, len(data), block):
            plain = data[start : start + block]
            parts.append(struct.pack(">I", len(plain)))
            for at in range(0, len(plain), piece):
                packed = pa.compress(plain[at : at + piece], codec=codec, asbytes=True)
                parts += [struct.pack(">I", len(packed)), packed]
        return b"".join(parts)

    return compress


def zipped(data: bytes, *, streamed: bool = False, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    target = Unseekable(buffer) if streamed else buffer
    with zipfile.ZipFile(target, "w", method) as archive:
        archive.writestr("data/", b"")
        archive.writestr("data/a.csv", data)
    return buffer.getvalue()


class Unseekable(io.RawIOBase):
    """Makes zipfile write the lengths behind the bytes, as programs that stream do."""

    def __init__(self, buffer: io.BytesIO) -> None:
        super().__init__()
        self._buffer = buffer

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Write behind what was written."""
        return self._buffer.write(data)


CODECS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "bzip2": ("bzip2", bz2.compress),
    "xz": ("xz", lzma.compress),
    "zstd": ("zstd", frames("zstd")),
    "lz4": ("lz4", frames("lz4")),
    "snappy frames": ("snappy", snappy_frames),
    "zip": ("zip", zipped),
    "zip, streamed": ("zip", lambda data: zipped(data, streamed=True)),
    "zip, stored": ("zip", lambda data: zipped(data, method=zipfile.ZIP_STORED)),
}
HADOOP: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "hadoop snappy": ("snappy", hadoop("snappy")),
    "hadoop lz4": ("lz4", hadoop("lz4_raw")),
}
EVERY = CODECS | HADOOP
STREAMED = ("gzip", "bzip2", "xz", "zstd", "lz4", "snappy frames")
LINES = b"".join(b"%d,name %d,%d\n" % (row, row % 17, row * row) for row in range(30_000))


@given(st.sampled_from(sorted(CODECS)), st.binary(), st.integers(1, 50))
def test_the_head_is_the_start_of_the_content(name: str, data: bytes, limit: int) -> None:
    codec, compress = CODECS[name]

    found = expand_head(compress(data), complete=True, limit=limit)

    assert found.problem is None
    assert found.codec == codec
    assert found.data == data[:limit]
    assert found.complete == (len(data) <= limit)


@given(st.sampled_from(sorted(HADOOP)), st.binary(min_size=16, max_size=5_000))
def test_blocks_of_hadoop_are_told_by_what_they_hold(name: str, data: bytes) -> None:
    codec, compress = HADOOP[name]

    found = expand_head(compress(data), complete=True, limit=4_000)

    assert (found.codec, found.data) == (codec, data[:4_000])
    assert found.problem is None


@pytest.mark.parametrize("name", sorted(EVERY))
def test_a_head_cut_anywhere_gives_a_start_of_the_content_and_no_problem(name: str) -> None:
    codec, compress = EVERY[name]
    packed = compress(LINES)

    for cut in (40, 100, len(packed) // 3, len(packed) - 30, len(packed) - 1):
        found = expand_head(packed[:cut], complete=False, limit=1 << 20)

        assert (found.codec, found.problem) == (codec, None)
        assert LINES.startswith(found.data)
        assert found.consumed <= cut


@pytest.mark.parametrize("name", sorted(set(EVERY) - {"bzip2"}))
def test_most_of_a_cut_head_is_had(name: str) -> None:
    packed = EVERY[name][1](LINES)

    found = expand_head(packed[: len(packed) * 9 // 10], complete=False, limit=1 << 20)

    assert len(found.data) > len(LINES) // 2


@pytest.mark.parametrize("name", sorted(set(EVERY) - {"bzip2", "zip, stored"}))
def test_a_short_start_tells_how_well_the_file_is_compressed(name: str) -> None:
    packed = EVERY[name][1](LINES)

    found = expand_head(packed, complete=True, limit=len(LINES) // 2)

    assert found.consumed / len(packed) == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("name", STREAMED)
def test_several_streams_one_after_another_are_one_content(name: str) -> None:
    compress = CODECS[name][1]

    found = expand_head(compress(b"one") + compress(b"two"), complete=True, limit=100)

    assert (found.data, found.complete) == (b"onetwo", True)


@pytest.mark.parametrize("name", sorted(set(EVERY) - {"zip, stored"}))
def test_a_file_that_ends_early_is_named(name: str) -> None:
    codec, compress = EVERY[name]
    data = compress(bytes(range(256)) * 20)
    data = data[: len(data) * 2 // 3] if codec == "zip" else data[:-20]

    found = expand_head(data, complete=True, limit=10**6)

    assert f"its {codec} data ends early" in str(found.problem)


@pytest.mark.parametrize("name", sorted(set(EVERY) - {"snappy frames", "hadoop lz4"}))
def test_damage_is_named(name: str) -> None:
    codec, compress = EVERY[name]
    data = bytearray(compress(LINES[:5_000]))
    data[len(data) // 2 :] = b"\xff" * (len(data) - len(data) // 2)

    found = expand_head(bytes(data), complete=True, limit=10**6)

    assert found.codec == codec
    assert f"its {codec} data" in str(found.problem)


@given(st.sampled_from(sorted(EVERY)), st.data())
def test_no_damage_raises_or_makes_more_than_asked(name: str, data: st.DataObject) -> None:
    packed = bytearray(EVERY[name][1](LINES[:2_000]))
    for _ in range(3):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))

    found = expand_head(bytes(packed), complete=True, limit=1_000)

    assert len(found.data) <= 1_000


@given(st.binary(max_size=200))
def test_no_bytes_behind_a_magic_raise(data: bytes) -> None:
    for start in (b"\xff\x06\x00\x00sNaPpY", b"PK\x03\x04", b"\0\0", b"\x28\xb5\x2f\xfd", b""):
        expand_head(start + data, complete=True, limit=100)


@pytest.mark.parametrize("name", sorted(CODECS))
def test_a_bomb_is_expanded_no_further_than_asked(name: str) -> None:
    data = CODECS[name][1](bytes(20_000_000))

    tracemalloc.start()
    found = expand_head(data, complete=True, limit=1_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found.data == bytes(1_000)
    assert not found.complete
    # xz takes the 8 MiB of its dictionary at once; a stored file is as large as it is.
    assert peak < 12_000_000 + (len(data) if "stored" in name else 0)


def test_an_xz_header_that_claims_much_memory_is_refused() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 27}]
    data = lzma.compress(b"small", filters=filters)

    assert "needs more than 96 MiB" in str(expand_head(data, complete=True, limit=100).problem)


def test_a_zstd_header_that_claims_a_large_window_is_refused() -> None:
    # Frame header: no single segment, window of 2 GiB; then one raw block.
    data = b"\x28\xb5\x2f\xfd\x00" + bytes([21 << 3]) + b"\x29\x00\x00hello"

    assert "its zstd data is damaged" in str(expand_head(data, complete=True, limit=100).problem)


def test_frames_that_are_passed_over_may_come_first() -> None:
    skipped = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"

    for codec in ("zstd", "lz4"):
        found = expand_head(skipped + frames(codec)(b"plain"), complete=True, limit=100)

        assert (found.codec, found.data, found.complete) == (codec, b"plain", True)


def test_a_whole_file_of_one_raw_snappy_block_is_told_by_its_exact_length() -> None:
    packed = pa.compress(LINES, codec="snappy", asbytes=True)

    found = expand_head(packed, complete=True, limit=1_000)

    assert (found.codec, found.data) == ("snappy", LINES[:1_000])
    assert codec_of(packed[:-1]) == "none"
    assert expand_head(packed[:-1], complete=True, limit=1_000).codec == "none"


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_plain_files_are_taken_for_plain(data: str | bytes) -> None:
    plain = b"id\n" + (data.encode() if isinstance(data, str) else data)

    found = expand_head(plain, complete=True, limit=1_000)

    assert (found.codec, found.data, found.complete) == ("none", plain, True)


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-32-be"])
def test_text_that_begins_with_zeros_is_taken_for_plain(encoding: str) -> None:
    plain = LINES.decode().encode(encoding)[:10_000]

    assert expand_head(plain, complete=False, limit=100).codec == "none"


def archive(*names: str, password: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in names:
            target.writestr(name, b"a,b\n1,2\n")
    data = bytearray(buffer.getvalue())
    if password:
        data[6] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (archive("a.csv", "b.csv"), r"holds more than one file \(a.csv, b.csv\)"),
        (archive("a.csv", password=True), r"is encrypted \(a.csv\)"),
        (archive("data/"), "has no file in it"),
    ],
)
def test_an_archive_that_is_not_one_file_is_named(data: bytes, reason: str) -> None:
    found = expand_head(data, complete=True, limit=100)

    assert (found.codec, found.data) == ("zip", b"")
    with pytest.raises(ValueError, match=reason):
        raise ValueError(found.problem)


def test_a_method_that_is_not_read_is_named() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as target:
        target.writestr("a.csv", b"a,b\n")

    found = expand_head(buffer.getvalue(), complete=True, limit=100)

    assert "is packed with bzip2 (a.csv)" in str(found.problem)


def test_a_file_whose_checksum_differs_is_named() -> None:
    data = bytearray(zipped(b"a,b\n1,2\n", method=zipfile.ZIP_STORED))
    data[data.index(b"a,b")] = ord("x")

    found = expand_head(bytes(data), complete=True, limit=100)

    assert "the checksum of data/a.csv differs" in str(found.problem)


@pytest.mark.parametrize(
    "name", ["[Content_Types].xml", "_rels/.rels", "mimetype", "META-INF/MANIFEST.MF"]
)
def test_an_archive_that_is_a_document_is_no_compressed_file(name: str) -> None:
    data = archive(name, "other")

    assert codec_of(data) == "none"
    assert expand_head(data, complete=True, limit=10**6).data == data
