"""A second proof beside the password: an authenticator app (TOTP, RFC 6238, 30 seconds, 6 digits) and recovery codes.

The app's secret is kept encrypted. A code is good in its time step and one to each side, once: the last step used is
kept, and neither it nor an earlier one is taken again. Recovery codes are kept as keyed hashes; each works once.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy.orm import Session as Work

from core import clock
from core.accounts import activity, devices, limits, passwords
from core.accounts.errors import CodeRefused, InvalidInput, NotAllowed, NotAvailable
from core.accounts.model import Account, Origin
from core.notices import outbox
from core.secrets import fingerprint, seal, unseal
from db.repositories.accounts_factors import FactorRepository
from db.repositories.accounts_people import PeopleRepository
from db.session import read_session, unit_of_work

ISSUER = "Kubera"
STEP_SECONDS = 30
RECOVERY_CODES = 10

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like something else
_RECOVERY_LENGTH = 10


@dataclass(frozen=True, slots=True)
class TotpSetup:
    """What an authenticator app is set up with.

    Attributes:
        secret: base32, to type in.
        uri: `otpauth://...`, to scan.
    """

    secret: str
    uri: str


def begin(account: Account) -> TotpSetup:
    """A new secret for an app. It counts once `confirm` has seen a code of it; until then nothing changes.

    Raises:
        NotAvailable: a demo account, or an app is set up already.
    """
    if account.is_demo:
        raise NotAvailable("A demo account has no password to add a second proof to.", "Register to use one.")
    secret = pyotp.random_base32(32)
    with unit_of_work() as work:
        if not FactorRepository(work, account.id).propose(seal(secret.encode()), clock.now()):
            raise NotAvailable("An authenticator app is set up already.", "Remove it first.")
    uri = pyotp.TOTP(secret).provisioning_uri(name=account.email or account.user_name, issuer_name=ISSUER)
    return TotpSetup(secret, uri)


def confirm(account: Account, code: str, origin: Origin | None = None) -> tuple[str, ...]:
    """Count the app from now on, because it showed this code; its recovery codes, shown this once.

    Raises:
        InvalidInput: the text is not a code.
        CodeRefused: the code is wrong.
        NotAvailable: no app is being set up, or one counts already.
        LimitReached: too many wrong ones.
    """
    given = _digits(code)
    limits.guard("second_factor", str(account.id))
    with unit_of_work() as work:
        factors = FactorRepository(work, account.id)
        found = factors.authenticator()
        if found is None or found.confirmed_at is not None:
            raise NotAvailable("No authenticator app is being set up.", "Begin again.")
        if not _right(factors, found.sealed, given, clock.now()):
            raise _wrong()
        factors.confirm(clock.now())
        codes = _renewed(factors)
        _tell(work, account, "second_factor_on", "second_factor.added", origin)
    return codes


def remove(account: Account, password: str, code: str, origin: Origin | None = None) -> None:
    """Take the app away, with its recovery codes.

    Args:
        code: of the app, or a recovery code.

    Raises:
        NotAllowed: the password is wrong.
        CodeRefused: the code is wrong.
        NotAvailable: no app is set up.
        LimitReached: too many tries.
    """
    _check_password(account, password)
    limits.guard("second_factor", str(account.id))
    with unit_of_work() as work:
        if not passes(work, account.id, code, clock.now()):
            raise _wrong()
        FactorRepository(work, account.id).remove()
        _tell(work, account, "second_factor_off", "second_factor.removed", origin)


def new_recovery_codes(account: Account, password: str, origin: Origin | None = None) -> tuple[str, ...]:
    """New recovery codes; the earlier ones work no more.

    Raises:
        NotAllowed: the password is wrong.
        NotAvailable: no app is set up.
        LimitReached: too many tries.
    """
    _check_password(account, password)
    with unit_of_work() as work:
        factors = FactorRepository(work, account.id)
        found = factors.authenticator()
        if found is None or found.confirmed_at is None:
            raise NotAvailable("No authenticator app is set up.", "Set one up to get recovery codes.")
        codes = _renewed(factors)
        _tell(work, account, "recovery_codes_renewed", "second_factor.recovery_codes_renewed", origin)
    return codes


def recovery_codes_left(account: Account) -> int:
    """How many recovery codes were not used yet."""
    with read_session() as work:
        return FactorRepository(work, account.id).recovery_codes_left()


def passes(work: Work, account_id: int, given: str, now: datetime) -> bool:
    """Whether a text is a good code of the account's app, or one of its recovery codes; it is used up if so."""
    factors = FactorRepository(work, account_id)
    found = factors.authenticator()
    if found is None or found.confirmed_at is None:
        return False
    text = "".join(given.split()) if len(given) <= 64 else ""
    if len(text) == 6 and text.isascii() and text.isdigit():
        return _right(factors, found.sealed, text, now)
    return factors.use_recovery_code(_recovery_digest(account_id, text), now)


def is_recovery_code(given: str) -> bool:
    """Whether a text has the form of a recovery code."""
    text = _recovery_form(given)
    return len(text) == _RECOVERY_LENGTH and all(each in _ALPHABET for each in text)


def _right(factors: FactorRepository, sealed: bytes, given: str, now: datetime) -> bool:
    totp = pyotp.TOTP(unseal(sealed).decode())
    present = int(now.timestamp()) // STEP_SECONDS
    right = [
        step for step in (present - 1, present, present + 1) if hmac.compare_digest(totp.generate_otp(step), given)
    ]
    return bool(right) and factors.use_step(right[-1])


def _renewed(factors: FactorRepository) -> tuple[str, ...]:
    codes = tuple(_new_recovery_code() for _ in range(RECOVERY_CODES))
    factors.replace_recovery_codes([_recovery_digest(factors.account_id, code) for code in codes], clock.now())
    return codes


def _new_recovery_code() -> str:
    text = "".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_LENGTH))
    return f"{text[:5]}-{text[5:]}"


def _recovery_form(given: str) -> str:
    return "".join(given[:64].split()).replace("-", "").upper()


def _recovery_digest(account_id: int, given: str) -> str:
    return fingerprint("recovery code", f"{account_id} {_recovery_form(given)}")


def _digits(code: str) -> str:
    text = "".join(code.split()) if len(code) <= 64 else ""
    if not (len(text) == 6 and text.isascii() and text.isdigit()):
        raise InvalidInput("code", "A code of the app has 6 digits.", "Type the one it shows now.")
    return text


def _check_password(account: Account, password: str) -> None:
    limits.guard("password_check", str(account.id))
    with read_session() as work:
        found = PeopleRepository(work).credentials(account_id=account.id)
    if not passwords.verify(password, found.password_hash if found else None):
        raise NotAllowed("The password is not right.", "Type your present password.")


def _wrong() -> CodeRefused:
    return CodeRefused("This code is not right, or was used before.", "Wait for the next one the app shows.")


def _tell(work: Work, account: Account, kind: str, action: str, origin: Origin | None) -> None:
    now = clock.now()
    activity.record(work, action, actor=account, subject=f"account:{account.id}", origin=origin)
    context = {"when": now, "where": devices.where(origin) if origin else None}
    outbox.post(
        work,
        kind,
        to=account.email,
        account_id=account.id,
        key=f"{account.id}:{now.isoformat()}",
        context=context,
        device=origin.device if origin else "",
        name=account.name,
    )
