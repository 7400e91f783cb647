"""Logs of well-known programs: the word and the columns of each, and what is none of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluepot.crawlers.classifiers.grok import compile_grok
from gluepot.crawlers.classifiers.grok_match import fields_of, match_lines
from gluepot.crawlers.classifiers.logs import LOGS
from tests.crawlers.classifiers.heads import head

if TYPE_CHECKING:
    from gluepot.crawlers.classifiers.base import Classification

APACHE = "clientip ident auth timestamp verb request httpversion rawrequest response bytes"
IIS_COLUMNS = (
    "clientip username date time service server serverip timetaken bytesreceived bytessent"
    " servicestatus windowsstatus verb target parameters"
)
SQUID_COLUMNS = (
    "timestamp duration client_address cache_result status_code bytes request_method url user"
    " hierarchy_code server content_type"
)
COMBINED = (
    '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326'
    ' "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"\n'
    '2001:db8::17 - - [11/Oct/2000:03:00:01 +0000] "POST /a?b=\\"c\\" HTTP/1.1" 404 - "-" "-"\n'
    'crawl-66.example.org - - [11/Oct/2000:03:00:02 +0000] "-" 408 0 "-" "curl/8 \\"x\\""\n'
)
COMMON = (
    'host.example.com - alice [01/Jan/2024:00:00:00 +0100] "GET / HTTP/1.1" 200 512\n'
    '10.1.2.3 - - [01/Jan/2024:00:00:01 +0100] "\\x16\\x03\\x01" 400 226\n'
)
KERNEL = (
    "Jan  5 04:07:09 web-1 kernel: [    0.000000] Linux version 5.15.0-91-generic\n"
    "Jan  5 04:07:10 web-1 kernel: [   12.345678] usb 1-1: new high-speed USB device\n"
)
KERNEL_PLAIN = (
    "Jul  1 09:00:55 combo kernel: Linux version 2.6.5-1.358\n"
    "Jul  1 09:00:55 combo kernel: ACPI: PM-Timer IO Port: 0x1008\n"
)
DMESG = "[    0.000000] Booting Linux\n[    1.201533] e1000: Intel(R) PRO/1000\n"
W3C = (
    "#Software: Microsoft Internet Information Services 10.0\n"
    "#Version: 1.0\n"
    "#Date: 2024-01-02 00:00:01\n"
    "#Fields: date time s-ip cs-method cs-uri-stem sc-status cs(User-Agent)\n"
    "2024-01-02 00:00:01 10.0.0.4 GET /default.htm 200 Mozilla/5.0+(Windows+NT+10.0)\n"
    "2024-01-02 00:00:02 10.0.0.4 POST /login.aspx 302 -\n"
)
IIS = (
    "192.168.114.201, -, 03/20/05, 7:55:20, W3SVC2, SERVER, 172.21.13.45, 4502, 163, 3223, 200, 0,"
    " GET, /DeptLogo.gif, -,\n"
)
CBS = (
    "2016-09-28 04:30:30, Info                  CBS    Loaded Servicing Stack v6.1.7601.23505\n"
    "2016-09-28 04:30:31, Error                 CSI    00000001@2016/9/28:20:30:31.455 WcpInit\n"
)
RUBY = (
    "I, [1999-03-03T02:34:24.895701 #19074]  INFO -- Main: info.\n"
    "E, [2024-01-02T03:04:05.000006 #1] ERROR -- : It broke: badly\n"
)
SQUID = (
    "1286536308.779    180 192.168.0.224 TCP_MISS/200 411 GET http://example.com/a.gif -"
    " DIRECT/1.2.3.4 image/gif\n"
    "1286536309.450     12 192.168.0.68 TCP_DENIED/407 3864 CONNECT mail.example.com:443 joe"
    " NONE/- text/html\n"
)
REDIS_MONITOR = (
    '1339518083.107412 [0 127.0.0.1:60866] "keys" "*"\n1339518087.877697 [15 [::1]:6379] "dbsize"\n'
)
REDIS = (
    "12345:M 14 Nov 2023 07:01:22.119 * Background saving terminated with success\n"
    "12345:C 14 Nov 2023 07:01:23.001 # Warning: no config file specified\n"
)
REDIS_OLD = "[4018] 14 Nov 07:01:22.119 * Background saving terminated with success\n"
SYSLOG = (
    "Mar 12 12:27:00 node-2 named[32172]: no prio, short standard syslog\n"
    "Mar  2 12:27:01 node-2 CRON[1]: (root) CMD (run-parts /etc/cron.hourly)\n"
    "Mar  2 12:27:02 node-2 systemd: Started Session 1 of user root.\n"
)
SYSLOG_5424 = (
    "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed\n"
    '<165>1 2003-10-11T22:14:15.003Z host evntslog 77 ID47 [a@1 b="c"] An event\n'
)
SYSLOG_ISO = "2024-05-06T07:08:09.123456+02:00 web-1 sshd[812]: Accepted publickey for root\n"
APACHE_ERROR = (
    "[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416]"
    " [client 72.15.99.187:4711] File does not exist: /usr/local/apache2/htdocs/favicon.ico\n"
    "[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok /etc/httpd/conf/workers2.properties\n"
)
NGINX_ERROR = (
    '2023/07/08 09:10:11 [error] 29#29: *1423 open() "/x" failed (2: No such file)\n'
    '2023/07/08 09:10:12 [notice] 1#1: using the "epoll" event method\n'
)


def winner(text: str | bytes, *, complete: bool = True) -> Classification | None:
    sample = head(text, complete=complete)
    answers = (log.classify(sample) for log in LOGS)
    return next((answer for answer in answers if answer.certainty == 1.0), None)


@pytest.mark.parametrize(
    ("text", "word", "columns"),
    [
        (COMBINED, "combined_apache", f"{APACHE} referrer agent"),
        (COMMON, "apache", APACHE),
        (KERNEL, "linux_kernel", "timestamp logsource uptime message"),
        (KERNEL_PLAIN, "linux_kernel", "timestamp logsource message"),
        (DMESG, "linux_kernel", "priority uptime message"),
        (
            W3C,
            "microsoft_log",
            "date time s_ip cs_method cs_uri_stem sc_status cs_user_agent",
        ),
        (
            IIS,
            "microsoft_log",
            IIS_COLUMNS,
        ),
        (CBS, "microsoft_log", "timestamp level component message"),
        (RUBY, "ruby_logger", "timestamp pid loglevel progname message"),
        (
            SQUID,
            "squid",
            SQUID_COLUMNS,
        ),
        (REDIS_MONITOR, "redismonlog", "timestamp database client command params"),
        (REDIS, "redislog", "pid role timestamp level message"),
        (REDIS_OLD, "redislog", "pid timestamp level message"),
        (SYSLOG, "syslog", "priority timestamp logsource program pid message"),
        (
            SYSLOG_5424,
            "syslog",
            "priority version timestamp logsource program pid message_id structured_data message",
        ),
        (SYSLOG_ISO, "syslog", "priority timestamp logsource program pid message"),
        (
            APACHE_ERROR,
            "apache_error",
            "timestamp module loglevel pid tid clientip clientport message",
        ),
        (NGINX_ERROR, "nginx_error", "timestamp loglevel pid tid connection message"),
    ],
)
def test_each_log_has_its_word_and_its_columns(text: str, word: str, columns: str) -> None:
    answer = winner(text)

    assert answer is not None
    assert answer.classifier == word
    assert answer.schema is not None
    assert answer.schema.format == word
    assert [column.name for column in answer.schema.columns] == columns.split()
    assert answer.schema.storage == "grok"
    assert answer.schema.serde_parameters["input.format"] == answer.schema.parameters["grokPattern"]
    assert answer.schema.exact


@pytest.mark.parametrize("text", [COMBINED, COMMON, KERNEL, DMESG, IIS, CBS, RUBY, SQUID, REDIS])
def test_readers_that_look_anywhere_in_a_line_find_the_same_fields(text: str) -> None:
    answer = winner(text)
    assert answer is not None
    assert answer.schema is not None
    grok = compile_grok(answer.schema.parameters["grokPattern"])
    whole = [re.fullmatch(grok.expression, line) for line in text.splitlines()]

    found = match_lines(grok, text.splitlines())

    assert found == [one and fields_of(grok, one.groupdict()) for one in whole]


def test_a_column_names_a_value_and_its_line() -> None:
    answer = winner(COMBINED)

    assert answer is not None
    assert answer.schema is not None
    reasons = {column.name: column.reason for column in answer.schema.columns}
    assert reasons["auth"] == "the pattern says string, such as 'frank' on line 1"
    assert reasons["bytes"] == "the pattern says string, such as '2326' on line 1"
    assert reasons["rawrequest"] == "the pattern says string, such as '-' on line 3"


def test_names_of_fields_that_are_no_names_are_made_some() -> None:
    answer = winner(f"#Fields: - x x {'y' * 300} ((\n" + "1 2 3 4 5\n" * 20)

    assert answer is not None
    assert answer.schema is not None
    assert [column.name for column in answer.schema.columns] == ["_", "x", "x_1", "y" * 300, "__1"]


def test_a_few_foreign_lines_are_named() -> None:
    answer = winner(COMMON * 20 + "AH00558: httpd: Could not determine the server's name\n")

    assert answer is not None
    assert answer.schema is not None
    assert answer.schema.warnings == ("lines 41 do not match the pattern: their columns are null",)


def test_many_foreign_lines_make_it_no_log() -> None:
    assert winner(COMMON * 8 + "what is this\n" * 4) is None


@pytest.mark.parametrize(
    "text",
    [
        "id,name\n1,a\n2,b\n",
        "2024-01-01,1.5,GET\n2024-01-02,2.5,GET\n",
        "1.2.3.4|frank|200\n",
        "timestamp level component message\n2016-09-28 04:30:30 Info CBS Loaded\n",
        "\n\n",
        "",
    ],
)
def test_tables_are_no_logs(text: str) -> None:
    assert winner(text) is None


def test_a_cut_head_counts_its_whole_lines_and_estimates_the_others() -> None:
    log = LOGS[1]
    answer = log.classify(head(COMMON * 100 + "10.1.2.3 - - [01/J", complete=False))

    assert answer.schema is not None
    assert not answer.schema.exact
    assert 195 <= answer.schema.records <= 205
    assert not answer.schema.warnings


@pytest.mark.parametrize(
    "line",
    [
        '1.1.1.1 - - [10/Oct/2000:13:55:36 -0700] "' + '" 1 ' * 2000,
        '1.1.1.1 - - [10/Oct/2000:13:55:36 -0700] "' + "\\" * 8000,
        "a." * 4000,
        "a" * 8000,
        "1:" * 4000,
        "/" * 8000,
        "Jan  5 04:07:09 " + "a-" * 3900,
        "1.1.1.1, " + ", " * 4000,
        "[" * 8000,
        "x" * 1_000_000,
    ],
)
def test_lines_made_to_take_long_do_not(line: str) -> None:
    assert winner(f"{line}\n" * 20) is None


@given(st.binary(max_size=200), st.sampled_from([COMBINED, W3C, SYSLOG, REDIS]))
def test_no_bytes_raise(data: bytes, text: str) -> None:
    winner(text.encode()[: len(data)] + data, complete=False)
