"""Secrets by reference: what stands for what, and that nothing of them is said."""

from __future__ import annotations

import io
import itertools
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.catalog.errors import InvalidInputError
from gluepot.jobs.parameters.secret_references import MASK, Masker, SecretError, resolve
from gluepot.jobs.sessions.masked_jvm import masked_jvm
from gluepot.jobs.sessions.masked_streams import LONGEST_LINE, MaskedStream, masked_streams

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

CONNECTIONS = {"db:main": {"PASSWORD": "pa$$ word", "USERNAME": "etl"}}
SECRET = st.text(st.characters(blacklist_characters="\r\n*", codec="utf-8"), min_size=4)


def opened(value: str) -> tuple[str, tuple[str, ...]]:
    found, secrets = resolve({"--x": value}, CONNECTIONS.__getitem__)
    return found["--x"], secrets


def test_each_kind_of_reference_is_opened_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "t0ken")
    (tmp_path / "key").write_bytes(b"line\nkey\r\n")
    text = (
        f"a {{{{env:TOKEN}}}} {{{{file:{tmp_path / 'key'}}}}} {{{{connection:db:main:PASSWORD}}}}"
    )

    assert opened(text) == ("a t0ken line\nkey pa$$ word", ("t0ken", "line\nkey", "pa$$ word"))


@pytest.mark.parametrize(
    "text", ["{{ env:TOKEN }}", "{{var:x}}", "{env:TOKEN}", "{{env:}}", "$TOKEN"]
)
def test_what_is_no_reference_stays(text: str) -> None:
    assert opened(text) == (text, ())


def test_a_secret_is_not_looked_through_for_references(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTER", "{{env:INNER}}")

    assert opened("{{env:OUTER}}")[0] == "{{env:INNER}}"


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("{{env:NOBODY_SET_THIS}}", SecretError, "no variable NOBODY_SET_THIS"),
        ("{{file:/nowhere}}", SecretError, "/nowhere cannot be read"),
        ("{{connection:db:main:KEY}}", SecretError, "no KEY; it has: PASSWORD, USERNAME"),
        ("{{connection:db}}", InvalidInputError, "names no property"),
    ],
)
def test_a_secret_that_cannot_be_had_is_named(text: str, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said) as error:
        opened(text)

    assert "pa$$" not in str(error.value)


@given(secrets=st.lists(SECRET, min_size=1, max_size=3), around=st.text(max_size=5))
def test_what_is_masked_holds_no_secret(secrets: list[str], around: str) -> None:
    masker = Masker(secrets)
    shown = masker.mask(around.join(secrets) + repr(secrets))

    for secret in secrets:
        assert secret not in shown.replace(MASK, "\n")
    assert masker.mask_all({"a": [secrets[0], 1, None]}) == {"a": [MASK, 1, None]}


@given(
    lines=st.lists(st.sampled_from(["a s3cret b", "s3cret", "plain", ""]), max_size=5),
    cuts=st.lists(st.integers(0, 60), max_size=8),
)
def test_a_secret_in_parts_is_masked_and_all_else_passes(lines: list[str], cuts: list[int]) -> None:
    text = "\n".join(lines)
    below = io.StringIO()
    stream = MaskedStream(below, Masker(["s3cret"]))
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    for start, end in itertools.pairwise(places):
        stream.write(text[start:end])
        stream.flush()
    stream.finish()

    assert below.getvalue() == text.replace("s3cret", MASK)


def test_a_line_without_an_end_is_let_go() -> None:
    below = io.StringIO()
    stream = MaskedStream(below, Masker(["s3cret"]))

    stream.write("x" * (2 * LONGEST_LINE))

    assert len(below.getvalue()) > LONGEST_LINE


@given(before=st.integers(LONGEST_LINE - 10, LONGEST_LINE + 2), cut=st.integers(0, 6))
def test_a_secret_at_the_end_of_a_part_of_a_long_line_is_masked(before: int, cut: int) -> None:
    below = io.StringIO()
    stream = MaskedStream(below, Masker(["s3cret", "other"]))
    text = "x" * before + "s3cret" + "y" * 20

    stream.write(text[: before + cut])
    stream.write(text[before + cut :])
    stream.finish()

    assert below.getvalue() == text.replace("s3cret", MASK)


def test_streams_are_masked_inside_the_block_alone(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout
    with masked_streams(Masker(["s3cret"])):
        print("a s3cret", end="")  # noqa: T201 - what is tested
        sys.stderr.write("b s3cret\n")
    with masked_streams(Masker()):
        assert sys.stdout is before

    said = capsys.readouterr()
    assert (said.out, said.err) == (f"a {MASK}", f"b {MASK}\n")


def test_what_a_started_program_says_is_masked(capfd: pytest.CaptureFixture[str]) -> None:
    with masked_streams(Masker(["s3cret"])):
        for stream in ("1", "2"):
            subprocess.run(["/bin/sh", "-c", f"echo a s3cret >&{stream}"], check=True)
    subprocess.run(["/bin/sh", "-c", "echo s3cret"], check=True)

    said = capfd.readouterr()
    assert (said.out, said.err) == (f"a {MASK}\ns3cret\n", f"a {MASK}\n")


def test_what_the_jvm_says_is_masked_in_its_own_streams(spark: SparkSession) -> None:
    jvm: Any = spark._jvm
    system, kept = jvm.java.lang.System, jvm.java.io.ByteArrayOutputStream()
    before = system.err
    system.setErr(jvm.java.io.PrintStream(kept))
    try:
        with masked_jvm(Masker(["s3cret", "first\nsécond"])):
            system.err.print("a s3")
            system.err.println("cret b")
            jvm.java.lang.Exception("at jdbc:x?password=s3cret\nfirst, sécond").printStackTrace()
        system.err.println("s3cret")
    finally:
        system.setErr(before)

    said = kept.toString("UTF-8").splitlines()
    assert said[0] == f"a {MASK} b"
    assert said[1] == f"java.lang.Exception: at jdbc:x?password={MASK}"
    assert said[2] == f"{MASK}, {MASK}"
    assert said[-1] == "s3cret"


def test_without_a_jvm_there_is_nothing_to_mask_in_it() -> None:
    program = (
        "from gluepot.jobs.sessions.masked_jvm import masked_jvm\n"
        "from gluepot.jobs.parameters.secret_references import Masker\n"
        "with masked_jvm(Masker(['s3cret'])): print('done')"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout == b"done\n"
