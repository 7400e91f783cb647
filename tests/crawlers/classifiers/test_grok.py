"""Grok patterns: names, fields, types and engines, and files cut by them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.classifier_rules import GROK_NAMES
from gluepot.catalog.errors import InvalidInputError
from gluepot.catalog.types import print_type
from gluepot.crawlers.classifiers.grok import compile_grok
from gluepot.crawlers.classifiers.grok_classifier import GrokClassifier
from gluepot.crawlers.classifiers.grok_match import checked, match_lines
from tests.crawlers.classifiers.heads import head

EXAMPLES = {
    "USERNAME": "j.doe-1",
    "INT": "-12",
    "NUMBER": "+1.5",
    "BASE16NUM": "0xFf",
    "BASE16FLOAT": "0x1.8",
    "BOOLEAN": "TRUE",
    "QUOTEDSTRING": '"a \\"b\\" c"',
    "QS": "'it'",
    "UUID": "5c5a7a3e-8d59-4f6b-9b8e-0123456789ab",
    "MAC": "00-1B-44-11-3A-B7",
    "CISCOMAC": "001b.4411.3ab7",
    "COMMONMAC": "00:1b:44:11:3a:b7",
    "IPV6": "fe80::1ff:fe23:4567:890a",
    "IPV4": "255.0.10.9",
    "IP": "::ffff:10.0.0.1",
    "HOSTNAME": "db-1.example.com",
    "IPORHOST": "10.0.0.1",
    "HOSTPORT": "example.com:8080",
    "UNIXPATH": "/var/log/a-b.log",
    "WINPATH": "C:\\Windows\\System32",
    "TTY": "/dev/pts/0",
    "URI": "https://joe:pw@example.com:8443/a/b?c=d&e",
    "URIPATHPARAM": "/a/b?c=d",
    "MONTH": "September",
    "MONTHNUM": "09",
    "MONTHDAY": "31",
    "DAY": "Tuesday",
    "YEAR": "2024",
    "TIME": "23:59:60.123",
    "DATE_US": "12/31/2024",
    "DATE_EU": "31.12.2024",
    "DATESTAMP_US": "12/31/2024 10:11:12",
    "TIMESTAMP_ISO8601": "2024-12-31T10:11:12.345+01:00",
    "TZ": "PST",
    "DATESTAMP_RFC822": "Tue Mar 12 2024 10:11:12 UTC",
    "DATESTAMP_RFC2822": "Tue, 12 Mar 2024 10:11:12 +0100",
    "DATESTAMP_OTHER": "Tue Mar 12 10:11:12 UTC 2024",
    "DATESTAMP_EVENTLOG": "20240312101112",
    "CISCOTIMESTAMP": "Mar  2 2024 10:11:12",
    "SYSLOGTIMESTAMP": "Mar  2 10:11:12",
    "SYSLOGFACILITY": "<1.6>",
    "HTTPDATE": "10/Oct/2000:13:55:36 -0700",
    "LOGLEVEL": "warning",
    "SYSLOGBASE": "Mar  2 10:11:12 web-1 sshd[12]:",
    "MESSAGESLOG": "Mar  2 10:11:12 web-1 sshd[12]: hello",
}


def read(pattern: str, text: str, custom: str = "") -> dict[str, str | None] | None:
    """Return the fields of one line, by whichever engine takes the pattern."""
    grok = checked(compile_grok(pattern, custom))
    (found,) = match_lines(grok, [text])
    if found is None:
        return None
    return dict(zip((item.name for item in grok.fields), found, strict=True))


def classifier(pattern: str, custom: str = "") -> GrokClassifier:
    grok = checked(compile_grok(pattern, custom))
    return GrokClassifier(name="mine", classification="my_log", grok=grok)


def test_every_name_that_a_classifier_may_use_is_there_and_linear() -> None:
    for name in sorted(GROK_NAMES):
        assert checked(compile_grok(f"%{{{name}:x}}")).re2 is not None


@pytest.mark.parametrize(("name", "text"), EXAMPLES.items(), ids=EXAMPLES.keys())
def test_a_name_matches_all_of_what_it_stands_for(name: str, text: str) -> None:
    found = read(f"^%{{{name}:x}}$", text)

    assert found is not None
    assert found["x"] == text
    assert read(f"^%{{{name}:x}}$", "~ ~") is None


@pytest.mark.parametrize(("name", "text"), [("IPV4", "256.1.1.1"), ("MONTHNUM", "13")])
def test_a_name_refuses_what_is_out_of_range(name: str, text: str) -> None:
    assert read(f"^%{{{name}:x}}$", text) is None


def test_fields_have_the_types_that_the_pattern_says() -> None:
    grok = compile_grok(
        "%{INT:a:byte} %{INT:b:short} %{INT:c:int} %{INT:d:long} %{NUMBER:e:float}"
        " %{NUMBER:f:double} %{BOOLEAN:g:boolean} %{WORD:h} %{WORD:UNWANTED} %{WORD:i:string}"
    )

    assert [(item.name, print_type(item.type)) for item in grok.fields] == [
        *[("a", "tinyint"), ("b", "smallint"), ("c", "int"), ("d", "bigint"), ("e", "float")],
        *[("f", "double"), ("g", "boolean"), ("h", "string"), ("i", "string")],
    ]


def test_custom_patterns_may_name_fields_and_hold_groups() -> None:
    custom = "LEVEL (?i)(low|high)\nPAIR %{WORD:key}=(?<value>[^;]*)\n\n"

    assert read("%{LEVEL:level} %{PAIR}", "HIGH size=4 m;", custom) == {
        "level": "HIGH",
        "key": "size",
        "value": "4 m",
    }


def test_a_field_of_two_branches_is_one_column() -> None:
    pattern = "(?:user=%{WORD:who}|id=%{INT:who})"

    assert read(pattern, "id=7") == {"who": "7"}
    assert read(pattern, "user=eve") == {"who": "eve"}


@pytest.mark.parametrize(
    ("pattern", "text", "fields"),
    [
        (r"(?>a+)(?<x>b)", "aab", {"x": "b"}),
        (r"a++(?<x>b)", "aab", {"x": "b"}),
        (r"(?<![0-9])%{INT:x}(?= ms)", "took 12 ms", {"x": "12"}),
        (r"(?<q>['\"])%{WORD:x}\1", "say 'hi'", {"q": "'", "x": "hi"}),
        (r"[[:alpha:]]+\h%{INT:x}", "ab\t5", {"x": "5"}),
    ],
)
def test_expressions_of_java_are_taken(
    pattern: str, text: str, fields: dict[str, str | None]
) -> None:
    assert read(pattern, text) == fields


@pytest.mark.parametrize(
    ("pattern", "custom", "said"),
    [
        ("%{NOPE:x}", "", "unknown pattern NOPE"),
        ("%{IPP:x}", "", "Did you mean"),
        ("%{INT:x:decimal}", "", "the type 'decimal'"),
        ("%{INT:x", "", "right is %{NAME}"),
        ("%{INT} only", "", "names no field"),
        ("%{A:x}", "A %{B}\nB %{A}", "lead back to themselves"),
        ("%{A:x}", "A", "Line 1 of CustomPatterns"),
        ("%{INT:x}(", "", "not a regular expression"),
        (
            "%{A0:x}",
            "\n".join(f"A{i} " + f"%{{A{i + 1}}}" * 10 for i in range(9)) + "\nA9 x",
            "may",
        ),
    ],
)
def test_what_is_no_pattern_says_why(pattern: str, custom: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said.replace("{", r"\{")):
        checked(compile_grok(pattern, custom))


def test_the_certainty_is_the_share_of_lines_that_match() -> None:
    text = "1.2.3.4 200\n\n5.6.7.8 404\nstack trace\n9.9.9.9 500\n"
    answer = classifier("%{IP:client} %{INT:status:int}").classify(head(text))

    assert answer.certainty == 0.75
    assert answer.classifier == "mine"
    assert answer.schema is not None
    assert answer.schema.format == "my_log"
    assert answer.schema.records == 4
    assert answer.schema.warnings == ("lines 4 do not match the pattern: their columns are null",)
    assert answer.schema.columns[1].reason == "the pattern says int, such as '200' on line 1"


def test_a_table_is_told_its_patterns() -> None:
    schema = classifier("%{TWO:x}", "TWO [0-9]{2}").classify(head("12\n")).schema

    assert schema is not None
    assert schema.storage == "grok"
    assert schema.parameters == {"grokPattern": "%{TWO:x}", "grokCustomPatterns": "TWO [0-9]{2}"}
    assert schema.serde_parameters == {
        "input.format": "%{TWO:x}",
        "input.grokCustomPatterns": "TWO [0-9]{2}",
    }


def test_no_match_is_no_answer() -> None:
    answer = classifier("%{IP:client}").classify(head("nothing here\n"))

    assert answer.certainty == 0.0
    assert "line 1 is 'nothing here'" in answer.reason


def test_a_head_without_a_whole_line_asks_for_more() -> None:
    assert classifier("%{IP:client}").classify(head("1.2.3.", complete=False)).needs_more


@pytest.mark.parametrize("pattern", ["(a+)+b%{INT:x}", "(.*,)*%{INT:x};", "(x*)*(y*)*%{IP:x}!"])
def test_patterns_that_would_take_forever_do_not(pattern: str) -> None:
    answer = classifier(pattern).classify(head(("a" * 5_000 + "," * 5_000 + "\n") * 20))

    assert answer.certainty == 0.0


def test_a_pattern_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gluepot.crawlers.classifiers.grok_match.TIMEOUT_SECONDS", 0.3)
    answer = classifier(r"(?=a)(a+)+b%{INT:x}").classify(head("a" * 64 + "\n"))

    assert answer.certainty == 0.0
    assert "needs more than 0.3 s" in answer.reason


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    for complete in (True, False):
        answer = classifier("%{WORD:a} %{GREEDYDATA:b}").classify(head(data, complete=complete))
        assert 0.0 <= answer.certainty <= 1.0
