"""A mail server for tests: speaks SMTP with STARTTLS and AUTH on a real socket, and keeps mails."""

from __future__ import annotations

import base64
import contextlib
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path


@dataclass(kw_only=True)
class MailServer:
    """What the server has got, and what it refuses; ``refuse`` are addresses and their answers."""

    port: int
    ca_file: Path
    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def mail_server(folder: Path) -> Iterator[MailServer]:
    """Run a mail server in threads; its certificate is signed by itself."""
    ca_file, context = _certificate(folder)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation) as server:
        server.daemon_threads = True
        kept = MailServer(port=server.server_address[1], ca_file=ca_file)
        server.kept, server.context = kept, context  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield kept
        server.shutdown()
        thread.join()


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.kept: MailServer = self.server.kept  # type: ignore[attr-defined]
        self.encrypted = False
        self._say("220 test")
        while line := self.rfile.readline():
            words = line.decode().strip().split(" ", 2)
            if not self._answer(words[0].upper(), words[1:]):
                return

    def finish(self) -> None:
        super().finish()
        self.rfile.close()
        self.connection.close()

    def _answer(self, verb: str, rest: list[str]) -> bool:
        if verb == "EHLO":
            self._say("250-test\r\n250-STARTTLS\r\n250 AUTH PLAIN")
        elif verb == "STARTTLS":
            self._say("220 go ahead")
            context: ssl.SSLContext = self.server.context  # type: ignore[attr-defined]
            try:
                self.connection = context.wrap_socket(self.connection, server_side=True)
            except (ssl.SSLError, OSError):  # the client does not trust the certificate
                return False
            self.rfile = self.connection.makefile("rb")
            self.encrypted = True
        elif verb == "AUTH":
            _, user, password = base64.b64decode(rest[1]).decode().split("\0")
            self.kept.logins.append((user, password))
            self._say("235 welcome")
        elif verb == "RCPT":
            address = rest[0].partition("<")[2].rstrip(">")
            self._say(self.kept.refuse.get(address, "250 ok"))
        elif verb == "DATA":
            self._take()
        else:
            self._say("221 bye" if verb == "QUIT" else "250 ok")
        return verb != "QUIT"

    def _take(self) -> None:
        self._say("354 go ahead")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b"."))
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        self.kept.mails.append(mail)
        self.kept.encrypted.append(self.encrypted)
        self._say("250 kept")

    def _say(self, text: str) -> None:
        self.connection.sendall(f"{text}\r\n".encode())


def _certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    local = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(local, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    ca_file, key_file = folder / "mail-ca.pem", folder / "mail-key.pem"
    ca_file.write_bytes(made.public_bytes(pem))
    key_file.write_bytes(key.private_bytes(pem, *plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca_file, key_file)
    return ca_file, context
