"""The nouns of this area, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar
from uuid import UUID

Kind = Literal["registered", "demo_visitor", "demo_admin"]
Role = Literal["investor", "admin"]
State = Literal["active", "deactivated"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from, as far as the server knows.

    Attributes:
        ip: the address of the browser (of the last proxy that is trusted); "" when unknown.
        user_agent: what the browser calls itself, cut to 400 characters.
        device: sha256 (64 hex digits) of the browser's own visitor cookie; "" under `streamlit run app.py`.
    """

    ip: str = ""
    user_agent: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A person (or a demo visitor) as everybody else in the project sees them; never with a secret.

    Attributes:
        id: the number of the row.
        owner: 64 hex digits; owns files, watchlist and layouts (`db.repositories.market_scope`).
        kind: "registered", or a throw-away "demo_visitor" or "demo_admin".
        role: what they may do. A "demo_admin" has the role "investor" towards the real system: its admin page is the
            isolated, read-mostly view.
        email: None for demo visitors.
        expires_at: when a demo account is deleted; None for registered ones.
        limits_exempt: no prompt limit applies.
        totp: an authenticator app is set up.
    """

    id: int
    owner: str
    kind: Kind
    role: Role
    user_name: str
    name: str
    email: str | None
    state: State
    created_at: datetime
    expires_at: datetime | None = None
    limits_exempt: bool = False
    totp: bool = False

    @property
    def is_admin(self) -> bool:
        """Whether this is an admin of the real system."""
        return self.role == "admin" and self.state == "active"

    @property
    def is_demo(self) -> bool:
        """Whether this account is thrown away after a day."""
        return self.kind != "registered"


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in.

    Attributes:
        device: words for the browser, e.g. "Chrome on Windows".
        idle_until: it ends when nothing is asked until then.
        expires_at: it ends then in any case.
    """

    id: UUID
    account: Account
    device: str
    ip: str
    created_at: datetime
    last_seen_at: datetime
    idle_until: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """A one-time code was asked for; the same whether or not the address has an account.

    Attributes:
        address: where the code went, as it may be shown to the person who typed it.
        shown_on_screen: no mail server is configured (demo): the code is in the on-screen outbox of this browser.
    """

    id: UUID
    address: str
    expires_at: datetime
    resend_at: datetime
    shown_on_screen: bool


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of rows out of a table that is paged in the database."""

    rows: tuple[T, ...]
    total: int
    number: int
    size: int
