"""Mails: text for machines and terminals, HTML for the rest."""

from __future__ import annotations

import smtplib
import ssl
from email.errors import MessageError
from email.message import EmailMessage
from html import escape
from typing import TYPE_CHECKING

from gluepot.jobs.notifications.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gluepot.jobs.notifications.model import EmailChannel
    from gluepot.jobs.notifications.outbox import Delivery

_OK = 250
_REFUSED = 500
"""From here on SMTP's answers are for good."""


def mail_of(delivery: Delivery, channel: EmailChannel, link: str | None) -> EmailMessage:
    """Return the mail of a message.

    Raises:
        DeliveryError: An address cannot be one.
    """
    told, mail = delivery.body, EmailMessage()
    try:
        mail["Subject"] = " ".join(str(told["title"]).split())
        mail["From"] = channel.sender
        mail["To"] = ", ".join(channel.to)
        mail["Message-ID"] = f"<{delivery.id}@gluepot>"
    except (ValueError, MessageError) as error:
        raise DeliveryError(f"The mail cannot be written: {error}", final=True) from error
    mail["Auto-Submitted"] = "auto-generated"
    rows = _rows(told, link)
    text = "\n".join(f"{name}: {value}" for name, value in rows.items())
    mail.set_content(f"{told['title']}\n\n{text}\n")
    mail.add_alternative(_html(str(told["title"]), rows, link), subtype="html")
    return mail


def _rows(told: Mapping[str, Any], link: str | None) -> dict[str, str]:
    rows = {
        str(told["kind"]): told["name"],
        "id": told["id"],
        "time": told["event"]["time"],
        "cause": told["cause"],
        "look": link or f"gluepot run show {told['id']}",
    }
    if link is None and told["kind"] == "workflow":
        del rows["look"]
    return rows


def _html(title: str, rows: Mapping[str, str], link: str | None) -> str:
    shown = {name: escape(str(value)) for name, value in rows.items()}
    if link is not None:
        shown["look"] = f'<a href="{escape(link, quote=True)}">{shown["look"]}</a>'
    cells = "".join(
        f'<tr><th align="left" valign="top">{escape(name)}</th>'
        f'<td style="white-space:pre-wrap">{value}</td></tr>'
        for name, value in shown.items()
    )
    return f"<html><body><h3>{escape(title)}</h3><table>{cells}</table></body></html>"


def send_mail(
    delivery: Delivery,
    channel: EmailChannel,
    link: str | None,
    *,
    secrets: Callable[[str], str],
) -> int:
    """Send a message and return SMTP's status.

    Raises:
        DeliveryError: It was not taken; final where the server refuses it for good.
    """
    mail = mail_of(delivery, channel, link)
    try:
        with _open(channel) as server:
            if channel.user is not None and channel.password is not None:
                server.login(channel.user, secrets(channel.password))
            refused = server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code = min(code for code, _ in error.recipients.values())
        raise DeliveryError("The server refused every recipient", code, code >= _REFUSED) from None
    except smtplib.SMTPAuthenticationError as error:
        raise DeliveryError("The server refused the login", error.smtp_code) from None
    except smtplib.SMTPResponseException as error:
        code = error.smtp_code
        raise DeliveryError(f"The server answered {code}", code, code >= _REFUSED) from None
    except ssl.SSLCertVerificationError as error:
        trouble = f"The server's certificate is not trusted: {error.verify_message}"
        raise DeliveryError(trouble) from None
    except (OSError, smtplib.SMTPException) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise DeliveryError(f"There was no answer: {reason or type(error).__name__}") from None
    if refused:
        # The others have it: trying again would tell them twice.
        count = len(refused)
        raise DeliveryError(
            f"The server refused {count} of {len(channel.to)} recipients", final=True
        )
    return _OK


def _open(channel: EmailChannel) -> smtplib.SMTP:
    host, port, seconds = channel.host, channel.port, channel.timeout_seconds
    if channel.security == "none":
        return smtplib.SMTP(host, port, timeout=seconds)
    context = ssl.create_default_context(cafile=channel.ca_file)
    if channel.security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=seconds, context=context)
    server = smtplib.SMTP(host, port, timeout=seconds)
    try:
        server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server
