"""Splink on DuckDB as its documentation sets it up for persons, for the columns of the bench."""

from __future__ import annotations

import logging
import warnings
from functools import partial
from typing import TYPE_CHECKING

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from matching_runs.runners.splink import duplicates, read
from matching_runs.task import Found, tables

if TYPE_CHECKING:
    from pathlib import Path

THRESHOLD, OTHER_THRESHOLDS = 0.95, (0.5, 0.99, 0.999)
SETTINGS = SettingsCreator(
    link_type="dedupe_only",
    blocking_rules_to_generate_predictions=[
        block_on("given_name", "surname"),
        block_on("surname", "date_of_birth"),
        block_on("given_name", "date_of_birth"),
        block_on("given_name", "postcode"),
        block_on("surname", "town", "substr(street, 1, 3)"),
        block_on("date_of_birth", "postcode"),
        block_on("email"),
        block_on("phone", "given_name"),
    ],
    comparisons=[
        cl.ForenameSurnameComparison("given_name", "surname"),
        cl.DateOfBirthComparison("date_of_birth", input_is_string=True),
        # Street, town and postcode tell the same thing: one comparison, as it recommends.
        cl.CustomComparison(
            output_column_name="address",
            comparison_levels=[
                cll.And(cll.NullLevel("street"), cll.NullLevel("postcode")),
                cll.And(cll.ExactMatchLevel("street"), cll.ExactMatchLevel("postcode")),
                cll.JaroWinklerLevel("street", 0.92),
                cll.ExactMatchLevel("postcode"),
                cll.ElseLevel(),
            ],
        ),
        cl.DamerauLevenshteinAtThresholds("phone", [1, 2]),
        cl.EmailComparison("email"),
    ],
    retain_matching_columns=False,
)
SURE = [
    block_on("given_name", "surname", "date_of_birth"),
    block_on("email", "date_of_birth"),
    block_on("given_name", "surname", "postcode"),
]


def run(folder: Path) -> Found:
    """Match the one table of a folder."""
    warnings.simplefilter("ignore")
    logging.getLogger("splink").setLevel(logging.ERROR)
    [file] = tables(folder)
    frame = read(file)
    # Its comparison of both names wants them joined, for how often they occur together.
    frame["given_name_surname_concat"] = frame["given_name"] + " " + frame["surname"]
    linker = Linker(frame, SETTINGS, db_api=DuckDBAPI())
    linker.training.estimate_probability_two_random_records_match(SURE, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for block in (
        block_on("given_name", "surname"),
        block_on("date_of_birth"),
        block_on("email"),
    ):
        linker.training.estimate_parameters_using_expectation_maximisation(block)
    predicted = linker.inference.predict(threshold_match_probability=0.01)
    return Found(
        pairs=list(duplicates(linker, predicted, THRESHOLD)),
        at={other: partial(duplicates, linker, predicted, other) for other in OTHER_THRESHOLDS},
        details={"threshold": THRESHOLD},
    )
