from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark import cloudpickle

from gluepot.transforms import gluetypes as G  # noqa: N812
from gluepot.transforms import packing, python_rows
from gluepot.transforms.rows import EXECUTOR_MODULES
from gluepot.transforms.shipping import ship

if TYPE_CHECKING:
    from pathlib import Path

BARE_EXECUTOR = """
import pickle, sys
import pyarrow as pa

class NoGluepot:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "gluepot":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NoGluepot())
batch = pa.record_batch({"n": [0, 1, 2], "s": [{"a": 1}, None, {"a": 3}]})
for run in pickle.load(open(sys.argv[1], "rb")):
    print([out.num_rows for out in run([batch])])
"""


def test_executors_need_no_gluepot(tmp_path: Path) -> None:
    ship(*EXECUTOR_MODULES)
    inner = G.StructType([G.Field("a", G.LongType())])
    kind = G.StructType([G.Field("n", G.LongType()), G.Field("s", inner)])
    origin = packing.Origin(site="s", info="i", source="f")
    declared = python_rows.Declared(
        kind=G.StructType([G.Field("n", G.LongType())]),
        schema=pa.schema([("n", pa.int64())]),
        zone="UTC",
    )
    runs = [
        python_rows.kept_batches(lambda each: each.s.a > 1, kind),
        python_rows.filter_error_batches(lambda each: 1 / each["n"], kind, origin),
        packing.packed_batches(
            packing.by_batch(python_rows.map_records(lambda each: {"n": 1 / each.n}, kind)),
            run_id="",
            origin=origin,
            expected=kind,
            record_type=kind,
            zone="UTC",
        ),
        python_rows.mapped_batches(lambda each: {"n": each.n}, kind, declared),
        python_rows.map_error_batches(lambda each: {"n": each.s.a}, kind, declared, origin),
    ]
    pickled = tmp_path / "functions"
    pickled.write_bytes(cloudpickle.dumps(runs))  # type: ignore[no-untyped-call]

    done = subprocess.run(
        [sys.executable, "-c", BARE_EXECUTOR, str(pickled)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == ["[1]", "[1]", "[1, 1]", "[3]", "[1]"]
