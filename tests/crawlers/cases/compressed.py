"""Whole files compressed, told by their first bytes whatever they are called."""

from __future__ import annotations

import gzip

from tests.crawlers.cases.columnar import arrow, in_orc
from tests.crawlers.cases.model import Case, Made, Section, one
from tests.crawlers.test_compression import EVERY, archive

TEXT = "id,name\n1,a\n2,b\n"
SHOWN = TEXT.replace("\n", "⏎")
COLUMNS = "id bigint, name string"
OTHER = "u/b.csv", "id,n\n1,2\n3,4\n"


def packed(name: str) -> Made:
    """Return the text in a codec."""
    _, compress = EVERY[name]
    return Made(shown=f"{SHOWN} in {name}", make=lambda: compress(TEXT.encode()))


CASES = (
    *(
        Case(
            name=f"Compressed: {name}",
            why="The first bytes tell the codec, which compressionType names.",
            files={"t/a.csv": packed(name)},
            tables=one(
                "t",
                COLUMNS,
                codec=codec,
                parameters={"skip.header.line.count": "1"},
                records=2,
            ),
        )
        for name, (codec, _) in EVERY.items()
    ),
    Case(
        name="Compressed by another name",
        why="Bytes count, not the ending: bzip2 in a file that is called .gz.",
        files={"t/a.csv.gz": packed("bzip2")},
        tables=one("t", COLUMNS, codec="bzip2"),
    ),
    Case(
        name="Plain although its name says gzip",
        why="Bytes count, not the ending.",
        files={"t/a.csv.gz": TEXT},
        tables=one("t", COLUMNS, codec="none"),
    ),
    Case(
        name="JSON in gzip",
        why="Every text format may be compressed.",
        files={
            "t/a.json.gz": Made(
                shown='{"id": 1}⏎{"id": 2}⏎ in gzip',
                make=lambda: gzip.compress(b'{"id": 1}\n{"id": 2}\n'),
            )
        },
        tables=one("t", "id int", format="json", codec="gzip", records=2),
    ),
    Case(
        name="Two codecs in a folder",
        why="Files of one table have one compression, as in Glue.",
        files={
            "t/a.csv": TEXT,
            "t/b.csv": TEXT,
            "t/c.csv.gz": packed("gzip"),
            "t/d.csv.gz": packed("gzip"),
        },
        tables=(
            *one("t", COLUMNS, codec="gzip"),
            *one("t_<md5>", COLUMNS, codec="none", location="t/"),
        ),
    ),
    Case(
        name="Archive of two files",
        why="Glue reads ZIP archives of exactly one file.",
        files={
            "t/a.zip": Made(
                shown="a ZIP archive of two files", make=lambda: archive("a.csv", "b.csv")
            ),
            OTHER[0]: OTHER[1],
        },
        tables=one("u", "id bigint, n bigint"),
        problems=("t/a.zip is in no table",),
    ),
    Case(
        name="Compressed and cut off",
        why="Damage is named, and the rest goes on.",
        files={
            "t/a.csv.gz": Made(
                shown="half of a gzip file", make=lambda: gzip.compress(TEXT.encode())[:20]
            ),
            OTHER[0]: OTHER[1],
        },
        tables=one("u", "id bigint, n bigint"),
        problems=("its gzip data ends early",),
    ),
    Case(
        name="Compressed although it is ORC",
        why="A columnar file is read at both ends, so nothing reads one inside gzip: it is named.",
        files={
            "t/a.orc.gz": Made(
                shown="an ORC file in gzip",
                make=lambda: gzip.compress(in_orc("", arrow({})).make()),
            ),
            OTHER[0]: OTHER[1],
        },
        tables=one("u", "id bigint, n bigint"),
        problems=("t/a.orc.gz is in no table",),
    ),
)

SECTIONS = (
    Section(
        title="Compression",
        about="Recognised by content: gzip, bzip2, ZIP, Snappy, LZ4, Zstandard and xz, plain and"
        " in Hadoop's blocks.",
        cases=CASES,
    ),
)
