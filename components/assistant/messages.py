"""The conversation: questions, answers with what stands behind them, and what can be done with each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from components.assistant import displays, evidence, sending, state
from components.assistant.wording import quoted, safe, with_proofs
from components.states import plain
from core import formats
from core.accounts.model import Account
from core.assistant import chats, feedback
from core.assistant.answer import Answer
from core.assistant.chats import Message
from core.assistant.model import ToolResult
from core.assistant.proofs import proofs, source_words
from core.assistant.tools.cards import CARDS
from core.clock import now

ANALYST = ":material/query_stats:"
INVESTOR = ":material/person:"
_TURNS_SHOWN = 10
_READABLE_PX = 780
"""Lines longer than about a hundred characters are hard to follow."""
_SHOWN = "analyst_turns_shown"

_OUTCOMES = {
    "clarify": ":blue-badge[:material/help: A question back]",
    "declined": ":gray-badge[:material/block: Declined]",
    "not_found": ":gray-badge[:material/search_off: Not found]",
}


def show(account: Account, standing: Sequence[Message], zone: str) -> None:
    """Finished questions and answers, the last ten turns at once; the one being written is `live`'s."""
    most = 2 * int(st.session_state.get(_SHOWN, _TURNS_SHOWN))
    shown = standing[-most:]
    if len(shown) < len(standing):
        st.button(
            f"Show earlier questions ({(len(standing) - len(shown)) // 2})",
            key="analyst_earlier",
            type="tertiary",
            icon=":material/expand_less:",
            on_click=_show_more,
        )
    answers = chats.answers(account, [one for one in shown if one.state == "done"])
    wanted = state.looked_at(max((one.id for one in shown if one.role == "user"), default=0))
    asked: Message | None = None
    for place, message in enumerate(shown):
        last = place == len(shown) - 1
        if message.role == "user":
            asked = message
            _question(account, message, zone)
            if message.id == wanted:
                _into_sight(message.id)
        elif message.state != "writing":
            _answer(account, message, asked, answers.get(message.id), last=last)


def _place(message_id: int) -> str:
    return f"question-{message_id}"


def _into_sight(message_id: int) -> None:
    """Scroll to a question. The script is a constant with a number in it."""
    st.html(
        "<script>setTimeout(() => {"
        f"const asked = document.querySelector('.st-key-{_place(message_id)}');"
        "if (asked) { asked.style.scrollMarginTop = '4.5rem'; asked.scrollIntoView({block: 'start'}); }"
        "}, 150)</script>",
        unsafe_allow_javascript=True,
    )


def _show_more() -> None:
    st.session_state[_SHOWN] = int(st.session_state.get(_SHOWN, _TURNS_SHOWN)) + _TURNS_SHOWN


def _question(account: Account, message: Message, zone: str) -> None:
    with st.container(key=_place(message.id)), st.chat_message("You", avatar=INVESTOR):
        if st.session_state.get(state.EDITING) == message.id:
            _edit(account, message)
            return
        with st.container(horizontal=True, vertical_alignment="top", gap="xsmall"):
            st.markdown(quoted(message.text), width="stretch")
            st.button(
                "Edit",
                key=f"edit_{message.id}",
                icon=":material/edit:",
                type="tertiary",
                help=f"Edit and ask again; asked {formats.moment(message.created_at, zone, now=now())}",
                on_click=_begin_edit,
                args=(message.id,),
            )


def _begin_edit(message_id: int) -> None:
    st.session_state[state.EDITING] = message_id


def _end_edit() -> None:
    st.session_state.pop(state.EDITING, None)


def _edit(account: Account, message: Message) -> None:
    with st.form(f"edit_form_{message.id}", border=False):
        text = st.text_area("Your question", message.text, max_chars=chats.LONGEST_QUESTION, height="content")
        with st.container(horizontal=True):
            sent = st.form_submit_button("Ask again", type="primary", icon=":material/send:")
            st.form_submit_button("Cancel", on_click=_end_edit)
    st.caption("The new question takes this one's place; what followed it moves to the earlier versions.")
    if sent and sending.ask(account, text or "", message.chat_id, instead_of=message.id):
        _end_edit()
        st.rerun()


def _answer(account: Account, message: Message, asked: Message | None, answer: Answer | None, *, last: bool) -> None:
    with st.chat_message("Analyst", avatar=ANALYST):
        if answer is None:
            _unfinished(message)
        else:
            whole(answer, message)
        _actions(account, message, asked)
        if answer is not None and last:
            chips(account, message, answer.suggestions)


def _unfinished(message: Message) -> None:
    if message.text:
        st.markdown(safe(message.text))
    match message.state:
        case "stopped":
            st.caption(":material/stop_circle: You stopped this answer.")
        case "interrupted":
            st.warning("This answer was interrupted. Ask again.", icon=":material/sync_problem:")
        case "failed":
            st.warning(f"{plain(message.problem)} Ask again.", icon=":material/error:")
        case _:
            st.caption("This answer was kept by another version of the desk; its figures cannot be shown.")


