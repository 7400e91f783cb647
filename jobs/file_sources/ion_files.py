"""Amazon Ion files, text and binary: a struct for each record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluepot.jobs.file_sources import ion_values
from gluepot.jobs.file_sources.opened import Opened
from gluepot.jobs.reading.sources import only_chosen, plain_reader
from gluepot.transforms.packed import Packed
from gluepot.transforms.packing import by_batch
from gluepot.transforms.shipping import ship

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from gluepot.jobs.reading.inputs import SourceInput
    from gluepot.transforms.packing import Origin


def open_ion(spark: SparkSession, source: SourceInput, origin: Origin) -> Opened:
    """Return the structs of Ion files, choices where their fields differ in type.

    Files are read once, when rows or types are first needed, each as a whole.
    """
    ship(ion_values)
    files = only_chosen(plain_reader(spark).format("binaryFile"), source).select("path", "content")
    packed = Packed(source=files, produce=by_batch(ion_values.ion_records), origin=origin)
    return Opened(plan=packed.rows, errors=packed.errors, lazily=True)
