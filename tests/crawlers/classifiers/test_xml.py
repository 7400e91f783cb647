"""XML: rows, columns and types, what is told by whom, cut heads, and documents made to hurt."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluepot.catalog.types import print_type
from gluepot.crawlers.classifiers.xml import Xml
from tests.crawlers.classifiers.heads import head

if TYPE_CHECKING:
    from gluepot.crawlers.classifiers.base import Classification, FileSchema

BOOKS = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE catalog SYSTEM "http://example.invalid/catalog.dtd">
<!-- two of them -->
<catalog>
  <book id="1">
    <title lang="en">XML &amp; more</title>
    <price>44.95</price>
    <author>Ann</author>
    <author>Bob</author>
    <sold>2000-10-01</sold>
  </book>
  <book id="2">
    <title><![CDATA[<Plain>]]></title>
    <price>5</price>
    <author>Cid</author>
    <sold/>
  </book>
</catalog>
"""


def classify(text: str | bytes, *, tag: str | None = None, complete: bool = True) -> Classification:
    return Xml(tag=tag).classify(head(text, complete=complete))


def read(text: str | bytes, *, tag: str | None = None, complete: bool = True) -> FileSchema:
    answer = classify(text, tag=tag, complete=complete)
    assert answer.schema is not None, answer
    assert answer.certainty == 1.0
    return answer.schema


def types(schema: FileSchema) -> dict[str, str]:
    return {column.name: print_type(column.type) for column in schema.columns}


def test_attributes_and_children_are_columns() -> None:
    schema = read(BOOKS)

    assert types(schema) == {
        "_id": "bigint",
        "title": "struct<_lang:string,_VALUE:string>",
        "price": "double",
        "author": "array<string>",
        "sold": "date",
    }
    assert schema.records == 2
    assert schema.exact
    assert schema.parameters == {"rowTag": "book"}
    assert schema.storage == "xml"


def test_a_column_names_the_value_and_line_that_decided() -> None:
    reasons = {column.name: column.reason for column in read(BOOKS).columns}

    assert "'44.95' on line 7" in reasons["price"]
    assert reasons["author"].startswith("in 2 of 2 rows, several in one; line 8 holds 'Ann'")
    assert reasons["title"] == "in 2 of 2 rows, the first on line 6"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("<r><a><x>1</x></a><a><x>2</x></a></r>", "a"),
        ("<rss><channel><title>t</title><item><a>1</a></item><item/></channel></rss>", "item"),
        ("<feed><link/><link/><e><a>1</a></e><e><a>1</a></e><e><a>1</a></e></feed>", "e"),
        ("<r><v>1</v><v>2</v></r>", "v"),
        ("<person><name>Eve</name><phone>1</phone><mail>e</mail></person>", "person"),
        ("<s:Env xmlns:s='u'><s:Row><a>1</a></s:Row><s:Row><a>2</a></s:Row></s:Env>", "s:Row"),
        ("<row><a>1</a></row>\n<row><a>2</a></row>\n", "row"),
    ],
)
def test_the_element_that_repeats_is_the_row(text: str, tag: str) -> None:
    assert read(text).parameters == {"rowTag": tag}


def test_a_given_tag_is_the_row_at_any_depth() -> None:
    schema = read("<a><b><c><row><v>1</v></row></c></b><row><v>2</v><row/></row></a>", tag="row")

    assert types(schema) == {"v": "bigint", "row": "void"}
    assert schema.records == 2


def test_a_tag_that_is_not_there_leaves_the_file_to_others() -> None:
    answer = classify(BOOKS, tag="journal")

    assert answer.certainty == 0.0
    assert "no whole element <journal>" in answer.reason


def test_rows_that_close_themselves_are_refused_as_glue_does() -> None:
    text = '<r><row a="1"/><row a="2"/></r>'
    mixed = read('<r><row a="1" b="x"/><row a="2"></row></r>', tag="row")

    assert "close themselves" in classify(text, tag="row").reason
    assert classify(text, tag="row").certainty == 0.0
    assert "close themselves" in str(classify(text).problem)
    assert types(mixed) == {"_a": "bigint"}
    assert mixed.records == 1
    assert "1 rows close themselves" in mixed.warnings[1]


def test_an_element_with_and_without_members_has_both() -> None:
    schema = read("<r><e><m>1</m></e><e><m u='s'>2</m></e><e><m><n>x</n></m></e></r>", tag="e")

    assert types(schema) == {"m": "struct<_u:string,n:string,_VALUE:bigint>"}


def test_texts_between_children_are_an_array() -> None:
    schema = read("<r><e><a>1<b>2</b>3</a></e><e>x<i/>y</e></r>", tag="e")

    assert types(schema) == {
        "a": "struct<b:bigint,_VALUE:array<bigint>>",
        "i": "void",
        "_VALUE": "array<string>",
    }


def test_the_text_of_a_row_is_a_column_of_its_own() -> None:
    assert types(read("<r><e k='1'>a</e><e k='2'>b</e></r>")) == {
        "_k": "bigint",
        "_VALUE": "string",
    }


def test_nested_elements_are_structs_and_arrays() -> None:
    row = "<o><l><p q='1'>a</p><p q='2.5'>b</p></l><t>2024-01-02T03:04:05</t><z>007</z></o>"

    assert types(read(f"<r>{row}{row}</r>")) == {
        "l": "struct<p:array<struct<_q:double,_VALUE:string>>>",
        "t": "timestamp",
        "z": "string",
    }


