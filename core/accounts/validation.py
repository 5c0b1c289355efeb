"""What a user name, an e-mail address, a name, a password and a way back may be.

Every function takes what somebody typed, or a program sent, and gives the form that is kept, or raises `InvalidInput`
whose `field` names the field of the form.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from core.accounts.authenticator import Validator
from core.accounts.errors import InvalidInput

NAME_LENGTH = 80
USER_NAME_LENGTH = (3, 32)
PASSWORD_BYTES = (12, 72)
"""bcrypt looks at no more than 72 bytes, so no more are taken."""

_EMAIL_LENGTH = 254
_PATH_LENGTH = 2000
_JOINERS = "\u200c\u200d"  # zero-width joiners, which names in Indic scripts are spelled with
_RESERVED = frozenset({"admin", "administrator", "root", "system", "support", "security", "kubera", "help", "staff"})
_DEMO_NAME = re.compile(r"(visitor|demo)-.*")

# Letters of other alphabets that look like Latin ones: names made of them count as the Latin name (a selection of the
# confusables of Unicode Technical Standard 39).
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝкмтвнгьαονρτυκιγχβεηωсđɡıℓ",
    "aeopcyxijshdqwkmtbhrbaovptukiyxbenwcdgil",
)


@dataclass(frozen=True, slots=True)
class Spelling:
    """A text as it is shown, and the form in which it is compared and unique."""

    shown: str
    key: str


class FieldValidator(Validator):  # type: ignore[misc]  # the package has no types
    """streamlit-authenticator's validator with the rules of this project; each method answers yes or no."""

    def validate_username(self, username: str) -> bool:
        """3 to 32 letters and digits of one alphabet, with . _ - inside."""
        shortest, longest = USER_NAME_LENGTH
        if not self.validate_length(username, shortest, longest) or username != unicodedata.normalize("NFKC", username):
            return False
        if not (username[0].isalnum() and username[-1] not in ".-"):
            return False
        return all(_letter_or_digit(each) or each in "._-" for each in username) and len(_alphabets(username)) <= 1

    def validate_name(self, name: str) -> bool:
        """1 to 80 characters that can be seen, in any alphabet."""
        return 1 <= len(name) <= NAME_LENGTH and all(_visible(each) for each in name)

    def validate_email(self, email: str) -> bool:
        """An address in the form mail servers take; whether it exists is for the code to find out."""
        try:
            validate_email(email, check_deliverability=False)
        except EmailNotValidError:
            return False
        return True

    def validate_password(self, password: str) -> bool:
        """12 to 72 bytes without control characters; how strong it is, `passwords.strength` says."""
        shortest, longest = PASSWORD_BYTES
        return shortest <= len(_bytes(password)) <= longest and all(
            unicodedata.category(each) != "Cc" for each in password
        )

    def diagnose_password(self, password: str) -> str:
        """What is wrong with the form of a password; "" when nothing is."""
        shortest, longest = PASSWORD_BYTES
        size = len(_bytes(password))
        if size < shortest:
            return f"A password has at least {shortest} characters."
        if size > longest:
            return f"A password has at most {longest} bytes (letters beyond a-z count two to four); this has {size}."
        return "" if self.validate_password(password) else "A password holds no control characters."


_validator = FieldValidator()


def user_name(text: str, *, reserved: bool = False) -> Spelling:
    """A user name, normalised (NFKC).

    Args:
        text: what was typed.
        reserved: whether names such as "admin" may be taken (accounts made by the operator).

    Raises:
        InvalidInput: field "user_name".
    """
    shortest, longest = USER_NAME_LENGTH
    if len(text) > 4 * longest:
        raise InvalidInput("user_name", "This user name is too long.", f"Use {shortest} to {longest} characters.")
    shown = unicodedata.normalize("NFKC", text.strip())
    if not shortest <= len(shown) <= longest:
        raise InvalidInput(
            "user_name", f"A user name has {shortest} to {longest} characters; this has {len(shown)}.", "Change it."
        )
    if not _validator.validate_username(shown):
        raise InvalidInput(
            "user_name",
            "A user name is made of letters and digits of one alphabet, with . _ - between them.",
            "Leave other characters out.",
        )
    key = user_name_key(shown)
    if not reserved and (key in _RESERVED or _DEMO_NAME.fullmatch(key)):
        raise InvalidInput("user_name", f"The user name {shown} is reserved.", "Choose another one.")
    return Spelling(shown, key)


