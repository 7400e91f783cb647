"""The public names of a Python package and their parameters, read without running it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Signatures = dict[str, dict[str, list[str] | None]]
"""By module and name: parameters, each as it is written, ``format=None``; None for no list."""


def read_package(folder: Path) -> Signatures:
    """Return the public names of the package in ``folder``."""
    found: Signatures = {}
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder.parent).with_suffix("").parts
        module = ".".join(part for part in parts if part != "__init__")
        found[module] = dict(_names(ast.parse(file.read_text()), folder.name))
    return found


def _names(tree: ast.Module, package: str) -> Iterator[tuple[str, list[str] | None]]:
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) if _public(name):
                yield name, parameters_of(node.args)
            case ast.ClassDef(name=name) if _public(name):
                yield from _members(node)
            case ast.Assign(targets=[ast.Name(id=name)]) if _public(name):
                yield name, None
            case ast.ImportFrom(module=module, names=names, level=level) if level or (
                module or ""
            ).startswith(package):
                yield from ((each.name, None) for each in names if each.name[0] not in "_*")


def _members(node: ast.ClassDef) -> Iterator[tuple[str, list[str] | None]]:
    yield node.name, None
    for member in node.body:
        match member:
            case ast.FunctionDef(name="__init__"):
                yield node.name, _bound(member.args)
                for attribute in _attributes(member):
                    yield f"{node.name}.{attribute}", None
            case ast.FunctionDef(name="__call__"):
                yield f"{node.name}.apply", _bound(member.args)
            case ast.FunctionDef(name=name) if _public(name):
                plain = any(
                    isinstance(mark, ast.Name) and mark.id == "property"
                    for mark in member.decorator_list
                )
                yield f"{node.name}.{name}", None if plain else _bound(member.args)
            case ast.Assign(targets=[ast.Name(id=name)]) if _public(name):
                yield f"{node.name}.{name}", None


def _bound(args: ast.arguments) -> list[str]:
    found = parameters_of(args)
    return found[1:] if found[:1] in (["self"], ["cls"]) else found


def _attributes(init: ast.FunctionDef) -> list[str]:
    found = [
        node.attr
        for node in ast.walk(init)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    ]
    return [name for name in dict.fromkeys(found) if _public(name)]


def parameters_of(args: ast.arguments) -> list[str]:
    """Return parameters as they are written, without annotations."""
    plain = [*args.posonlyargs, *args.args]
    without = len(plain) - len(args.defaults)
    found = [
        _written(arg, None if at < without else args.defaults[at - without])
        for at, arg in enumerate(plain)
    ]
    if args.vararg:
        found.append(f"*{args.vararg.arg}")
    if args.kwarg:
        found.append(f"**{args.kwarg.arg}")
    return found


def _written(arg: ast.arg, default: ast.expr | None) -> str:
    return arg.arg if default is None else f"{arg.arg}={ast.unparse(default)}"


def _public(name: str) -> bool:
    return not name.startswith("_")
