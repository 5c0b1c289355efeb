"""The mail server: one conversation, from opening it to the answer that says a mail was taken.

`MailServer.hand_over` ends in exactly one of these ways:

    True                 the server took the mail
    False                the caller did not want it sent after all (`may_send` said so)
    MailRefused          the server will never take it (5xx)
    MailDelayed          not now (4xx, or the conversation broke before the mail was said)
    MailUnconfirmed      the mail was said in full, and the answer never came: it may or may not be under way
    MailServerAway       there is no server to talk to; the text names what to look at
"""

from __future__ import annotations

import base64
import ipaddress
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from types import TracebackType
from urllib.parse import urlsplit

from core.notices.addresses import masked
from core.notices.context import clean
from core.notices.errors import MailServerAway, NoticeError
from core.notices.model import Mode
from core.settings import MailSettings, get_settings

LONGEST_WORDS = 300
_ANY_ADDRESS = re.compile(r"[^\s<>@,;:\"']+@[^\s<>@,;:\"']+")


class MailRefused(NoticeError):
    """The server will never take this mail (5xx)."""


class MailDelayed(NoticeError):
    """Not now. `broken` when the conversation broke off rather than the server saying so."""

    def __init__(self, message: str, *, broken: bool = False) -> None:
        self.broken = broken
        super().__init__(message)


class MailUnconfirmed(NoticeError):
    """The mail was said in full, but the server's answer never came."""


def mode() -> Mode:
    """Where mails go: to the configured "server", "on_screen" (demo without one), or nowhere ("none")."""
    settings = get_settings()
    if settings.mail.host:
        return "server"
    return "on_screen" if settings.app.env == "demo" else "none"


