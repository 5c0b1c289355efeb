"""A real mail server on the loopback, which a test tells how to behave.

with LoopbackMail() as server: ...            plain, takes everything
LoopbackMail(tls=certificate)                 offers STARTTLS and refuses mail before it
LoopbackMail(tls=certificate, wrapped=True)   TLS from the first byte
LoopbackMail(tls=..., sign_in=("name", "pw")) wants a sign-in
server.on_rcpt / on_data = lambda mail: "450 4.2.0 later" | "drop" | "hang" | None
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certificate:
    """A self-made certificate for localhost and 127.0.0.1, and its key."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Received:
    """A mail as the server took it."""

    sender: str
    recipient: str
    raw: bytes
    mail: EmailMessage
    tls: bool
    user: str | None

    @property
    def text(self) -> str:
        part = self.mail.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")

    @property
    def html(self) -> str:
        part = self.mail.get_body(("html",))
        assert part is not None
        return str(part.get_content())


Answer = Callable[[str], str | None]


class LoopbackMail:
    """The server; `received` has what it took, `connections` how often somebody came."""

    def __init__(
        self,
        *,
        tls: Certificate | None = None,
        wrapped: bool = False,
        sign_in: tuple[str, str] | None = None,
        port: int = 0,
    ) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.on_rcpt: Answer = lambda _to: None
        self.on_data: Answer = lambda _to: None
        self.on_taken: Answer = lambda _to: None
        self.reached = threading.Event()
        self.late: list[threading.Thread] = []
        self._sign_in = sign_in
        self._context: ssl.SSLContext | None = None
        if tls is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(tls.certificate, tls.key)
        self._wrapped = wrapped
        self._wanted_port = port
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> LoopbackMail:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def recipients(self) -> list[str]:
        return [one.recipient for one in self.received]

    def close_door(self) -> None:
        """Take no further connections; those that are open go on."""
        assert self._server is not None
        self._loop.call_soon_threadsafe(self._server.close)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(
            self._conversation,
            "127.0.0.1",
            self._wanted_port,
            ssl=self._context if self._wrapped else None,
        )

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        for task in others:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _conversation(self) -> SMTP:
        self.connections += 1
        starttls = self._context is not None and not self._wrapped
        return SMTP(
            self,
            hostname="loopback.test",
            ident="loopback",
            loop=self._loop,
            enable_SMTPUTF8=True,
            tls_context=self._context if starttls else None,
            require_starttls=starttls,
            auth_required=self._sign_in is not None,
            auth_require_tls=False if self._wrapped else starttls,
            auth_exclude_mechanism=None if self._sign_in else ("LOGIN", "PLAIN"),
            authenticator=self._check,
        )

    def _check(self, _server: Any, _session: Any, _envelope: Any, _how: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        given = (data.login.decode(), data.password.decode())
        if given == self._sign_in:
            return AuthResult(success=True, auth_data=given[0])
        # A server that is too talkative: what it was given must not reach a log.
        return AuthResult(
            success=False, handled=False, message=f"535 5.7.8 no entry for {given[0]} with {given[1]} here"
        )

    async def handle_RCPT(self, server: SMTP, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        answer = await self._told(server, self.on_rcpt(address))
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        to = envelope.rcpt_tos[0]
        answer = await self._told(server, self.on_data(to))
        if answer is not None:
            return answer
        raw = bytes(envelope.original_content)
        mail = cast(EmailMessage, message_from_bytes(raw, policy=default))
        self.received.append(
            Received(envelope.mail_from, to, raw, mail, self._wrapped or session.ssl is not None, session.auth_data)
        )
        return await self._told(server, self.on_taken(to)) or "250 OK"

    async def _told(self, server: SMTP, behaviour: str | None) -> str | None:
        if behaviour == "wait":
            for thread in self.late:
                await asyncio.to_thread(thread.join)
            return None
        if behaviour == "hang":
            self.reached.set()
            await asyncio.sleep(60)
        if behaviour == "drop":
            server.transport.abort()
            await asyncio.sleep(60)
        return behaviour


def make_certificate(folder: Path) -> Certificate:
    """A certificate that vouches for itself, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "loopback.pem", folder / "loopback.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Certificate(certificate, secret)
