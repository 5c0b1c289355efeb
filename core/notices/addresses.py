"""E-mail addresses: one, whole, and unable to say anything else to a mail server."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.utils import parseaddr

import idna

from core.notices.context import clean
from core.notices.errors import WrongAddress

LONGEST_ADDRESS = 254
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f]{1,64}@[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f]{1,190}")


def checked(text: str) -> str:
    """One address, as it stands.

    Raises:
        WrongAddress: it is none, or more than one, or holds what an address may not.
    """
    if len(text) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(text) or clean(text) != text:
        raise WrongAddress("This is not an e-mail address.", "Give one like name@example.com.")
    user, _, domain = text.rpartition("@")
    if ".." in text or user.startswith(".") or user.endswith(".") or domain.startswith((".", "-")):
        raise WrongAddress("This is not an e-mail address.", "Give one like name@example.com.")
    return text


def header(address: str, name: str = "") -> Address:
    """An address with a name, for a header; the name is cleaned, cut and quoted.

    Raises:
        WrongAddress: as `checked`.
    """
    user, _, domain = checked(address).rpartition("@")
    return Address(header_text(name, 80), user, domain)


def header_text(text: str, longest: int) -> str:
    """`text` as it may stand in a header.

    Python's email package decodes what looks like an encoded word (RFC 2047) in a value it is given, line breaks
    included, so `=?` never reaches it.
    """
    return clean(text, longest).replace("=?", "= ?")


def on_the_wire(address: str) -> str:
    """An address as mail servers take it: its domain in the letters of the domain system (IDNA 2008).

    Raises:
        WrongAddress: the domain cannot be one.
    """
    user, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{user}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:
        raise WrongAddress("The domain of this e-mail address cannot be one.", "Look at its spelling.") from None


def sender(configured: str) -> Address:
    """SMTP_FROM (`Name <address>` or an address alone).

    Raises:
        WrongAddress: it is none.
    """
    name, address = parseaddr(configured)
    try:
        return header(address, name)
    except WrongAddress:
        raise WrongAddress(
            "SMTP_FROM holds no e-mail address.", "Set it to one like Kubera <desk@example.com>."
        ) from None


def masked(address: str) -> str:
    """An address as it may be shown to others: a•••@example.com."""
    user, at, domain = address.rpartition("@")
    return f"{user[:1]}•••{at}{domain}"
