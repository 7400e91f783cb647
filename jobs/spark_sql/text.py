"""Catalog names where they stand in a statement's text, and texts put in their places.

A statement is never printed anew: what is not a name of the catalog reaches Spark letter by
letter, whether the parser here knows its syntax or not.
"""

from __future__ import annotations

import contextlib
import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gluepot.jobs.spark_sql.errors import SqlError, SqlglotMissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

CATALOG = "gluepot"
TABLE_PARTS = 3
COMMAND_TOKENS = 2
_MENTION = re.compile(rf"(?i)(?<!\w){CATALOG}`?\s*(?:[.]|/[*]|--)")
_PARAMETER = re.compile(r"(?<!\{)\{\w[^{}]*\}(?!\})")
_BEFORE_TABLE = {"FROM", "JOIN", "USING", "UPDATE", ",", "("}
_AFTER_WORDS = {"FROM", "JOIN", "INTO", "TABLE", "UPDATE", "USING"}
_NAMELESS = {"SHOW", "DESCRIBE", "DESC"}
_TEMPORAL = {"VERSION", "TIMESTAMP", "FOR", "SYSTEM_VERSION", "SYSTEM_TIME"}
_EXPLAIN_WORDS = {"EXTENDED", "CODEGEN", "COST", "FORMATTED"}


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A piece of a text, end excluded, and what comes in its place."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A table of the catalog that a statement names.

    Attributes:
        database: Folded to lower case, as the catalog does.
        table: Likewise.
        detail: A fourth part, such as ``snapshots`` of an Iceberg table.
        start: Where the name begins in the text.
        end: Where it ends, excluded.
        node: The name in the parsed statement; None where the parser does not know the syntax.
        alias_at: Where a name for the columns' qualifiers goes; None where one stands already.
        timed: Whether VERSION AS OF or TIMESTAMP AS OF follows.
    """

    database: str
    table: str
    detail: str | None
    start: int
    end: int
    node: exp.Table | None = field(compare=False)
    alias_at: int | None
    timed: bool

    @property
    def name(self) -> str:
        """Return ``gluepot.database.table``."""
        return f"{CATALOG}.{self.database}.{self.table}"


@dataclass(frozen=True, kw_only=True)
class Qualifier:
    """The table's name before a column's: ``gluepot.sales.orders`` of its ``.id``."""

    database: str
    table: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A statement as far as it concerns the catalog.

    Attributes:
        text: What was given.
        tokens: Of the text; comments are none.
        tree: The parsed statement; None where the parser does not know its syntax.
        relations: In the text's order.
        qualifiers: In the text's order.
    """

    text: str
    tokens: Sequence[Token]
    tree: exp.Expr | None
    relations: tuple[Relation, ...]
    qualifiers: tuple[Qualifier, ...]

    @property
    def word(self) -> str:
        """Return the first word of the statement, in capitals; of a query it may be ``(``."""
        return self.tokens[0].text.upper() if self.tokens else ""


def load_sqlglot() -> Any:  # noqa: ANN401 - the module
    """Return the parser.

    Raises:
        SqlglotMissingError: It is not installed.
    """
    try:
        import sqlglot  # noqa: PLC0415
    except ImportError as error:
        raise SqlglotMissingError from error
    return sqlglot


def mentions_catalog(text: str) -> bool:
    """Return whether a text may name a table of the catalog; cheap, and never wrongly no."""
    return _MENTION.search(text) is not None


def read_statement(text: str) -> Statement:
    """Find the catalog's names in a statement.

    Raises:
        SqlError: It has an open quote or comment.
        SqlglotMissingError: The parser is not installed.
    """
    tokens = _tokens(text)
    tree = _tree(_without_explain(text, tokens))
    tables, columns = _nodes(tree)
    relations, qualifiers = [], []
    for at, names in _dotted(tokens):
        start = names[0].start
        database, table = (part.text.lower() for part in names[1:TABLE_PARTS])
        if start in columns or (start not in tables and len(names) > TABLE_PARTS):
            end = names[TABLE_PARTS - 1].end + 1
            qualifiers.append(Qualifier(database=database, table=table, start=start, end=end))
            continue
        relation = Relation(
            database=database,
            table=table,
            detail=names[TABLE_PARTS].text.lower() if len(names) > TABLE_PARTS else None,
            start=start,
            end=names[-1].end + 1,
            node=tables.get(start),
            alias_at=_alias_place(tokens, at, end := at + 2 * len(names) - 1),
            timed=end < len(tokens) and tokens[end].text.upper() in _TEMPORAL,
        )
        relations.append(relation)
    qualifiers += _short_qualifiers(columns, relations)
    return Statement(
        text=text,
        tokens=tokens,
        tree=tree,
        relations=tuple(relations),
        qualifiers=tuple(qualifiers),
    )