def test_dates_that_no_reader_of_xml_is_told_stay_text() -> None:
    (column,) = read("<r><e><d>31 Jan 2024</d></e><e><d>1 Feb 2024</d></e></r>").columns

    assert print_type(column.type) == "string"


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("latin-1", "ISO-8859-1"), ("gb2312", "GB2312")],
)
def test_the_declaration_says_how_bytes_are_read(encoding: str, declared: str) -> None:
    word = "中" if encoding == "gb2312" else "é"
    text = (
        f'<?xml version="1.0" encoding="{declared}"?>\n<r><e><a>{word}</a></e><e><a>2</a></e></r>'
    )
    schema = read(text.encode(encoding))

    assert f"'{word}'" in schema.columns[0].reason
    assert bool(schema.serde_parameters) == (not declared.startswith("UTF-8"))


@pytest.mark.parametrize("name", ["klingon", "punycode", "hex", "rot13", "idna"])
def test_what_is_no_encoding_is_named(name: str) -> None:
    text = f'<?xml version="1.0" encoding="{name}"?>\n<r><e>1</e></r>'

    assert name in str(classify(text).problem)


def test_a_cut_head_counts_its_whole_rows_and_estimates_the_others() -> None:
    rows = "".join(f"<e><a>{number}</a></e>" for number in range(100, 200))
    text = f"<r>{rows}<e><a>12"
    answer = Xml().classify(head(text, complete=False, plain_size=10 * len(text)))

    assert answer.schema is not None
    assert not answer.needs_more
    assert types(answer.schema) == {"a": "bigint"}
    assert answer.schema.records == pytest.approx(1000, rel=0.02)


def test_a_head_inside_its_first_row_asks_for_more_and_tells_what_it_knows() -> None:
    answer = classify("<r><e><a>1</a><b>x</b><c>unfin", tag="e", complete=False)

    assert answer.needs_more
    assert answer.schema is not None
    assert types(answer.schema) == {"a": "bigint", "b": "string", "c": "void"}
    assert "its first row is longer" in answer.schema.warnings[1]


def test_a_damaged_document_is_read_up_to_the_damage() -> None:
    schema = read("<r><e><a>1</a></e>\n<e><a>2</a></e>\n<e><a>3</b></e></r>")

    assert schema.records == 2
    assert not schema.exact
    assert "mismatched tag on line 3" in schema.warnings[1]


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html>\n<html><body><p>a</p><p>b</p></body></html>",
        "<HTML><p>a</p></HTML>",
        "<34>1 2003-10-11T22:14:15.003Z host app - - - text",
        "< 5, 6\n> 7, 8\n",
        "<b>Note</b> this is text",
        "a <b>c</b>",
        "<unclosed\n<other\n",
        "",
    ],
)
def test_what_only_looks_like_xml_is_left_to_others(text: str) -> None:
    assert classify(text).certainty == 0.0


def billion_laughs(use: str) -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE r [<!ENTITY l0 "lol">{entities}]><r><e>{use}</e><e>1</e></r>'


def test_entities_are_not_replaced() -> None:
    schema = read(billion_laughs("&l11;"))

    assert "'&l11;'" in schema.columns[0].reason
    assert "entities that it defines, such as &l11;, are not replaced" in schema.warnings


@pytest.mark.parametrize(
    "text",
    [
        billion_laughs("<x y='&l11;'/>"),
        "<a>" * 100_000,
        "<r><e>" + "<a>" * 100_000,
        "<r>" + "".join(f"<e><k{n}/></e>" for n in range(20_000)),
        "<r><e " + " ".join(f"k{n}='1'" for n in range(20_000)) + "></e>",
        "<r><e a='" + "x" * 1_000_000,
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><e>&x;</e></r>',
        '<!DOCTYPE r [<!ENTITY % x SYSTEM "file:///etc/passwd">%x;]><r><e>1</e></r>',
        "<" * 100_000,
        "<!--" + "-" * 100_000,
        "<r>" + "<e>1</e>" * 150_000,
    ],
    ids=[
        "laughs",
        "deep",
        "deeper",
        "wide",
        "broad",
        "long",
        "file",
        "parameter",
        "opened",
        "comment",
        "rows",
    ],
)
def test_documents_made_to_hurt_are_bounded(text: str) -> None:
    for complete in (True, False):
        answer = classify(text, complete=complete)
        assert "root:" not in str(answer)
        assert answer.schema is None or len(answer.schema.columns) <= 10_000


@given(st.binary(max_size=200), st.integers(0, len(BOOKS)))
def test_no_bytes_raise(data: bytes, cut: int) -> None:
    for complete in (True, False):
        answer = classify(BOOKS.encode()[:cut] + data, complete=complete)
        assert 0.0 <= answer.certainty <= 1.0


@settings(max_examples=50)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["a", "b-c", "d.e", "_f"]),
            st.integers(-(2**63), 2**63 - 1)
            | st.booleans()
            | st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=6),
            min_size=1,
        ),
        min_size=2,
        max_size=5,
    )
)
def test_a_written_row_is_found_again(rows: list[dict[str, int | bool | str]]) -> None:
    written = "".join(
        "<row>" + "".join(f"<{n}>{escape(str(v))}</{n}>" for n, v in row.items()) + "</row>"
        for row in rows
    )
    schema = read(f"<rows>{written}</rows>", tag="row")

    assert schema.records == len(rows)
    for name, found in types(schema).items():
        kinds = {type(row[name]) for row in rows if name in row}
        assert found == {int: "bigint", bool: "boolean"}.get(min(kinds, key=str), "string") or (
            len(kinds) > 1 and found == "string"
        )
