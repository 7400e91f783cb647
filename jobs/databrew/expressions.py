"""Operations of recipes that make one column by an expression of Spark SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gluepot.jobs.databrew.sql import column, literal, missing, number_of, quoted_pattern, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gluepot.jobs.databrew.recipe import Action

Formula = Callable[["Action"], str]

_TYPES = {
    "boolean": "BOOLEAN",
    "date": "DATE",
    "decimal": "DECIMAL(38,10)",
    "double": "DOUBLE",
    "float": "DOUBLE",
    "int": "INT",
    "integer": "INT",
    "long": "BIGINT",
    "bigint": "BIGINT",
    "number": "DOUBLE",
    "string": "STRING",
    "timestamp": "TIMESTAMP",
}
_DATE_FORMATS = {
    "mm/dd/yyyy": "MM/dd/yyyy",
    "mm-dd-yyyy": "MM-dd-yyyy",
    "dd month yyyy": "dd MMMM yyyy",
    "month yyyy": "MMMM yyyy",
    "dd month": "dd MMMM",
}
_PUNCTUATION = "[.!,?]"
_QUOTES = "['\"]"
_REMOVED = (
    ("removeAllPunctuation", _PUNCTUATION),
    ("removeAllQuotes", _QUOTES),
    ("removeAllWhitespace", r"\s"),
    ("removeLetters", "[A-Za-z]"),
    ("removeNumbers", "[0-9]"),
    ("removeSpecialCharacters", r"[!-/:-@\[-`{-~]"),
    ("removeLeadingAndTrailingPunctuation", f"^{_PUNCTUATION}+|{_PUNCTUATION}+$"),
    ("removeLeadingAndTrailingQuotes", f"^{_QUOTES}+|{_QUOTES}+$"),
    ("removeLeadingAndTrailingWhitespace", r"^\s+|\s+$"),
)
_CUSTOM = ("removeCustomCharacters", "customCharacters", "removeCustomValue", "customValue")
COMBINED = ("collapseConsecutiveWhitespace", *(name for name, _ in _REMOVED), *_CUSTOM)


@dataclass(frozen=True, kw_only=True)
class Expression:
    """An operation: its parameters beside the source and target, and the SQL that it is.

    Attributes:
        does: For the table of the documentation.
        sql: Makes the expression.
        parameters: Those that ``sql`` reads, and those that change nothing here.
        sources: The parameters that name columns; the first is the target where none is told.
    """

    does: str
    sql: Formula
    parameters: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("sourceColumn",)

    @property
    def takes(self) -> tuple[str, ...]:
        """Return all parameters."""
        return (*self.sources, *self.parameters, "targetColumn")


def _text(action: Action) -> str:
    return text_of(action.text("sourceColumn"))


def _number(action: Action) -> str:
    return number_of(action.text("sourceColumn"))


def _of_text(template: str) -> Formula:
    return lambda action: template.format(_text(action))


def _of_number(template: str) -> Formula:
    return lambda action: template.format(_number(action))


def _of_time(template: str) -> Formula:
    return lambda action: template.format(f"TRY_CAST({_text(action)} AS TIMESTAMP)")


def _sentence_case(action: Action) -> str:
    text = _text(action)
    return f"CONCAT(UPPER(LEFT({text}, 1)), LOWER(SUBSTRING({text}, 2)))"


def _prefixed(action: Action) -> str:
    return f"CONCAT({literal(action.text('pattern'))}, {_text(action)})"


def _suffixed(action: Action) -> str:
    return f"CONCAT({_text(action)}, {literal(action.text('pattern'))})"


def _removed(action: Action) -> str:
    sql = _text(action)
    patterns = [pattern for name, pattern in _REMOVED if action.switch(name)]
    if action.switch("removeCustomCharacters"):
        characters = action.text("customCharacters")
        patterns.append("|".join(quoted_pattern(each) for each in characters))
    if action.switch("removeCustomValue"):
        patterns.append(quoted_pattern(action.text("customValue")))
    for pattern in patterns:
        sql = f"REGEXP_REPLACE({sql}, {literal(pattern)}, '')"
    if action.switch("collapseConsecutiveWhitespace"):
        pattern = literal(r"\s{2,}")
        sql = f"REGEXP_REPLACE({sql}, {pattern}, ' ')"
    return sql


def _value(action: Action) -> str:
    return str(action.parameters.get("value") or "")


def _replacement(text: str) -> str:
    return literal(text.replace("\\", "\\\\").replace("$", "\\$"))


def _replaced(action: Action) -> str:
    pattern = literal(action.text("pattern"))
    return f"REGEXP_REPLACE({_text(action)}, {pattern}, {_replacement(_value(action))})"


def _replaced_between(action: Action) -> str:
    start, end = action.text("startPattern"), action.text("endPattern")
    pattern = literal(f"(?:{start})[\\s\\S]*?(?:{end})")
    return f"REGEXP_REPLACE({_text(action)}, {pattern}, {_replacement(_value(action))})"


def _positions(action: Action) -> tuple[int, int]:
    start, end = action.whole("startPosition"), action.whole("endPosition")
    if end < start:
        raise action.fault(f"endPosition {end} is before startPosition {start}")
    return start, end


def _replaced_at(action: Action) -> str:
    start, end = _positions(action)
    text = _text(action)
    kept = f"LEFT({text}, {start}), {literal(_value(action))}, SUBSTRING({text}, {end + 1})"
    return f"CONCAT({kept})"


def _extracted(action: Action) -> str:
    return f"NULLIF(REGEXP_EXTRACT({_text(action)}, {literal(action.text('pattern'))}, 0), '')"


def _extracted_between(action: Action) -> str:
    start, end = action.text("startPattern"), action.text("endPattern")
    # Groups of the patterns themselves would shift the number of ours, so it has a look-behind.
    pattern = literal(f"(?<={start})[\\s\\S]*?(?={end})")
    return f"NULLIF(REGEXP_EXTRACT({_text(action)}, {pattern}, 0), '')"


def _extracted_at(action: Action) -> str:
    start, end = _positions(action)
    return f"SUBSTRING({_text(action)}, {start + 1}, {end - start})"


def _cast(action: Action) -> str:
    kind = action.text("columnDataType").lower()
    if kind not in _TYPES:
        raise action.fault(f"there is no type {kind!r}. There are: {', '.join(_TYPES)}")
    return f"TRY_CAST({column(action.text('sourceColumn'))} AS {_TYPES[kind]})"


def _formatted(action: Action) -> str:
    named = action.text("targetDateFormat")
    if named not in _DATE_FORMATS:
        known = ", ".join(_DATE_FORMATS)
        raise action.fault(f"targetDateFormat {named!r} is not imported. There are: {known}")
    pattern = literal(_DATE_FORMATS[named])
    return f"DATE_FORMAT(TRY_CAST({_text(action)} AS TIMESTAMP), {pattern})"


def _filled(filling: Formula) -> Formula:
    def sql(action: Action) -> str:
        name = action.text("sourceColumn")
        return f"CASE WHEN {missing(name)} THEN {filling(action)} ELSE {column(name)} END"

    return sql


def _custom(action: Action) -> str:
    value = literal(action.text("value"))
    kind = (action.optional("columnDataType") or "string").lower()
    if kind in {"string", "unsupported"}:
        return value
    if kind not in _TYPES:
        raise action.fault(f"there is no columnDataType {kind!r}")
    return f"CAST({value} AS {_TYPES[kind]})"


def _window(function: str) -> Formula:
    return lambda action: f"{function}({_number(action)}) OVER ()"


def _flag(action: Action, test: str) -> str:
    yes, no = action.optional("trueString") or "True", action.optional("falseString") or "False"
    return f"CASE WHEN {test} THEN {literal(yes)} ELSE {literal(no)} END"


def _flag_null(action: Action) -> str:
    return _flag(action, missing(action.text("sourceColumn")))


def _flag_pattern(action: Action) -> str:
    return _flag(action, f"{_text(action)} RLIKE {literal(action.text('pattern'))}")


def _merged(action: Action) -> str:
    names = ", ".join(text_of(name) for name in action.columns())
    return f"CONCAT_WS({literal(str(action.parameters.get('delimiter') or ''))}, {names})"


def _arithmetic(sign: str) -> Formula:
    def sql(action: Action) -> str:
        sides = [_side(action, number) for number in ("1", "2")]
        right = f"NULLIF({sides[1]}, 0)" if sign in {"/", "%"} else sides[1]
        return f"{sides[0]} {sign} {right}"

    return sql


def _side(action: Action, number: str) -> str:
    name = action.optional(f"sourceColumn{number}")
    if name is not None:
        return number_of(name)
    text = action.text(f"value{number}")
    try:
        return f"{float(text)!r}D"
    except ValueError:
        raise action.fault(f"value{number} must be a number, but is {text!r}") from None


_PAIR = ("sourceColumn1", "sourceColumn2")
_VALUES = ("value1", "value2")
_FLAGS = ("flagType", "trueString", "falseString")


def _math(does: str, sign: str) -> Expression:
    return Expression(does=does, sql=_arithmetic(sign), sources=_PAIR, parameters=_VALUES)


EXPRESSIONS: Mapping[str, Expression] = {
    "UPPER_CASE": Expression(does="UPPER", sql=_of_text("UPPER({})")),
    "LOWER_CASE": Expression(does="LOWER", sql=_of_text("LOWER({})")),
    "CAPITAL_CASE": Expression(does="INITCAP", sql=_of_text("INITCAP({})")),
    "SENTENCE_CASE": Expression(does="the first letter large, others small", sql=_sentence_case),
    "UPPER": Expression(does="UPPER", sql=_of_text("UPPER({})")),
    "LOWER": Expression(does="LOWER", sql=_of_text("LOWER({})")),
    "PROPER": Expression(does="INITCAP", sql=_of_text("INITCAP({})")),
    "TRIM": Expression(does="TRIM", sql=_of_text("TRIM({})")),
    "LEN": Expression(does="LENGTH", sql=_of_text("LENGTH({})")),
    "ADD_PREFIX": Expression(does="CONCAT", sql=_prefixed, parameters=("pattern",)),
    "ADD_SUFFIX": Expression(does="CONCAT", sql=_suffixed, parameters=("pattern",)),
    "ADD_DOUBLE_QUOTES": Expression(does="CONCAT", sql=_of_text("""CONCAT('"', {}, '"')""")),
    "ADD_SINGLE_QUOTES": Expression(does="CONCAT", sql=_of_text("""CONCAT("'", {}, "'")""")),
    "REMOVE_COMBINED": Expression(
        does="REGEXP_REPLACE for each kind of character", sql=_removed, parameters=COMBINED
    ),
    "REPLACE_TEXT": Expression(
        does="REGEXP_REPLACE; the pattern is a regular expression",
        sql=_replaced,
        parameters=("pattern", "value"),
    ),
    "REPLACE_BETWEEN_DELIMITERS": Expression(
        does="REGEXP_REPLACE, the delimiters with it",
        sql=_replaced_between,
        parameters=("startPattern", "endPattern", "value"),
    ),
    "REPLACE_BETWEEN_POSITIONS": Expression(
        does="characters after startPosition up to endPosition",
        sql=_replaced_at,
        parameters=("startPosition", "endPosition", "value"),
    ),
    "EXTRACT_PATTERN": Expression(
        does="REGEXP_EXTRACT; null where nothing fits", sql=_extracted, parameters=("pattern",)
    ),
    "EXTRACT_BETWEEN_DELIMITERS": Expression(
        does="REGEXP_EXTRACT; null where nothing fits",
        sql=_extracted_between,
        parameters=("startPattern", "endPattern"),
    ),
    "EXTRACT_BETWEEN_POSITIONS": Expression(
        does="characters after startPosition up to endPosition",
        sql=_extracted_at,
        parameters=("startPosition", "endPosition"),
    ),
    "DUPLICATE": Expression(
        does="the column again", sql=lambda action: column(action.text("sourceColumn"))
    ),
    "CHANGE_DATA_TYPE": Expression(
        does="TRY_CAST: null where it cannot be", sql=_cast, parameters=("columnDataType",)
    ),
    "FORMAT_DATE": Expression(does="DATE_FORMAT", sql=_formatted, parameters=("targetDateFormat",)),
    "FILL_WITH_CUSTOM": Expression(
        does="the value where one is missing",
        sql=_filled(_custom),
        parameters=("columnDataType", "value"),
    ),
    "FILL_WITH_EMPTY": Expression(
        does="an empty text where a value is missing", sql=_filled(lambda _: "''")
    ),
    "FILL_WITH_AVERAGE": Expression(
        does="AVG of all rows where a value is missing", sql=_filled(_window("AVG"))
    ),
    "FILL_WITH_MEDIAN": Expression(
        does="MEDIAN of all rows where a value is missing", sql=_filled(_window("MEDIAN"))
    ),
    "FILL_WITH_SUM": Expression(
        does="SUM of all rows where a value is missing", sql=_filled(_window("SUM"))
    ),
    "FLAG_COLUMN_FROM_NULL": Expression(
        does="a flag where a value is missing", sql=_flag_null, parameters=_FLAGS
    ),
    "FLAG_COLUMN_FROM_PATTERN": Expression(
        does="a flag where RLIKE", sql=_flag_pattern, parameters=("pattern", *_FLAGS)
    ),
    "MERGE": Expression(
        does="CONCAT_WS", sql=_merged, sources=("sourceColumns",), parameters=("delimiter",)
    ),
    "ADD": _math("+", "+"),
    "SUBTRACT": _math("-", "-"),
    "MULTIPLY": _math("*", "*"),
    "DIVIDE": _math("/; null for a division by 0", "/"),
    "MOD": _math("%; null for a division by 0", "%"),
    "ABSOLUTE": Expression(does="ABS", sql=_of_number("ABS({})")),
    "ROUND": Expression(does="ROUND", sql=_of_number("ROUND({})")),
    "CEILING": Expression(does="CEIL", sql=_of_number("CEIL({})")),
    "FLOOR": Expression(does="FLOOR", sql=_of_number("FLOOR({})")),
    "SQUARE_ROOT": Expression(does="SQRT", sql=_of_number("SQRT({})")),
    "NEGATE": Expression(does="-", sql=_of_number("-{}")),
    "YEAR": Expression(does="YEAR", sql=_of_time("YEAR({})")),
    "MONTH": Expression(does="MONTH", sql=_of_time("MONTH({})")),
    "DAY": Expression(does="DAY", sql=_of_time("DAY({})")),
    "HOUR": Expression(does="HOUR", sql=_of_time("HOUR({})")),
    "MINUTE": Expression(does="MINUTE", sql=_of_time("MINUTE({})")),
    "SECOND": Expression(does="SECOND", sql=_of_time("SECOND({})")),
    "QUARTER": Expression(does="QUARTER", sql=_of_time("QUARTER({})")),
}
