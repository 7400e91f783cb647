"""Secrets at rest: sealed with one key that is kept outside the database."""

from __future__ import annotations

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from gluepot.catalog.errors import GluepotError, InvalidInputError

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = "v1:"


class SealError(GluepotError):
    """A sealed secret cannot be opened: it was sealed with another key, or was altered."""

    code = "GlueEncryptionException"


class Sealer:
    """Seals and opens short texts by AES-256-GCM; equal texts do not look equal when sealed."""

    def __init__(self, key: bytes) -> None:
        """Take a key of 32 bytes.

        Raises:
            InvalidInputError: The key has another length.
        """
        if len(key) != KEY_BYTES:
            raise InvalidInputError(
                f"The sealing key has {len(key)} bytes, not {KEY_BYTES};"
                " make one with: openssl rand -base64 32"
            )
        self._key = key
        self._cipher = AESGCM(self.derive("seal"))

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "Sealer(...)"

    def seal(self, text: str) -> str:
        """Return the text so that only the key's owner reads it, and any change is noticed."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, text.encode(), _VERSION.encode())
        return _VERSION + base64.b64encode(sealed).decode()

    def open(self, sealed: str) -> str:
        """Return the text that was sealed.

        Raises:
            SealError: It was sealed with another key, or is not what was sealed.
        """
        try:
            raw = base64.b64decode(sealed.removeprefix(_VERSION), validate=True)
            nonce, rest = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return self._cipher.decrypt(nonce, rest, _VERSION.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealError(
                "A stored secret cannot be opened: it was sealed with another key."
                " Give the key that sealed it (sealing_key_file), or store the secret anew"
            ) from error

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes that belong to one purpose: the key itself is used for nothing."""
        return HKDFExpand(algorithm=SHA256(), length=KEY_BYTES, info=purpose.encode()).derive(
            self._key
        )
