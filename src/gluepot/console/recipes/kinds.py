"""What a recipe can do to a table: each kind is a form, and a step of a declarative job."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gluepot.catalog.errors import InvalidInputError
from gluepot.transforms.paths import quote

Values = Mapping[str, Any]
"""What a form was filled in with: texts, and lists of columns."""

_PLAIN = re.compile(r"[A-Za-z_]\w*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a form.

    Attributes:
        kind: ``column``, ``columns``, ``text``, ``choice`` or ``number``.
        choices: Of a choice: what it stands for, and what it is called.
        optional: Whether it may be left empty.
    """

    name: str
    label: str
    kind: str = "text"
    choices: Mapping[str, str] | None = None
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of step.

    Attributes:
        name: In addresses and files.
        label: For people.
        fields: Its form.
        step: The transform of a declarative job, and its parameters.
        says: The step in words.
        after: The columns after it, of those before it.
        keeps_rows: Whether every row stays, in its place.
    """

    name: str
    label: str
    fields: tuple[Field, ...]
    step: Callable[[Values], tuple[str, dict[str, Any]]]
    says: Callable[[Values], str]
    after: Callable[[Sequence[str], Values], list[str]] = lambda before, _values: list(before)
    keeps_rows: bool = True

    def read(self, given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Return the values of a posted form.

        Raises:
            InvalidInputError: A field is empty, or not one of its choices.
        """
        found: dict[str, Any] = {}
        for field in self.fields:
            values = [each for each in given.get(field.name, ()) if each != ""]
            if not values and not field.optional:
                raise InvalidInputError(f"{self.label}: {field.label} is missing")
            if field.kind == "columns":
                found[field.name] = list(values)
                continue
            value = values[-1] if values else ""
            if field.choices is not None and value not in field.choices:
                raise InvalidInputError(f"{self.label}: {field.label} cannot be {value!r}")
            if field.kind == "number" and value and not value.isdigit():
                raise InvalidInputError(f"{self.label}: {field.label} must be a whole number")
            found[field.name] = value
        return found


def path_of(column: str) -> str:
    """Return a column as a path of Glue's transforms: a dot in its name is no member."""
    return column if _PLAIN.fullmatch(column) else quote(column)


def text_of(value: str) -> str:
    r"""Return a text as a literal of Spark SQL.

    >>> print(text_of("it's \\n"))
    'it\'s \\n'
    """
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def literal_of(value: str) -> str:
    """Return a number as it is, and anything else as a text."""
    return value if _NUMBER.fullmatch(value) else text_of(value)


_TYPES = {
    "bigint": "a whole number",
    "double": "a number",
    "decimal(18,2)": "money, with two digits",
    "string": "a text",
    "date": "a date",
    "timestamp": "a time",
    "boolean": "true or false",
}
_TESTS = {
    "=": "is",
    "<>": "is not",
    ">": "is more than",
    ">=": "is at least",
    "<": "is less than",
    "<=": "is at most",
    "contains": "contains",
    "startswith": "begins with",
    "isnotnull": "has a value",
    "isnull": "has no value",
}
_CLEANINGS = {
    "trim({})": "white space around it goes",
    "lower({})": "small letters",
    "upper({})": "capital letters",
    "initcap({})": "each word begins with a capital",
    "regexp_replace({}, '\\\\s+', ' ')": "several spaces become one",
    "nullif(trim({}), '')": "blank becomes nothing",
}
_COLUMN = Field(name="column", label="Column", kind="column")
_COLUMNS = Field(name="columns", label="Columns", kind="columns")


def _map(column: str, expression: str) -> tuple[str, dict[str, Any]]:
    return "Map", {"columns": {column: expression}}


def _condition(values: Values) -> str:
    column, test, value = quote(values["column"]), values["test"], values["value"]
    if test in {"isnull", "isnotnull"}:
        return f"{test}({column})"
    if test in {"contains", "startswith"}:
        return f"{test}({column}, {text_of(value)})"
    return f"{column} {test} {literal_of(value)}"


def _renamed(before: Sequence[str], values: Values) -> list[str]:
    return [values["name"] if each == values["column"] else each for each in before]


def _with(before: Sequence[str], values: Values) -> list[str]:
    return [*before, *([values["name"]] if values["name"] not in before else [])]


def _dedupe(values: Values) -> tuple[str, dict[str, Any]]:
    given: dict[str, Any] = {}
    if values["columns"]:
        given["keys"] = [path_of(each) for each in values["columns"]]
    if values["alike"] == "nearly":
        given |= {"normalize": True, "max_edits": int(values["edits"] or 0)}
    return "DropDuplicates", given


def _said_duplicates(values: Values) -> str:
    of = ", ".join(values["columns"]) or "all columns"
    nearly = "nearly " if values["alike"] == "nearly" else ""
    return f"Keep one of the rows that are {nearly}the same in {of}"


