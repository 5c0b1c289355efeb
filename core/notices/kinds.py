"""Every kind of notice there is: whom it is for, whether it can be declined, and what it is told about.

    KINDS["price_alert"].fields           what `outbox.post` needs as its context
    KINDS["price_alert"].sample()         a context to look at, for previews and tests

Every kind also takes `timezone` (how times are written; Asia/Kolkata without it) and `path` (where in the app it leads,
in place of the kind's own). Words are in `templates/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from core.notices.context import Field, prepare
from core.notices.errors import WrongNotice
from core.notices.model import Level, Table

Group = Literal["Sign-in and account", "Limits", "Reports", "Alerts and orders", "The desk itself"]
Audience = Literal["investor", "admin"]

DEFAULT_TIMEZONE = "Asia/Kolkata"

_DAY = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
_COMMON = (
    Field("path", "path", None, optional=True),
    Field("timezone", "timezone", "Asia/Kolkata", optional=True),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notice.

    Attributes:
        title: what a person calls it, in lists of choices.
        about: when it comes, in half a sentence.
        essential: goes out whatever was chosen: it concerns the safety of the account, or was just asked for.
        has_mail, has_inbox: where it is written to.
        level: how the inbox marks it.
        fields: what it is told about, `path` and `timezone` among them.
        link: where in the app it leads when the context has no `path`; "" for nowhere.
        action: the words on the way there.
        outlives_account: is sent although the account is gone.
    """

    name: str
    group: Group
    title: str
    about: str
    essential: bool
    fields: tuple[Field, ...]
    has_mail: bool = True
    has_inbox: bool = True
    level: Level = "info"
    link: str = ""
    action: str = "Open Kubera"
    audience: Audience = "investor"
    outlives_account: bool = False

    @property
    def secret(self) -> bool:
        """Whether it holds a one-time code."""
        return any(field.type == "code" for field in self.fields)

    def sample(self) -> dict[str, Any]:
        """A context to look at."""
        return {field.name: field.sample for field in self.fields if field.sample is not None}

    def prepare(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """`context` checked and cleaned (`core.notices.context.prepare`).

        Raises:
            WrongNotice: it does not fit.
        """
        return prepare(self.name, self.fields, context)


def kind_of(name: str) -> Kind:
    """The kind of that name.

    Raises:
        WrongNotice: there is none.
    """
    try:
        return KINDS[name]
    except KeyError:
        raise WrongNotice(f"There is no kind of notice {name!r}.", "core/notices/kinds.py has them all.") from None


_WHEN = Field("when", "moment", _DAY, label="When")
_WHERE = Field("where", "text", "Chrome on Windows, 203.0.113.7", optional=True, label="From")
_CODE = (
    Field("code", "code", "482913"),
    Field("expires_at", "moment", _DAY + timedelta(minutes=10)),
    replace(_WHERE, label="Asked from"),
)
_LIMIT = (
    Field("most", "count", 150),
    Field("returns_at", "moment", _DAY + timedelta(minutes=34), optional=True),
)
_REPORT = (
    Field("period", "text", "Wednesday, 18 November 2026"),
    Field("headline", "message", "Your holdings rose by 0.84%, the NIFTY 50 by 0.31%."),
    Field(
        "figures",
        "pairs",
        [["Value", "₹12,34,567.89"], ["Day", "▲ +0.84%"], ["Since 1 April", "▲ +11.20%"]],
        optional=True,
    ),
    Field(
        "tables",
        "tables",
        [
            Table(
                "What moved most",
                ("Instrument", "Close", "Change"),
                (
                    ("Tata Consultancy Services", "₹3,412.50", "▲ +2.31%"),
                    ("HDFC Bank", "₹1,688.20", "▲ +1.02%"),
                    ("Maruti Suzuki", "₹12,870.00", "▼ −1.44%"),
                ),
            )
        ],
        optional=True,
    ),
    Field("notes", "texts", ["Infosys goes ex-dividend (₹21.00 a share) on 21 November."], optional=True),
    Field("source", "text", "Simulated prices, as of 15:30 IST", optional=True, label="Source"),
)


def _security(name: str, title: str, about: str, *fields: Field, **more: Any) -> Kind:
    more = {"level": "warning", "link": "/account", "action": "Look at your account"} | more
    return Kind(name, "Sign-in and account", title, about, True, fields, **more)


def _code(name: str, title: str, about: str, *fields: Field) -> Kind:
    return Kind(name, "Sign-in and account", title, about, True, (*_CODE, *fields), has_inbox=False)


def _limit(name: str, title: str, most: int) -> Kind:
    fields = (Field("most", "count", most), *_LIMIT[1:])
    about = "when no further question is taken for a while"
    return Kind(name, "Limits", title, about, False, fields, level="warning", link="/account", action="See your limits")


def _report(name: str, title: str, about: str, period: str) -> Kind:
    fields = (Field("period", "text", period), *_REPORT[1:])
    return Kind(name, "Reports", title, about, False, fields)


_ALL = (
    _code("registration_code", "Registration code", "when you register"),
    _code("password_reset_code", "Password-reset code", "when a new password is asked for"),
    _code("admin_sign_in_code", "Sign-in code", "when signing in needs a second proof"),
    _code("email_change_code", "Code for a new e-mail address", "when you change your address"),
    _security(
        "address_already_known",
        "Address already registered",
        "when somebody registers with your address",
        _WHERE,
        has_inbox=False,
        link="/sign-in",
        action="Sign in",
    ),
    _security(
        "welcome",
        "Welcome",
        "once, after you registered",
        Field("name", "text", "Asha Rao"),
        Field("user_name", "text", "asha", label="User name"),
        level="good",
        link="/",
        action="Open your desk",
    ),
    _security("password_changed", "Password changed", "when your password was changed", _WHEN, _WHERE),
    _security(
        "user_name_changed",
        "User name changed",
        "when your user name was changed",
        _WHEN,
        Field("user_name", "text", "asha.rao", label="User name"),
    ),
    _security(
        "email_changed",
        "E-mail address changed",
        "when your address was changed, to the old and the new one",
        _WHEN,
        Field("new_address", "text", "a•••@example.com", label="New address"),
        _WHERE,
    ),
    _security(
        "new_device",
        "New device",
        "when you sign in on a device for the first time",
        _WHEN,
        Field("device", "text", "Firefox on Linux", label="Device"),
        Field("ip", "text", "203.0.113.7", optional=True, label="Address"),
    ),
    _security("second_factor_on", "Authenticator app set up", "when a second factor was added", _WHEN, _WHERE),
    _security("second_factor_off", "Authenticator app removed", "when a second factor was removed", _WHEN, _WHERE),
    _security(
        "recovery_code_used",
        "Recovery code used",
        "when you sign in with a recovery code",
        _WHEN,
        Field("left", "count", 7, label="Codes left"),
        _WHERE,
    ),
    _security("recovery_codes_renewed", "New recovery codes", "when new recovery codes were made", _WHEN, _WHERE),
    _security(
        "signed_out_everywhere",
        "Signed out everywhere",
        "when all your sign-ins were ended",
        _WHEN,
        Field(
            "reason",
            "text",
            "An admin ended all sign-ins after a lost phone was reported.",
            optional=True,
            label="Reason",
        ),
        link="/sign-in",
        action="Sign in again",
    ),
    _security(
        "role_changed",
        "Role changed",
        "when what you may do was changed",
        _WHEN,
        Field("role", "text", "admin", label="Role"),
    ),
    _security(
        "account_deactivated",
        "Account deactivated",
        "when an admin closes your account",
        _WHEN,
        Field("reason", "text", "You asked us to close the account until March.", optional=True, label="Reason"),
        link="",
    ),
    _security(
        "account_reactivated",
        "Account reactivated",
        "when an admin opens it again",
        _WHEN,
        level="good",
        link="/sign-in",
        action="Sign in",
    ),
    _security(
        "account_deleted",
        "Account deleted",
        "when your account and its data are gone",
        _WHEN,
        Field("user_name", "text", "asha", optional=True, label="User name"),
        has_inbox=False,
        link="",
        outlives_account=True,
    ),
    _limit("burst_limit_reached", "Questions a minute", 10),
    _limit("chat_limit_reached", "Questions in a chat", 50),
    _limit("hourly_limit_reached", "Questions an hour", 150),
    _limit("daily_limit_reached", "Questions a day", 1000),
    Kind(
        "limits_changed",
        "Limits",
        "Your limits changed",
        "when an admin changes your limits",
        False,
        (
            Field("changes", "texts", ["Questions an hour: 300 instead of 150", "Questions a day: no limit"]),
            Field("until", "moment", _DAY + timedelta(days=14), optional=True, label="Until"),
            Field("reason", "text", "Earnings season", optional=True, label="Reason"),
        ),
        link="/account",
        action="See your limits",
    ),
    _report("daily_report", "Daily report", "each trading day, at the hour you chose", "Wednesday, 18 November 2026"),
    _report("weekly_report", "Weekly report", "once a week, at the hour you chose", "16 to 20 November 2026"),
    _report("monthly_report", "Monthly report", "once a month, at the hour you chose", "November 2026"),
    Kind(
        "price_alert",
        "Alerts and orders",
        "Price alerts",
        "when a price you set is reached",
        False,
        (
            Field("symbol", "text", "TCS.NS"),
            Field("name", "text", "Tata Consultancy Services"),
            Field("condition", "text", "rose above ₹3,400.00"),
            Field("price", "text", "₹3,412.50", label="Price"),
            _WHEN,
            Field("note", "text", "Think about trimming", optional=True, label="Your note"),
            Field("source", "text", "Simulated", optional=True, label="Source"),
            Field("path", "path", "/charts?symbol=TCS.NS", optional=True),
        ),
        link="/charts",
        action="Open the chart",
    ),
    Kind(
        "order_needs_approval",
        "Alerts and orders",
        "Orders to approve",
        "when an order waits for your word",
        False,
        (
            Field("order", "text", "Buy 10 TCS.NS at ₹3,400.00 or less", label="Order"),
            Field("reason", "text", "It is above your limit of ₹25,000 an order.", optional=True, label="Why it waits"),
            Field("expires_at", "moment", _DAY + timedelta(hours=2), optional=True, label="Waits until"),
        ),
        level="warning",
        link="/",
        action="Decide about it",
    ),
    Kind(
        "maintenance_announced",
        "The desk itself",
        "Maintenance",
        "before and when the desk is closed for work",
        False,
        (
            Field("message", "message", "We move to a larger server. What you are working on is saved."),
            Field("starts_at", "moment", _DAY + timedelta(hours=12), optional=True, label="From"),
            Field("until", "moment", _DAY + timedelta(hours=13), optional=True, label="Until"),
        ),
        level="warning",
    ),
    Kind(
        "maintenance_over",
        "The desk itself",
        "Maintenance over",
        "when the desk is open again",
        False,
        (_WHEN, Field("message", "message", "Charts are faster now.", optional=True)),
        level="good",
        link="/",
        action="Open your desk",
    ),
    Kind(
        "security_alert",
        "The desk itself",
        "Security alerts",
        "when something looks like an attack",
        True,
        (
            Field("what", "text", "The activity log was changed at row 1204."),
            Field("details", "pairs", [["Found by", "the nightly check"], ["Address", "203.0.113.7"]], optional=True),
            _WHEN,
        ),
        level="problem",
        link="/admin",
        action="Open the admin page",
        audience="admin",
    ),
    Kind(
        "job_failed",
        "The desk itself",
        "Failed jobs",
        "when background work gave up",
        False,
        (
            Field("job", "text", "nightly_backup", label="Job"),
            Field("error", "message", "The disk that holds the backups is full."),
            Field("attempts", "count", 3, optional=True, label="Attempts"),
            _WHEN,
        ),
        level="problem",
        link="/admin",
        action="Open the admin page",
        audience="admin",
    ),
)


def _with_common(kind: Kind) -> Kind:
    have = {field.name for field in kind.fields}
    return replace(kind, fields=(*kind.fields, *(field for field in _COMMON if field.name not in have)))


KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: _with_common(kind) for kind in _ALL})
"""All kinds by name, in the order people see them."""

OPTIONAL_KINDS: tuple[str, ...] = tuple(kind.name for kind in KINDS.values() if not kind.essential)
"""What can be declined."""
