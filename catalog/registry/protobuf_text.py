"""The text of a ``.proto`` file as a syntax tree: bounded before it is parsed."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from gluepot.catalog.registry.errors import InvalidDefinitionError, MissingFormatError

if TYPE_CHECKING:
    from proto_schema_parser import ast

PROTOBUF = "PROTOBUF"

MAX_LEVELS = 32
"""How deep blocks, options and the like may nest; the parser recurses."""

MAX_TOKENS = 60_000
"""How many words and marks a file may have; the parser takes some 25 microseconds for each."""

_STRING = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
_COMMENTS = re.compile(rf"({_STRING})|//[^\n]*|/\*.*?\*/", re.DOTALL)
_TOKENS = re.compile(rf"{_STRING}|\w+|[^\s\w]")

# The parser's tables grow while it parses, and belong to the whole process.
_LOCK = threading.Lock()


def read_protobuf(text: str) -> tuple[ast.File, str]:
    """Return the syntax tree of a file, and its words and marks with one blank between them.

    Raises:
        InvalidDefinitionError: It is no Protobuf, or larger than the limits.
        MissingFormatError: The package proto-schema-parser is not installed.
    """
    bare = _COMMENTS.sub(_without_comment, text)
    tokens = _TOKENS.findall(bare)
    if "\0" in text:
        raise InvalidDefinitionError(PROTOBUF, "it holds the character NUL")
    if len(tokens) > MAX_TOKENS:
        raise InvalidDefinitionError(PROTOBUF, f"it has more than {MAX_TOKENS} words and marks")
    if _levels(tokens) > MAX_LEVELS:
        raise InvalidDefinitionError(PROTOBUF, f"it nests deeper than {MAX_LEVELS} blocks")
    return _parse(bare), " ".join(tokens)


def _without_comment(match: re.Match[str]) -> str:
    # What follows stays in its line and column, so that places in faults are right.
    return match[1] or re.sub(r"[^\n]", " ", match[0])


def _levels(tokens: list[str]) -> int:
    deepest = level = 0
    for word in tokens:
        if word in "{[(<":
            level += 1
            deepest = max(deepest, level)
        elif word in "}])>":
            level -= 1
    return deepest


def _parse(text: str) -> ast.File:
    try:
        from antlr4.error.ErrorListener import ErrorListener  # noqa: PLC0415
        from proto_schema_parser.parser import Parser  # noqa: PLC0415  of the extra "registry"
    except ModuleNotFoundError as error:
        raise MissingFormatError(PROTOBUF, str(error.name)) from error

    class Listener(ErrorListener):  # type: ignore[misc]
        """Ends at the first fault, where the parser itself would go on."""

        def syntaxError(  # noqa: N802  the parser's own name and arguments
            self,
            _recognizer: Any,  # noqa: ANN401
            token: Any,  # noqa: ANN401
            line: int,
            column: int,
            _message: str,
            _error: Any,  # noqa: ANN401
        ) -> None:
            found = getattr(token, "text", None) or text.splitlines()[line - 1][column:][:1]
            shown = "the end" if found == "<EOF>" else repr(found[:40])
            raise InvalidDefinitionError(
                PROTOBUF, f"at line {line}, column {column + 1}: {shown} is not expected here"
            )

    def listen(recognizer: Any) -> None:  # noqa: ANN401
        recognizer.removeErrorListeners()
        recognizer.addErrorListener(Listener())

    try:
        with _LOCK:
            return Parser(setup_lexer=listen, setup_parser=listen).parse(text)
    except ValueError as error:
        if isinstance(error, InvalidDefinitionError):
            raise
        raise InvalidDefinitionError(
            PROTOBUF, f"a number cannot be read; write numbers in decimal ({error})"
        ) from None
