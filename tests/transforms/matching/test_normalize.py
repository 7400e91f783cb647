from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F  # noqa: N812

from gluepot.transforms.matching.comparing.normalize import normalized

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TEXTS = {
    "José GARCÍA": "jose garcia",
    "Jose\u0301": "jose",
    "O'Brien": "obrien",
    "O\u2019Brien": "obrien",
    "Smith-Jones,  Jr.": "smith jones jr",
    "\tStraße\n9 ": "strasse 9",
    "Łódź": "lodz",
    "Ægir Þór Øster": "aegir thor oster",
    "ΑΘΉΝΑ": "αθηνα",
    "Ivan\u00a0\uff21": "ivan a",
    "--": "",
}


@pytest.mark.parametrize("text", [*TEXTS, None])
def test_texts_are_compared_by_words_alone(spark: SparkSession, text: str | None) -> None:
    source = spark.createDataFrame([(text,)], "text string")

    row = source.select(normalized(F.col("text")).alias("normal")).first()

    assert row is not None
    assert row.normal == (None if text is None else TEXTS[text])