_ALL = (
    Kind(
        name="filter",
        keeps_rows=False,
        label="Keep rows where",
        fields=(
            _COLUMN,
            Field(name="test", label="Test", kind="choice", choices=_TESTS),
            Field(name="value", label="Value", optional=True),
        ),
        step=lambda values: ("Filter", {"expression": _condition(values)}),
        says=lambda values: (
            f"Keep rows where {values['column']} {_TESTS[values['test']]} {values['value']}".strip()
        ),
    ),
    Kind(
        name="rename",
        label="Rename a column",
        fields=(_COLUMN, Field(name="name", label="New name")),
        step=lambda values: (
            "RenameField",
            {"old_name": path_of(values["column"]), "new_name": path_of(values["name"])},
        ),
        says=lambda values: f"Rename {values['column']} to {values['name']}",
        after=_renamed,
    ),
    Kind(
        name="cast",
        label="Change a column's type",
        fields=(_COLUMN, Field(name="type", label="Becomes", kind="choice", choices=_TYPES)),
        step=lambda values: _map(
            values["column"], f"try_cast({quote(values['column'])} AS {values['type']})"
        ),
        says=lambda values: (
            f"Make {values['column']} {_TYPES[values['type']]}; what is none becomes null"
        ),
    ),
    Kind(
        name="clean",
        label="Clean texts",
        fields=(_COLUMN, Field(name="how", label="How", kind="choice", choices=_CLEANINGS)),
        step=lambda values: _map(values["column"], values["how"].format(quote(values["column"]))),
        says=lambda values: f"Clean {values['column']}: {_CLEANINGS[values['how']]}",
    ),
    Kind(
        name="replace",
        label="Replace a text",
        fields=(
            _COLUMN,
            Field(name="old", label="Text"),
            Field(name="new", label="By", optional=True),
        ),
        step=lambda values: _map(
            values["column"],
            f"replace({quote(values['column'])}, {text_of(values['old'])},"
            f" {text_of(values['new'])})",
        ),
        says=lambda values: f"Replace {values['old']!r} by {values['new']!r} in {values['column']}",
    ),
    Kind(
        name="fill",
        label="Fill missing values",
        fields=(_COLUMN, Field(name="value", label="With")),
        step=lambda values: _map(
            values["column"],
            f"coalesce({quote(values['column'])}, {literal_of(values['value'])})",
        ),
        says=lambda values: f"Fill missing {values['column']} with {values['value']}",
    ),
    Kind(
        name="derive",
        label="Add a computed column",
        fields=(
            Field(name="name", label="New column"),
            Field(name="expression", label="Spark SQL, such as price * quantity"),
        ),
        step=lambda values: _map(values["name"], values["expression"]),
        says=lambda values: f"Add {values['name']}: {values['expression']}",
        after=_with,
    ),
    Kind(
        name="drop",
        label="Drop columns",
        fields=(_COLUMNS,),
        step=lambda values: (
            "DropFields",
            {"paths": [path_of(each) for each in values["columns"]]},
        ),
        says=lambda values: f"Drop {', '.join(values['columns'])}",
        after=lambda before, values: [each for each in before if each not in values["columns"]],
    ),
    Kind(
        name="keep",
        label="Keep only columns",
        fields=(_COLUMNS,),
        step=lambda values: (
            "SelectFields",
            {"paths": [path_of(each) for each in values["columns"]]},
        ),
        says=lambda values: f"Keep only {', '.join(values['columns'])}",
        after=lambda _before, values: list(values["columns"]),
    ),
    Kind(
        name="dedupe",
        keeps_rows=False,
        label="Drop duplicates",
        fields=(
            Field(name="columns", label="Same in (all if none)", kind="columns", optional=True),
            Field(
                name="alike",
                label="How alike",
                kind="choice",
                choices={"exactly": "exactly", "nearly": "nearly: case and accents do not count"},
            ),
            Field(name="edits", label="Characters that may differ", kind="number", optional=True),
        ),
        step=_dedupe,
        says=_said_duplicates,
    ),
    Kind(
        name="empty",
        label="Drop empty columns",
        fields=(),
        step=lambda _values: ("DropNullFields", {"all_null": True}),
        says=lambda _values: "Drop columns that are empty in every row",
    ),
    Kind(
        name="where",
        keeps_rows=False,
        label="Keep rows by Spark SQL",
        fields=(Field(name="expression", label="Condition, such as price > 0 and city = 'Rome'"),),
        step=lambda values: ("Filter", {"expression": values["expression"]}),
        says=lambda values: f"Keep rows where {values['expression']}",
    ),
)
KINDS: Mapping[str, Kind] = {each.name: each for each in _ALL}
