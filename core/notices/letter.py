"""A mail as it goes over the wire: headers, plain text and HTML."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from core.notices.addresses import header, header_text
from core.notices.model import Rendered


def compose(
    words: Rendered,
    *,
    sender: Address,
    to: str,
    name: str,
    message_id: str,
    date: datetime,
    unsubscribe_url: str = "",
) -> bytes:
    """The whole mail with CRLF line ends, no line longer than 998 bytes, nothing but ASCII unless an address needs it.

    Args:
        words: what it says.
        sender: SMTP_FROM.
        to, name: whom it is for; the name may be untrusted.
        message_id: from `message_id`.
        date: when it is sent, timezone-aware.
        unsubscribe_url: for List-Unsubscribe with one click (RFC 8058); only https addresses are named.

    Raises:
        WrongAddress: `to` is not one e-mail address.
    """
    wide = not (to + sender.addr_spec).isascii()
    mail = EmailMessage(SMTPUTF8 if wide else SMTP)
    mail["From"] = sender
    mail["To"] = header(to, name)
    mail["Subject"] = header_text(words.subject, 200)
    mail["Date"] = date
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if unsubscribe_url.startswith("https://"):
        mail["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(words.text, cte="quoted-printable")
    mail.add_alternative(words.html, subtype="html", cte="quoted-printable")
    return mail.as_bytes()


def message_id(kind: str, key: str, sender: Address) -> str:
    """The same for every attempt at the same mail, so that a mailbox can tell it has it already."""
    digest = hashlib.sha256(f"{kind}\n{key}".encode()).hexdigest()[:40]
    return f"<{digest}@{sender.domain}>"
