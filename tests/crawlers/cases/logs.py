"""Logs of well-known programs, and patterns of one's own."""

from __future__ import annotations

from typing import Any

from tests.crawlers.cases.model import Case, Section, one
from tests.crawlers.classifiers import test_logs as texts

SERDE = "com.amazonaws.glue.serde.GrokSerDe"
APACHE = texts.APACHE


def strings(names: str) -> str:
    """Return columns that are all text."""
    return ", ".join(f"{name} string" for name in names.split())


def log(name: str, word: str, text: str, columns: str) -> Case:
    """Return the case of a log."""
    return Case(
        name=name,
        why=f"Nearly all lines match the pattern of {word} from end to end: certainty 1.0.",
        files={"t/a.log": text},
        tables=one("t", strings(columns), format=word, serde=SERDE),
    )


def grok(pattern: str, custom: str = "") -> dict[str, dict[str, Any]]:
    """Return a custom grok classifier."""
    member = {"Name": "mine", "Classification": "shop_log", "GrokPattern": pattern}
    return {"mine": {"GrokClassifier": member | ({"CustomPatterns": custom} if custom else {})}}


BUILT_IN = (
    log("Apache combined", "combined_apache", texts.COMBINED, f"{APACHE} referrer agent"),
    log("Apache common", "apache", texts.COMMON, APACHE),
    log("Linux kernel", "linux_kernel", texts.KERNEL, "timestamp logsource uptime message"),
    log("Linux dmesg", "linux_kernel", texts.DMESG, "priority uptime message"),
    log(
        "Windows web server, W3C",
        "microsoft_log",
        texts.W3C,
        "date time s_ip cs_method cs_uri_stem sc_status cs_user_agent",
    ),
    log("Windows web server, IIS", "microsoft_log", texts.IIS, texts.IIS_COLUMNS),
    log("Windows servicing", "microsoft_log", texts.CBS, "timestamp level component message"),
    log("Ruby logger", "ruby_logger", texts.RUBY, "timestamp pid loglevel progname message"),
    log("Squid", "squid", texts.SQUID, texts.SQUID_COLUMNS),
    log(
        "Redis monitor",
        "redismonlog",
        texts.REDIS_MONITOR,
        "timestamp database client command params",
    ),
    log("Redis", "redislog", texts.REDIS, "pid role timestamp level message"),
    log("Syslog", "syslog", texts.SYSLOG, "priority timestamp logsource program pid message"),
    log(
        "Syslog of RFC 5424",
        "syslog",
        texts.SYSLOG_5424,
        "priority version timestamp logsource program pid message_id structured_data message",
    ),
    log(
        "Apache errors",
        "apache_error",
        texts.APACHE_ERROR,
        "timestamp module loglevel pid tid clientip clientport message",
    ),
    log(
        "nginx errors",
        "nginx_error",
        texts.NGINX_ERROR,
        "timestamp loglevel pid tid connection message",
    ),
)

CUSTOM = (
    Case(
        name="Grok pattern with types",
        why="%{NAME:field:type} names a column and its type; the rest is string.",
        files={"t/a.log": "2024-01-31 sold 3 tea\n2024-02-01 sold 12 coffee\n"},
        classifiers=grok(
            "%{YEAR:year:int}-%{MONTHNUM:month:short}-%{MONTHDAY} sold %{INT:n:long} %{WORD:what}"
        ),
        tables=one(
            "t",
            "year int, month smallint, n bigint, what string",
            format="shop_log",
            serde=SERDE,
            records=2,
        ),
    ),
    Case(
        name="Grok with patterns of one's own",
        why="CustomPatterns add names; the serde is told both.",
        files={"t/a.log": "AB-12: ok\nCD-7: late\n"},
        classifiers=grok("%{PART:part}: %{WORD:state}", "PART [A-Z]{2}-[0-9]+"),
        tables=one(
            "t",
            "part string, state string",
            format="shop_log",
            parameters={"grokCustomPatterns": "PART [A-Z]{2}-[0-9]+"},
            serde_parameters={
                "input.format": "%{PART:part}: %{WORD:state}",
                "input.grokCustomPatterns": "PART [A-Z]{2}-[0-9]+",
            },
        ),
    ),
    Case(
        name="Grok that matches some lines",
        why="The share of lines is its certainty, and below 1.0 a built-in classifier that is"
        " certain wins.",
        files={"t/a.csv": "id,n\n1,x\n2,y\n"},
        classifiers=grok("%{INT:id:int},x"),
        tables=one("t", "id bigint, n string", says=("mine says 0.33",)),
    ),
    Case(
        name="Grok before built-in classifiers",
        why="Custom classifiers are asked first; 1.0 stops everything.",
        files={"t/a.csv": "1,x\n2,y\n"},
        classifiers=grok("%{INT:id:int},%{WORD:n}"),
        tables=one("t", "id int, n string", format="shop_log", serde=SERDE),
    ),
)

SECTIONS = (
    Section(
        title="Logs",
        about="AWS Glue's built-in patterns, and some more. All columns are text.",
        cases=BUILT_IN,
    ),
    Section(
        title="Logs by custom grok patterns",
        about="A custom classifier says what a line holds.",
        cases=CUSTOM,
    ),
)
