"""Logs of well-known programs, each told by grok patterns of its own.

AWS Glue's built-in classifiers answer 1.0 or 0.0; so do these. A log belongs to a program if nearly
all of its first lines match one of the program's patterns from end to end: some programs print what
others say, on lines of its own, between their records.

Source: AWS Glue developer guide, "Built-in classifiers", for names and order; the programs' own
manuals for what their lines hold.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from gluepot.crawlers.classifiers.base import CERTAIN, Classification, Classifier, Sample
from gluepot.crawlers.classifiers.grok import Grok, compile_grok
from gluepot.crawlers.classifiers.grok_classifier import (
    HeadLines,
    read_lines,
    schema_of_lines,
    shown,
)
from gluepot.crawlers.classifiers.grok_match import fields_of
from gluepot.crawlers.names import legal_name, without_repeats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gluepot.crawlers.classifiers.grok_match import Fields

MIN_MATCHING = 0.9
"""The share of the first lines that must match for a log to be of a program."""

LONGEST_LINE = 8192
"""Longer lines are not matched, which bounds the time that Python's engine takes."""

_PROBED = 10
_MIN_PROBED = 0.5
_READ_BYTES = 256 * 1024
_W3C_FIELDS = re.compile(r"#Fields:[ \t]*(?P<names>\S.*)")
_MOST_W3C_FIELDS = 100


class Log:
    """Reads the log of one program by the first of its patterns that fits."""

    def __init__(self, name: str, *patterns: str) -> None:
        self._name = name
        self._patterns = patterns

    @property
    def name(self) -> str:
        """Return Glue's word for the format."""
        return self._name

    def classify(self, sample: Sample) -> Classification:
        """Return the fields of the first pattern that nearly all lines match."""
        head = read_lines(sample, most_bytes=_READ_BYTES)
        if head.text.problem is not None:
            return self._no(head.text.problem)
        if not head.lines:
            return self._no("no line of it is whole", needs_more=not sample.complete)
        for grok, lines in self._readings(head):
            answer = self._try(sample, grok, lines)
            if answer is not None:
                return answer
        number, line = head.lines[0]
        return self._no(f"its lines are written otherwise; line {number} is {shown(line)}")

    def _readings(self, head: HeadLines) -> Iterator[tuple[Grok, HeadLines]]:
        """Yield patterns, and the lines that each has to match."""
        for pattern in self._patterns:
            yield _compiled(pattern), head

    def _try(self, sample: Sample, grok: Grok, head: HeadLines) -> Classification | None:
        expression = _expression(grok)
        probed = head.lines[:_PROBED]
        fitting = sum(_fields(grok, expression, line) is not None for _, line in probed)
        if not probed or fitting < _MIN_PROBED * len(probed):
            return None
        found = [_fields(grok, expression, line) for _, line in head.lines]
        matched = sum(fields is not None for fields in found)
        if matched < MIN_MATCHING * len(found):
            return None
        return Classification(
            classifier=self.name,
            certainty=CERTAIN,
            reason=f"{matched} of {len(found)} lines match {grok.text}",
            schema=schema_of_lines(sample, self.name, grok, head, found),
        )

    def _no(self, reason: str, *, needs_more: bool = False) -> Classification:
        return Classification(
            classifier=self.name, certainty=0.0, reason=reason, needs_more=needs_more
        )


class MicrosoftLog(Log):
    """Reads logs of Windows and of its web server, whose W3C form names its fields itself."""

    def _readings(self, head: HeadLines) -> Iterator[tuple[Grok, HeadLines]]:
        names = next(
            filter(None, map(_W3C_FIELDS.fullmatch, (line for _, line in head.lines))), None
        )
        if names is not None and head.lines[0][1].startswith("#"):
            lines = tuple(item for item in head.lines if not item[1].startswith("#"))
            pattern = " ".join(f"%{{NOTSPACE:{name}}}" for name in _w3c_columns(names["names"]))
            yield compile_grok(pattern), replace(head, lines=lines)
        yield from super()._readings(head)


def _w3c_columns(names: str) -> tuple[str, ...]:
    """Return the columns of a W3C log.

    >>> _w3c_columns("date cs(User-Agent) date")
    ('date', 'cs_user_agent', 'date_1')
    """
    fields = names.split()[:_MOST_W3C_FIELDS]
    return without_repeats(legal_name(field).strip("_") or "_" for field in fields)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Grok:
    return compile_grok(pattern)


@lru_cache(maxsize=256)
def _expression(grok: Grok) -> re.Pattern[str]:
    return re.compile(grok.expression)


def _fields(grok: Grok, expression: re.Pattern[str], line: str) -> Fields | None:
    found = expression.fullmatch(line) if len(line) <= LONGEST_LINE else None
    return None if found is None else fields_of(grok, found.groupdict())