def named_tables(text: str) -> Iterator[Sequence[Token]]:
    """Yield the parts of each name of more than one part that stands where a table does.

    Raises:
        SqlError: The statement has an open quote or comment.
        SqlglotMissingError: The parser is not installed.
    """
    tokens = _tokens(text)
    tree = _tree(_without_explain(text, tokens))
    tables, _ = _nodes(tree)
    for at, names in _names(tokens):
        before = tokens[at - 1].text.upper() if at else ""
        if len(names) > 1 and (names[0].start in tables if tree else before in _AFTER_WORDS):
            yield names


def splice(
    text: str, edits: Sequence[Edit], *, kept: Callable[[str], str] = lambda piece: piece
) -> str:
    """Return the text with each edit in its place; ``kept`` is done to what stays.

    Edits do not overlap.
    """
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda item: (item.start, item.end)):
        pieces += [kept(text[at : edit.start]), edit.text]
        at = edit.end
    return "".join([*pieces, kept(text[at:])])


def quoted(name: str) -> str:
    """Return a name as a Spark identifier.

    >>> quoted("a`b")
    '`a``b`'
    """
    return "`" + name.replace("`", "``") + "`"


def _tokens(text: str) -> Sequence[Token]:
    sqlglot = load_sqlglot()
    kinds = sqlglot.tokens.TokenType
    try:
        found: Sequence[Token] = sqlglot.tokenize(text, read="spark")
        if found and len(found) == COMMAND_TOKENS and found[1].token_type == kinds.STRING:
            # Of a statement that it does not know, the tokenizer takes the rest as one text.
            first = found[0]
            word, rest = text[first.start : first.end + 1], text[first.end + 1 :]
            hidden = " " * first.end + "x" + rest
            found = sqlglot.tokenize(hidden, read="spark")
            found = [type(first)(kinds.VAR, word, start=first.start, end=first.end), *found[1:]]
    except sqlglot.errors.TokenError as error:
        raise SqlError(f"The statement cannot be read: {error}") from error
    return found


def _tree(text: str) -> exp.Expr | None:
    sqlglot = load_sqlglot()
    # It logs what it does not know, which is no news to a user.
    with contextlib.suppress(sqlglot.errors.SqlglotError, RecursionError), _quiet():
        found = [tree for tree in sqlglot.parse(text, read="spark") if tree is not None]
        if len(found) == 1 and not isinstance(found[0], sqlglot.exp.Command):
            tree: exp.Expr = found[0]
            return tree
    return None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("sqlglot")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _without_explain(text: str, tokens: Sequence[Token]) -> str:
    """Return the text with EXPLAIN blanked, so that all else stays where it is."""
    if not tokens or tokens[0].text.upper() != "EXPLAIN":
        return text
    second = 2 if len(tokens) > 1 and tokens[1].text.upper() in _EXPLAIN_WORDS else 1
    begin = tokens[second].start if second < len(tokens) else len(text)
    return " " * begin + text[begin:]


def _nodes(
    tree: exp.Expr | None,
) -> tuple[dict[int, exp.Table], dict[int, exp.Column]]:
    """Return the tables and columns of a tree by the place where their names begin."""
    if tree is None:
        return {}, {}
    ast = load_sqlglot().exp
    tables = {place: node for node in tree.find_all(ast.Table) if (place := _place(node)) >= 0}
    columns = {place: node for node in tree.find_all(ast.Column) if (place := _place(node)) >= 0}
    return tables, columns


def _place(node: exp.Table | exp.Column) -> int:
    parts = node.parts
    place: int = parts[0].meta.get("start", -1) if parts else -1
    return place


def _dotted(tokens: Sequence[Token]) -> Iterator[tuple[int, Sequence[Token]]]:
    """Yield where each name of the catalog begins among the tokens, and its parts."""
    for at, names in _names(tokens):
        if len(names) >= TABLE_PARTS and names[0].text.lower() == CATALOG:
            yield at, names