class MailServer:
    """The configured server, spoken to when the first mail is handed over and left at the end.

    Args:
        settings: where it is and how to sign in.
    """

    def __init__(self, settings: MailSettings) -> None:
        if not settings.host:
            raise MailServerAway("No mail server is configured.", "Set SMTP_HOST, and what it needs beside it.")
        self._settings = settings
        self._host = settings.host
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> MailServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            try:
                self._connection.quit()
            except (OSError, smtplib.SMTPException):
                self._drop()  # a conversation that ended by itself needs no good-bye
            self._connection = None

    def hand_over(self, content: bytes, sender: str, recipient: str, may_send: Callable[[], bool]) -> bool:
        """Hand over one mail.

        Args:
            content: the whole mail with CRLF line ends.
            sender, recipient: addresses of the envelope, checked.
            may_send: asked immediately before the mail is said; False leaves it.

        Raises:
            MailRefused, MailDelayed, MailUnconfirmed, MailServerAway: see the module.
        """
        connection = self._begun(sender, wide=not (sender + recipient).isascii())
        said = False
        try:
            self._expect(connection.rcpt(recipient), 250, 251)
            if not may_send():
                connection.rset()
                return False
            self._expect(connection.docmd("DATA"), 354)
            connection.send(re.sub(rb"(?m)^\.", b"..", content.removesuffix(b"\r\n")) + b"\r\n.\r\n")
            said = True
            self._expect(connection.getreply(), 250)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            self._drop()
            words = f"The conversation with the mail server broke off: {self._words_of(error)}."
            if said:
                raise MailUnconfirmed(words) from error
            raise MailDelayed(words, broken=True) from error
        return True

    def _begun(self, sender: str, *, wide: bool) -> smtplib.SMTP:
        """A connection to which the sender was said; an old one that died in the meantime is replaced."""
        fresh = self._connection is None
        connection = self._open()
        if wide and not connection.has_extn("smtputf8"):
            raise MailRefused("The mail server takes only addresses in plain letters (no SMTPUTF8).")
        try:
            self._expect(connection.mail(sender, ["SMTPUTF8"] if wide else []), 250)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            if not fresh:
                return self._begun(sender, wide=wide)
            words = f"The conversation with the mail server broke off: {self._words_of(error)}."
            raise MailDelayed(words, broken=True) from error
        return connection

    def _expect(self, answer: tuple[int, bytes], *wanted: int) -> None:
        code, said = answer
        if code in wanted:
            return
        connection = self._connection
        words = f"The mail server said {code}: {self.redacted(said.decode('utf-8', 'replace'))}"
        if connection is None or code in {421, -1}:
            self._drop()
        else:
            try:
                connection.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()
        if 500 <= code < 600:
            raise MailRefused(words)
        raise MailDelayed(words, broken=code in {421, -1})

    def _open(self) -> smtplib.SMTP:
        if self._connection is not None:
            return self._connection
        where = f"{self._host}:{self._settings.port}"
        connection: smtplib.SMTP | None = None
        try:
            connection = self._connected()
            connection.ehlo_or_helo_if_needed()
            if self._settings.user:
                self._sign_in(connection, self._settings.user)
        except smtplib.SMTPAuthenticationError as error:
            words = self.redacted(_text(error.smtp_error))
            problem = MailServerAway(
                f"The mail server at {where} refused the sign-in ({error.smtp_code}: {words}).",
                "Check SMTP_USER and SMTP_PASSWORD.",
            )
        except smtplib.SMTPNotSupportedError as error:
            problem = MailServerAway(
                f"The mail server at {where} does not offer what is configured: {self._words_of(error)}.",
                "Check SMTP_SECURITY (starttls, tls), and unset SMTP_USER when it takes no sign-in.",
            )
        except ssl.SSLCertVerificationError as error:
            problem = MailServerAway(
                f"The certificate of the mail server at {where} is not trusted: {clean(error.verify_message)}.",
                "Set SMTP_CA_FILE to the certificate that vouches for it, and SMTP_HOST to the name it is made for.",
            )
        except ssl.SSLError as error:
            problem = MailServerAway(
                f"No protected connection to the mail server at {where}: {clean(error.reason or 'no TLS')}.",
                "SMTP_SECURITY is starttls for port 587 and tls for port 465.",
            )
        except socket.gaierror:
            problem = MailServerAway(
                f"The name of the mail server, {self._host}, is not known here.", "Check SMTP_HOST."
            )
        except TimeoutError:
            problem = MailServerAway(
                f"The mail server at {where} does not answer within {self._settings.timeout_s:g} s.",
                "Check SMTP_HOST and SMTP_PORT, and that a firewall lets it through.",
            )
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            problem = MailServerAway(
                f"The mail server at {where} cannot be used: {self._words_of(error)}.",
                "Check SMTP_HOST, SMTP_PORT and SMTP_SECURITY.",
            )
        else:
            self._connection = connection
            return connection
        if connection is not None:
            connection.close()
        raise problem

    def _sign_in(self, connection: smtplib.SMTP, user: str) -> None:
        password = self._settings.password
        try:
            connection.login(user, password.get_secret_value() if password else "")
        except smtplib.SMTPException as error:
            if type(error) is smtplib.SMTPException:  # smtplib's way to say that both know no common method
                raise smtplib.SMTPNotSupportedError(str(error)) from error
            raise

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "none":
            if not _is_this_machine(self._host):
                raise MailServerAway(
                    f"Mails would travel to {self._host} unprotected.",
                    "SMTP_SECURITY=none is for a server on this machine; set starttls or tls.",
                )
            return smtplib.SMTP(self._host, settings.port, _own_name(), timeout=settings.timeout_s)
        context = self._trust()
        if settings.security == "tls":
            return smtplib.SMTP_SSL(self._host, settings.port, _own_name(), timeout=settings.timeout_s, context=context)
        connection = smtplib.SMTP(self._host, settings.port, _own_name(), timeout=settings.timeout_s)
        try:
            self._expect_tls(connection.starttls(context=context))
        except BaseException:
            connection.close()
            raise
        return connection

    def _expect_tls(self, answer: tuple[int, bytes]) -> None:
        if answer[0] != 220:  # smtplib goes on unprotected
            raise smtplib.SMTPNotSupportedError("STARTTLS was refused")

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._settings.ca_file is not None:
            try:
                context.load_verify_locations(self._settings.ca_file)
            except OSError as error:  # ssl.SSLError is one
                raise MailServerAway(
                    f"The certificates in SMTP_CA_FILE cannot be read ({type(error).__name__}).",
                    "It names a PEM file this process may read.",
                ) from error
        return context

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _words_of(self, error: Exception) -> str:
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            return f"no answer within {self._settings.timeout_s:g} s"
        if isinstance(error, smtplib.SMTPResponseException):
            return f"{error.smtp_code} {self.redacted(_text(error.smtp_error))}"
        if isinstance(error, smtplib.SMTPException):
            return self.redacted(str(error)).rstrip(".")
        return clean(getattr(error, "strerror", None) or type(error).__name__)

    def redacted(self, words: str) -> str:
        """A server's words without addresses and without what we signed in with."""
        user, password = self._settings.user or "", self._settings.password
        secret = password.get_secret_value() if password else ""
        hidden = {secret, user}
        for part in (secret, user, f"\0{user}\0{secret}"):
            hidden.add(base64.b64encode(part.encode()).decode())
        for part in sorted((part for part in hidden if len(part) > 3), key=len, reverse=True):
            words = words.replace(part, "•••")
        return _ANY_ADDRESS.sub(lambda found: masked(found.group()), clean(words, LONGEST_WORDS))


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _own_name() -> str:
    """What we call ourselves to the server: the desk's own name, without asking the network for it."""
    address = get_settings().accounts.public_url
    return (urlsplit(address).hostname if address else None) or socket.gethostname() or "localhost"