_PROGRAM = r"%{PROG:program}(?:\[%{POSINT:pid}\])?: ?%{GREEDYDATA:message}"
_SYSLOG_START = r"(?:<%{NONNEGINT:priority}>)?%{SYSLOGTIMESTAMP:timestamp} "
_ISO_START = r"(?:<%{NONNEGINT:priority}>)?%{TIMESTAMP_ISO8601:timestamp} "
_UPTIME = r"\[ *(?<uptime>[0-9]+\.[0-9]+)\] %{GREEDYDATA:message}"

LOGS: tuple[Classifier, ...] = (
    Log("combined_apache", "%{COMBINEDAPACHELOG}"),
    Log("apache", "%{COMMONAPACHELOG}"),
    Log(
        "linux_kernel",
        rf"%{{SYSLOGTIMESTAMP:timestamp}} %{{SYSLOGHOST:logsource}} kernel: {_UPTIME}",
        rf"%{{TIMESTAMP_ISO8601:timestamp}} %{{SYSLOGHOST:logsource}} kernel: {_UPTIME}",
        "%{SYSLOGTIMESTAMP:timestamp} %{SYSLOGHOST:logsource} kernel: %{GREEDYDATA:message}",
        rf"(?:<%{{NONNEGINT:priority}}>)?{_UPTIME}",
    ),
    MicrosoftLog(
        "microsoft_log",
        "%{IP:clientip}, %{DATA:username}, %{DATE_US:date}, %{TIME:time}, %{WORD:service},"
        " %{HOSTNAME:server}, %{IP:serverip}, %{INT:timetaken}, %{INT:bytesreceived},"
        " %{INT:bytessent}, %{INT:servicestatus}, %{INT:windowsstatus}, %{WORD:verb},"
        " %{DATA:target}, %{DATA:parameters},?$",
        "%{TIMESTAMP_ISO8601:timestamp}, %{WORD:level} +%{WORD:component} +%{GREEDYDATA:message}",
    ),
    Log(
        "ruby_logger",
        r"[DIWEFA], \[%{TIMESTAMP_ISO8601:timestamp} #%{POSINT:pid}\] +%{WORD:loglevel} --"
        r" *%{DATA:progname}: %{GREEDYDATA:message}",
    ),
    Log(
        "squid",
        "%{NUMBER:timestamp} +%{INT:duration} %{IPORHOST:client_address}"
        " %{WORD:cache_result}/%{NONNEGINT:status_code} %{INT:bytes} %{WORD:request_method}"
        " %{NOTSPACE:url} %{NOTSPACE:user} %{WORD:hierarchy_code}/%{NOTSPACE:server}"
        " %{NOTSPACE:content_type}",
    ),
    Log(
        "redismonlog",
        r"%{NUMBER:timestamp} \[%{INT:database} %{NOTSPACE:client}\]"
        r' "%{WORD:command}" ?%{GREEDYDATA:params}',
    ),
    Log(
        "redislog",
        r"%{POSINT:pid}:%{WORD:role} (?<timestamp>%{MONTHDAY} %{MONTH}(?: %{YEAR})? %{TIME})"
        r" (?<level>[.*#-]) %{GREEDYDATA:message}",
        r"\[%{POSINT:pid}\] (?<timestamp>%{MONTHDAY} %{MONTH}(?: %{YEAR})? %{TIME})"
        r" (?<level>[.*#-]) %{GREEDYDATA:message}",
    ),
    Log(
        "syslog",
        rf"{_SYSLOG_START}%{{SYSLOGHOST:logsource}} {_PROGRAM}",
        r"<%{NONNEGINT:priority}>%{NONNEGINT:version} %{TIMESTAMP_ISO8601:timestamp}"
        r" %{NOTSPACE:logsource} %{NOTSPACE:program} %{NOTSPACE:pid} %{NOTSPACE:message_id}"
        r" (?<structured_data>-|\[.*\])(?: %{GREEDYDATA:message})?",
        rf"{_ISO_START}%{{SYSLOGHOST:logsource}} {_PROGRAM}",
    ),
    Log(
        "apache_error",
        r"\[(?<timestamp>%{DAY} %{MONTH} +%{MONTHDAY} %{TIME} %{YEAR})\]"
        r" \[(?:%{WORD:module}:)?%{LOGLEVEL:loglevel}\]"
        r"(?: \[pid %{POSINT:pid}(?::tid %{INT:tid})?\])?"
        r"(?: \[client %{IPORHOST:clientip}(?::%{POSINT:clientport})?\])? %{GREEDYDATA:message}",
    ),
    Log(
        "nginx_error",
        r"(?<timestamp>%{YEAR}/%{MONTHNUM}/%{MONTHDAY} %{TIME}) \[%{LOGLEVEL:loglevel}\]"
        r" %{POSINT:pid}#%{NONNEGINT:tid}: (?:\*%{NONNEGINT:connection} )?%{GREEDYDATA:message}",
    ),
)
"""The built-in logs: AWS Glue's in its order, then others that are common."""
