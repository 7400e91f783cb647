"""Pages and actions as plain data: an address, what is read for it, how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from gluepot.console.asking import Ask

Data = Mapping[str, Any]
"""What a page shows: JSON's types and times; its JSON twin is this as it stands."""

ROOT = "/console"


@dataclass(frozen=True, kw_only=True)
class Snippets:
    """How what a page shows is had without it.

    Attributes:
        cli: Lines for a shell.
        boto3: Lines of Python in which ``glue`` is ``boto3.client("glue", endpoint_url=...)``.
    """

    cli: str
    boto3: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A document as it lies, instead of a page: a report, or a file to keep.

    Attributes:
        content: The document.
        media_type: What it is.
        file_name: Under which a browser keeps it; empty where it shows it.
        policy: Its own content-security policy; no document may run scripts as the console does.
    """

    content: bytes
    media_type: str
    file_name: str = ""
    policy: str = "default-src 'none'; sandbox"


@dataclass(frozen=True, kw_only=True)
class Page:
    """What is looked at: the same address with ``format=json`` returns its data.

    Attributes:
        path: Below the root, without a slash at its start; names of things are parameters of the
            address and never parts of its path, for they may hold any character.
        title: What the window is called; the name of a thing, in ``data["title"]``, goes before.
        section: Which entry of the navigation it belongs to.
        template: Its file in ``templates/``.
        read: Returns what it shows, or a document that is sent as it is; raises GluepotError.
        snippets: Returns how to get the same elsewhere.
    """

    path: str
    title: str
    section: str
    template: str
    read: Callable[[Ask], Data | Sent]
    snippets: Callable[[Ask], Snippets] | None = None


@dataclass(frozen=True, kw_only=True)
class Done:
    """An action has taken effect: the browser goes on to a page, which shows the message."""

    to: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An action only looked: what it found, drawn on its page."""

    page: Page
    data: Data


@dataclass(frozen=True, kw_only=True)
class Action:
    """What a posted form does.

    Attributes:
        path: Below the root, without a slash at its start.
        act: Does it, or sends what was asked for; raises GluepotError, and then nothing was done.
    """

    path: str
    act: Callable[[Ask], Done | Shown | Sent]


def href(path: str, **parameters: object) -> str:
    """Return the address of a page; parameters that are None or empty are left out.

    Example:
        >>> href("table", database="sales", name="a/b")
        '/console/table?database=sales&name=a%2Fb'
        >>> href("")
        '/console'
    """
    given = {key: value for key, value in parameters.items() if value not in (None, "")}
    address = f"{ROOT}/{path}" if path else ROOT
    return f"{address}?{urlencode(given)}" if given else address