def whole(answer: Answer, message: Message) -> None:
    """A finished answer: steps, words, figures and tables, where from, evidence."""
    steps(answer.results, answer.ms)
    found = proofs(answer)
    st.markdown(with_proofs(answer.text, found, message.id), width=_READABLE_PX)
    for warning in dict.fromkeys(line for result in answer.results for line in result.warnings):
        st.caption(f":material/info: {plain(warning)}")
    displays.show(answer.displays, message.id, message.created_at)
    line = " ".join(one for one in (_OUTCOMES.get(answer.outcome, ""), evidence.badges(answer)) if one)
    if line:
        st.markdown(line)
    evidence.table(found, message.id)


def steps(results: Sequence[ToolResult], ms: float) -> None:
    """Which tools ran, on what, how long; folded away."""
    if not results:
        return
    names = f"{len(results)} tool{'s' if len(results) != 1 else ''}"
    with st.expander(f":material/construction: Used {names} in {seconds(ms)}", type="compact"):
        for result in results:
            with st.status(
                f"{title_of(result.tool)} :gray[{seconds(result.ms)}]",
                state="error" if result.unavailable else "complete",
                type="step",
            ):
                st.caption(_found(result))


def _found(result: ToolResult) -> str:
    told = arguments(result.args)
    if result.unavailable:
        return f"{told}  \n{plain(result.unavailable)}"
    sources = ", ".join(source_words(name) for name in result.sources)
    count = f"{len(result.values)} value{'s' if len(result.values) != 1 else ''}"
    return f"{told}  \n{count}{f' from {plain(sources)}' if sources else ''}"


def arguments(args: Mapping[str, object]) -> str:
    """Arguments as they are read: symbol TCS.NS, length 14."""
    words = []
    for name, value in args.items():
        if value not in (None, "", ()):
            text = ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)
            words.append(f"{plain(name.replace('_', ' '))} **{plain(text[:80])}**")
    return ", ".join(words) or "no arguments"


def title_of(tool: str) -> str:
    """A tool as readers know it."""
    card = CARDS.get(tool)
    return plain(card.title if card is not None else tool.replace("_", " "))


def seconds(ms: float) -> str:
    """A duration: 42 ms, 1.3 s."""
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


def chips(account: Account, message: Message, suggestions: Sequence[str]) -> None:
    """What to ask next, one click each."""
    if not suggestions:
        return
    with st.container(horizontal=True, gap="xsmall"):
        for place, text in enumerate(suggestions[:4]):
            st.button(
                plain(text),
                key=f"next_{message.id}_{place}",
                icon=":material/arrow_forward:",
                on_click=sending.ask,
                args=(account, text, message.chat_id),
            )


# -- what can be done with an answer ---------------------------------------------------------------------------------


def _actions(account: Account, message: Message, asked: Message | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if message.text:
            with st.popover("Copy", icon=":material/content_copy:", type="tertiary"):
                st.caption("The button in the corner copies the answer as Markdown.")
                st.code(message.text, language=None, wrap_lines=True)
        if asked is not None:
            st.button(
                "Ask again",
                key=f"retry_{message.id}",
                icon=":material/refresh:",
                type="tertiary",
                on_click=sending.ask,
                args=(account, asked.text, message.chat_id),
                kwargs={"instead_of": asked.id},
            )
        if message.state == "done":
            st.feedback(
                "thumbs",
                key=f"thumb_{message.id}",
                default=None if message.good is None else int(message.good),
                on_change=_judged,
                args=(account, message.id, message.reason),
            )
            if message.good is not None:
                _reason(account, message)


def _judged(account: Account, message_id: int, reason: str) -> None:
    thumb = st.session_state.get(f"thumb_{message_id}")
    with state.told():
        if thumb is None:
            feedback.withdraw(account, message_id)
        else:
            feedback.judge(account, message_id, bool(thumb), reason)


def _reason(account: Account, message: Message) -> None:
    label = "Why?" if not message.reason else "Reason kept"
    popover = st.popover(label, icon=":material/rate_review:", type="tertiary")
    with popover, st.form(f"why_{message.id}", border=False):
        offered = () if message.good else feedback.REASONS
        chosen = st.pills("What was wrong?", offered, key=f"why_chosen_{message.id}") if offered else None
        text = st.text_input(
            "In your words",
            message.reason,
            max_chars=feedback.LONGEST_REASON - 40,
            key=f"why_text_{message.id}",
            placeholder="optional",
        )
        if st.form_submit_button("Keep"):
            said = (text or "").strip()
            joined = f"{chosen}: {said}" if chosen and said and not said.startswith(str(chosen)) else said or chosen
            with state.told():
                feedback.judge(account, message.id, bool(message.good), joined or "")
                state.done("Thank you. It is kept with the answer.")
            st.rerun()
