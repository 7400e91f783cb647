from __future__ import annotations

import pyarrow as pa
import pytest

from gluepot.transforms.matching.comparing.cleaning import cleaned
from gluepot.transforms.matching.comparing.profile import Kind


@pytest.mark.parametrize(
    ("kind", "written", "clean"),
    [
        (Kind.PHONE, ["+34 944 40-40 18", None], ["34 944 40 40 18", ""]),
        (Kind.DATE, ["2007-09-11", "11.09.2007", "11/9/07", "20070911"], ["20070911"] * 4),
        (Kind.DATE, ["19729518", "1972-05-18T00:00:00"], ["19729518", "19720518"]),
        (Kind.NAME, ["Беляева", "Beliaeva", "ЩУКИН", "Дмитрий"], ["beliaeva"] * 2),
        (Kind.ADDRESS, ["к. Ростов-на-Дону", "k. Rostov-na-Donu"], ["k rostov na donu"] * 2),
        (Kind.NAME, ["Γιώργος", "Giorgos"], ["giorgos", "giorgos"]),
        (Kind.TEXT, ["Müller", "赵", ""], ["muller", "赵", ""]),
    ],
)
def test_values_are_written_in_one_way(
    kind: Kind, written: list[str | None], clean: list[str]
) -> None:
    found = cleaned(pa.array(written, pa.large_string()), kind).to_pylist()

    assert found[: len(clean)] == clean
    assert None not in found


def test_letters_that_are_spelt_with_several_are() -> None:
    spelt = cleaned(pa.array(["ЩУКИН", "Дмитрий"], pa.large_string()), Kind.NAME)
    assert spelt.to_pylist() == ["shchukin", "dmitrii"]
