"""The types of other systems by their Hive names, so that answers can be compared."""

from __future__ import annotations

import pyarrow as pa

DUCKDB = {
    "BIGINT": "bigint",
    "INTEGER": "int",
    "DOUBLE": "double",
    "FLOAT": "float",
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}
ARROW = {
    pa.int64(): "bigint",
    pa.int32(): "int",
    pa.float64(): "double",
    pa.float32(): "float",
    pa.string(): "string",
    pa.large_string(): "string",
    pa.bool_(): "boolean",
    pa.date32(): "date",
}


def from_arrow(kind: pa.DataType) -> str:
    """Return the Hive name of one of pyarrow's types; a name of its own where there is none.

    >>> from_arrow(pa.list_(pa.struct([("a", pa.int64())])))
    'array<struct<a:bigint>>'
    """
    if kind in ARROW:
        return ARROW[kind]
    if pa.types.is_list(kind):
        return f"array<{from_arrow(kind.value_type)}>"
    if pa.types.is_struct(kind):
        members = (f"{item.name}:{from_arrow(item.type)}" for item in kind)
        return f"struct<{','.join(members)}>"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    return str(kind)


def from_duckdb(text: str) -> str:
    """Return the Hive name of one of DuckDB's types; a name of its own where there is none.

    >>> from_duckdb('STRUCT(code VARCHAR, "below" STRUCT(a BIGINT)[])')
    'struct<code:string,below:array<struct<a:bigint>>>'
    """
    if text.endswith("[]"):
        return f"array<{from_duckdb(text[:-2])}>"
    if text.startswith("STRUCT("):
        members = (item.partition(" ") for item in _members(text[len("STRUCT(") : -1], "()"))
        told = (f"{name.strip(chr(34))}:{from_duckdb(kind)}" for name, _, kind in members)
        return f"struct<{','.join(told)}>"
    return DUCKDB.get(text, text.lower())


def sort_members(kind: str) -> str:
    """Return a Hive type with the members of its structs in the order of their names.

    >>> sort_members("array<struct<b:int,a:struct<d:int,c:int>>>")
    'array<struct<a:struct<c:int,d:int>,b:int>>'
    """
    outer, bracket, inner = kind.partition("<")
    if outer == "array":
        return f"array<{sort_members(inner[:-1])}>"
    if outer != "struct" or not bracket:
        return kind
    members = (item.partition(":") for item in _members(inner[:-1], "<>"))
    told = sorted(f"{name}:{sort_members(own)}" for name, _, own in members)
    return f"struct<{','.join(told)}>"


def _members(text: str, brackets: str) -> list[str]:
    """Cut at the commas that stand in no bracket."""
    members = [""]
    depth = 0
    for char in text:
        depth += {brackets[0]: 1, brackets[1]: -1}.get(char, 0)
        if char == "," and depth == 0:
            members.append("")
        else:
            members[-1] += char
    return [member.strip() for member in members]
