"""The one secret key of the installation, and what it does: sign what leaves the server, seal what is kept.

The key is KUBERA_SECRET_KEY, the same in every process. In demo mode without one, a random key is made once and kept in
`secret.key` in KUBERA_DATA_DIR, readable by its owner alone; production refuses to start (`core.settings`). Every
purpose has a key of its own, derived by HKDF (RFC 5869): a signature for one is worth nothing for another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.settings import get_settings

KEY_FILE = "secret.key"
_SHORTEST = 32


class SecretKeyProblem(RuntimeError):
    """There is no usable secret key, or something was sealed with another one; the text is meant for the operator."""


def secret_key() -> bytes:
    """The installation's key, at least 32 bytes. Never show it.

    Raises:
        SecretKeyProblem: the key's file cannot be read or made, or production has no KUBERA_SECRET_KEY.
    """
    app = get_settings().app
    if app.secret_key is not None:
        return app.secret_key.get_secret_value().encode()
    if app.env == "production":
        raise SecretKeyProblem("KUBERA_SECRET_KEY is not set: production needs it. `openssl rand -hex 32` prints one.")
    return _kept_key(app.data_dir / KEY_FILE)


def sign(purpose: str, text: str) -> str:
    """`text` with a signature, safe in an address; readable by anybody, and changeable by nobody without the key."""
    return f"{_encode(text.encode())}.{_encode(_signature(purpose, text.encode()))}"


def unsign(purpose: str, token: str) -> str | None:
    """The text of a token made by `sign` for the same purpose, or None for anything else."""
    body, dot, signature = token.partition(".")
    if not dot or len(token) > 8192:
        return None
    try:
        content, given = _decode(body), _decode(signature)
        text = content.decode()
    except (binascii.Error, ValueError):
        return None
    return text if hmac.compare_digest(given, _signature(purpose, content)) else None


def fingerprint(purpose: str, text: str) -> str:
    """A keyed hash of `text`, 64 hex digits (HMAC-SHA-256): to find or compare what is not kept in clear."""
    return _signature(purpose, text.encode("utf-8", errors="surrogatepass")).hex()


def seal(content: bytes) -> bytes:
    """`content` encrypted and authenticated (Fernet: AES-128-CBC and HMAC-SHA-256)."""
    return _fernet().encrypt(content)


def unseal(sealed: bytes) -> bytes:
    """What `seal` was given.

    Raises:
        SecretKeyProblem: it was changed, or sealed with another key.
    """
    try:
        return _fernet().decrypt(sealed)
    except InvalidToken:
        raise SecretKeyProblem(
            "Something kept encrypted cannot be read with the present KUBERA_SECRET_KEY. Put the earlier key back."
        ) from None


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived(secret_key(), "seal")))


def _signature(purpose: str, content: bytes) -> bytes:
    return hmac.digest(_derived(secret_key(), f"sign {purpose}"), content, hashlib.sha256)


@lru_cache(maxsize=64)
def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"kubera", info=purpose.encode()).derive(key)


@lru_cache(maxsize=8)
def _kept_key(path: Path) -> bytes:
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes().strip()
    except OSError as error:
        raise SecretKeyProblem(
            f"The secret key's file {path} cannot be used ({error.strerror}). "
            "Make its folder writable, or set KUBERA_SECRET_KEY."
        ) from error
    if len(key) < _SHORTEST:
        raise SecretKeyProblem(f"The secret key's file {path} is damaged. Delete it (sign-ins end), or restore it.")
    return key


def _make_key(path: Path) -> None:
    """Write a key beside `path` and link it there: of several processes that start at once, the first one's counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    padded = text + "=" * (-len(text) % 4)
    return base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
