from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.accounts import validation
from core.accounts.errors import InvalidInput


@pytest.mark.parametrize("text", ["asha", "Asha.Rao", "a_b-c9", "अनिल", "José", "ﬁnance", "  padded  ", "a" * 32])
def test_ordinary_user_names_are_taken(text: str) -> None:
    spelling = validation.user_name(text)
    assert spelling.shown == unicodedata.normalize("NFKC", text.strip())
    assert spelling.key == spelling.key.casefold()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ab",
        "a" * 33,
        "a" * 100_000,
        "two words",
        "line\nbreak",
        "nul\x00byte",
        "zero\u200bwidth",
        "right\u202eleft",
        "pаypal",  # a Cyrillic letter among Latin ones
        "me@example.com",
        "<script>",
        "x'; DROP TABLE accounts; --",
        ".dot",
        "dot.",
        "e\u0301\u0302\u0303ee",
        "😀😀😀",
        "admin",
        "Root",
        "visitor-7f3a",
        "demo-1",
        "\ud800abc",
    ],
)
def test_other_user_names_are_refused_by_the_field(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        validation.user_name(text)
    assert refused.value.field == "user_name"
    assert refused.value.remedy


def test_reserved_names_are_the_operators() -> None:
    assert validation.user_name("admin", reserved=True).key == "admin"


@pytest.mark.parametrize(("one", "other"), [("Asha", "aSHA"), ("pays", "рауѕ"), ("ｆｕｌｌ", "full"), ("ﬁne", "fine")])
def test_names_that_look_alike_are_one_name(one: str, other: str) -> None:
    assert validation.user_name_key(one) == validation.user_name_key(other)


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=200)
def test_a_user_name_is_kept_in_a_form_that_is_taken_again(text: str) -> None:
    try:
        first = validation.user_name(text)
    except InvalidInput:
        return
    assert validation.user_name(first.shown) == first
    assert 3 <= len(first.shown) <= 32
    assert not any(unicodedata.category(each)[0] in "CZ" for each in first.shown)


@pytest.mark.parametrize(
    "text", ["asha@example.com", "Asha.Rao+desk@Example.COM", "अनिल@example.com", " a@example.org "]
)
def test_addresses_are_compared_without_case(text: str) -> None:
    spelling = validation.email(text)
    assert spelling.key == spelling.shown.casefold()
    assert "@" in spelling.shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "asha",
        "@example.com",
        "a@b@example.com",
        "a b@example.com",
        "a@example.com\nBcc: all@example.com",
        "a\r\n@example.com",
        "a@exa mple.com",
        "a@localhost",
        "a" * 300 + "@example.com",
        "a@" + "b" * 5000 + ".com",
        "a\x00@example.com",
    ],
)
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        validation.email(text)
    assert refused.value.field == "email"
    assert validation.email_key(text) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Asha  Rao ", "Asha Rao"), ("O'Neil", "O'Neil"), ("<b>Asha</b>", "<b>Asha</b>"), ("क\u200dष", "क\u200dष")],
)
def test_names_are_kept_as_people_write_them(text: str, shown: str) -> None:
    assert validation.name(text) == shown


@pytest.mark.parametrize(
    "text", ["", "   ", "a" * 81, "a" * 10**6, "a\nb", "a\x00b", "a\u202eb", "a\u2028b", "a\ud800"]
)
def test_names_with_what_cannot_be_seen_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        validation.name(text)
    assert refused.value.field == "name"


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("a" * 12, True),
        ("a" * 72, True),
        ("ह" * 24, True),
        ("pass\tword 1234", False),
        ("a" * 11, False),
        ("a" * 73, False),
        ("ह" * 25, False),
        ("a" * 10**6, False),
    ],
)
def test_a_password_has_12_to_72_bytes(text: str, good: bool) -> None:
    if good:
        assert validation.password_form(text) == text
    else:
        with pytest.raises(InvalidInput) as refused:
            validation.password_form(text)
        assert refused.value.field == "password"


@pytest.mark.parametrize("path", ["/", "/charts?symbol=TCS.NS&range=1y", "/account#top", "/a//b", "/%2F%2Fevil"])
def test_paths_of_this_site_are_ways_back(path: str) -> None:
    assert validation.local_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "charts", "//evil.example", "/\\evil.example", "\\\\evil", "https://evil.example", "javascript:alert(1)",
     "/\t/evil.example", "/\n/evil", "/a\x00b", "/" + "a" * 3000, " //evil", "/\u2028/evil"],
)  # fmt: skip
def test_other_places_are_no_way_back(path: str) -> None:
    assert validation.local_path(path) is None


def test_the_validator_is_the_packages_with_our_rules() -> None:
    from core.accounts.authenticator import Validator

    ours = validation.FieldValidator()
    assert isinstance(ours, Validator)
    assert ours.validate_password("a" * 60)  # the package itself stops at 20 characters
    assert not Validator().validate_password("a" * 60)
    assert ours.validate_username("asha.rao")
    assert not ours.validate_username("")
    assert ours.diagnose_password("short") != "" == ours.diagnose_password("long enough, surely")