def _names(tokens: Sequence[Token]) -> Iterator[tuple[int, Sequence[Token]]]:
    at = 0
    while at < len(tokens):
        names = _name_at(tokens, at)
        yield at, names
        at += max(2 * len(names) - 1, 1)


def _name_at(tokens: Sequence[Token], at: int) -> list[Token]:
    names = []
    while at < len(tokens) and _is_name(tokens[at]):
        names.append(tokens[at])
        if at + 1 >= len(tokens) or tokens[at + 1].text != ".":
            break
        at += 2
    return names


def _is_name(token: Token) -> bool:
    kinds = load_sqlglot().tokens.TokenType
    if token.token_type in {kinds.STRING, kinds.NUMBER}:
        return False
    return token.token_type == kinds.IDENTIFIER or token.text.replace("_", "a").isalnum()


def _alias_place(tokens: Sequence[Token], begin: int, end: int) -> int | None:
    """Return where ``AS name`` can be put behind the table of these tokens, if nowhere None."""
    before = tokens[begin - 1].text.upper() if begin else ""
    word = tokens[0].text.upper()
    if word in _NAMELESS or before not in {*_BEFORE_TABLE, "INTO" if word == "MERGE" else ""}:
        return None
    end = _after_sample(tokens, end)
    if end < len(tokens):
        kinds = load_sqlglot().tokens.TokenType
        following = tokens[end]
        named = following.token_type in {kinds.ALIAS, kinds.VAR, kinds.IDENTIFIER}
        if named or following.text.upper() in _TEMPORAL:
            return None
    return tokens[end - 1].end + 1


def _after_sample(tokens: Sequence[Token], at: int) -> int:
    """Return the place behind TABLESAMPLE (...) REPEATABLE (...), before which no alias stands."""
    while at + 1 < len(tokens) and tokens[at].text.upper() in {"TABLESAMPLE", "REPEATABLE"}:
        while at < len(tokens) and tokens[at].text != ")":
            at += 1
        at += 1
    return min(at, len(tokens))


def _short_qualifiers(
    columns: Mapping[int, exp.Column], relations: Sequence[Relation]
) -> Iterator[Qualifier]:
    """Yield the qualifiers ``database.table`` of columns whose table is one of the relations."""
    known = {(item.database, item.table) for item in relations if item.alias_at is not None}
    for start, column in columns.items():
        parts = column.parts
        if len(parts) != TABLE_PARTS:
            continue
        database, table = parts[0].name.lower(), parts[1].name.lower()
        if (database, table) in known:
            end = parts[1].meta["end"] + 1
            yield Qualifier(database=database, table=table, start=start, end=end)


def name_edits(statement: Statement) -> list[Edit]:
    """Return the edits that keep ``orders.id`` and ``sales.orders.id`` names of the same column.

    A table gets its last name as an alias, unless the query gives it one; two tables of one last
    name in one query are told apart by both names in one.
    """
    aliases = _aliases(statement)
    edits = [
        Edit(start=item.start, end=item.end, text=quoted(aliases[item.database, item.table]))
        for item in statement.qualifiers
        if (item.database, item.table) in aliases
    ]
    for relation in statement.relations:
        if relation.alias_at is not None:
            text = f" AS {quoted(aliases[relation.database, relation.table])}"
            edits.append(Edit(start=relation.alias_at, end=relation.alias_at, text=text))
    return edits


def _aliases(statement: Statement) -> dict[tuple[str, str], str]:
    named = [item for item in statement.relations if item.alias_at is not None]
    beside: dict[tuple[int, str], set[str]] = {}
    for item in named:
        query = id(item.node.parent_select) if item.node is not None else 0
        beside.setdefault((query, item.table), set()).add(item.database)
    doubtful = {table for (_, table), databases in beside.items() if len(databases) > 1}
    return {
        (item.database, item.table): f"{item.database}.{item.table}"
        if item.table in doubtful
        else item.table
        for item in named
    }


def masked(text: str, names: Collection[str]) -> str:
    """Return the text with parameters of ``SparkSession.sql`` as names of the same length.

    >>> masked("SELECT * FROM {df} WHERE {df[a]} > {{1}}", {"df"})
    'SELECT * FROM _df_ WHERE _df_a__ > {{1}}'
    """
    if not names:
        return text
    return _PARAMETER.sub(lambda found: re.sub(r"\W", "_", found[0]), text)


def escaped(text: str) -> str:
    """Return the text so that ``SparkSession.sql`` with parameters reads it as it is."""
    return text.replace("{", "{{").replace("}", "}}")
