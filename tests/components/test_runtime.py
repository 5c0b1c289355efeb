"""Streamlit's own messages, filled once: the same as without our hand in it."""

from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from components import runtime

SECTIONS = ("theme", "theme.light", "theme.dark", "theme.sidebar", "theme.light.sidebar", "theme.dark.sidebar")


def test_the_function_it_takes_the_place_of_is_there() -> None:
    assert callable(app_session._populate_theme_msg)
    assert config.get_options_for_section("theme.light")


def test_the_message_is_the_same_the_first_time_and_later() -> None:
    original = getattr(app_session._populate_theme_msg, "__wrapped__", app_session._populate_theme_msg)
    filled = runtime.filled_once(original)
    for _ in range(2):
        for section in SECTIONS:
            expected, got = CustomThemeConfig(), CustomThemeConfig()
            original(expected, section)
            filled(got, section)
            assert got == expected


def test_options_are_read_once() -> None:
    asked = []

    def populate(message: CustomThemeConfig, section: str) -> None:
        asked.append(section)
        message.primary_color = "#86621A"

    filled = runtime.filled_once(populate)
    for _ in range(3):
        message = CustomThemeConfig()
        filled(message, "theme.light")
        assert message.primary_color == "#86621A"
    assert asked == ["theme.light"]


def test_tuning_twice_wraps_once(monkeypatch) -> None:
    monkeypatch.setattr(runtime, "_tuned", False)
    monkeypatch.setattr(app_session, "_populate_theme_msg", app_session._populate_theme_msg)
    runtime.tune()
    once = app_session._populate_theme_msg
    runtime.tune()
    assert app_session._populate_theme_msg is once
