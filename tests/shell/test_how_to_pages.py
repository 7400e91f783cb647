"""Pages whose examples are sessions in Python do what they show."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import TYPE_CHECKING

from gluepot.jobs.context import GlueContext
from gluepot.jobs.parameters.glue_names import glue_names

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "choices.md"


def test_the_page_of_choices_shows_what_happens(spark: SparkSession) -> None:
    # An example's output ends with an empty line, not with the fence of its block.
    text = re.sub(r"^```.*$", "", PAGE.read_text(), flags=re.MULTILINE)
    names = {"glueContext": GlueContext(spark)}
    examples = doctest.DocTestParser().get_doctest(text, names, PAGE.name, str(PAGE), 0)
    said: list[str] = []

    with glue_names():
        results = doctest.DocTestRunner().run(examples, out=said.append)

    assert results.failed == 0, "".join(said)
    assert results.attempted == text.count("\n>>> ")