def user_name_key(text: str) -> str:
    """The form in which user names are compared: without case, look-alike letters taken for what they look like."""
    return unicodedata.normalize("NFKC", text.strip()).casefold().translate(_LOOKALIKES)


def email(text: str, field: str = "email") -> Spelling:
    """An e-mail address, normalised; compared without case.

    Raises:
        InvalidInput: the field given.
    """
    given = text.strip()
    if not given:
        raise InvalidInput(field, "The e-mail address is missing.", "Type it, for example name@example.com.")
    if len(given) > _EMAIL_LENGTH:
        raise InvalidInput(field, f"An e-mail address has at most {_EMAIL_LENGTH} characters.", "Shorten it.")
    try:
        found = validate_email(given, check_deliverability=False)
    except EmailNotValidError:
        raise InvalidInput(
            field, "This is not an e-mail address.", "Check it for spaces and missing parts: name@example.com."
        ) from None
    return Spelling(found.normalized, found.normalized.casefold())


def email_key(text: str) -> str | None:
    """The form in which an address is compared, or None when it is not an address."""
    try:
        return email(text).key
    except InvalidInput:
        return None


def name(text: str) -> str:
    """A person's name: spaces collapsed, normalised (NFC).

    Raises:
        InvalidInput: field "name".
    """
    if len(text) > 8 * NAME_LENGTH:
        raise InvalidInput("name", f"A name has at most {NAME_LENGTH} characters.", "Shorten it.")
    shown = " ".join(unicodedata.normalize("NFC", text).split(" ")).strip()
    shown = re.sub(" +", " ", shown)
    if not shown:
        raise InvalidInput("name", "The name is missing.", "Type how you want to be addressed.")
    if len(shown) > NAME_LENGTH:
        raise InvalidInput(
            "name", f"A name has at most {NAME_LENGTH} characters; this has {len(shown)}.", "Shorten it."
        )
    if not _validator.validate_name(shown):
        raise InvalidInput("name", "A name holds no line breaks and no invisible characters.", "Leave them out.")
    return shown


def password_form(text: str, field: str = "password") -> str:
    """A password whose form is right; it is given back unchanged.

    Raises:
        InvalidInput: the field given.
    """
    problem = _validator.diagnose_password(text)
    if problem:
        raise InvalidInput(field, problem, "Several words that do not belong together make a good one.")
    return text


def local_path(text: str) -> str | None:
    """A path on this site to go back to after signing in, or None when the text is anything else.

    Refused are other hosts in all their spellings (`//host`, a back-slash, a scheme) and control characters, which
    browsers drop before they read an address.
    """
    if not text.startswith("/") or text.startswith("//") or len(text) > _PATH_LENGTH:
        return None
    if "\\" in text or any(unicodedata.category(each) in {"Cc", "Cf", "Zl", "Zp", "Cs"} for each in text):
        return None
    return text


def storable(text: str) -> bool:
    """Whether the database can hold a text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def reason(text: str) -> str:
    """Why an admin does something, for the log and the mail: 3 to 500 characters.

    Raises:
        InvalidInput: field "reason".
    """
    shown = " ".join(text.split())
    if not 3 <= len(shown) <= 500 or not all(_visible(each) for each in shown):
        raise InvalidInput("reason", "A reason has 3 to 500 characters.", "Say in a sentence why.")
    return shown


def _letter_or_digit(character: str) -> bool:
    if unicodedata.category(character) in {"Mn", "Mc"}:  # vowel signs belong to the letters of Indic alphabets
        return not unicodedata.name(character, "COMBINING").startswith(("COMBINING", "VARIATION", "ENCLOSING"))
    return character.isalpha() or character in "0123456789"


def _alphabets(text: str) -> set[str]:
    return {unicodedata.name(each, "").split(" ")[0] for each in text if not each.isascii() or each.isalpha()}


def _visible(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", errors="surrogatepass")
