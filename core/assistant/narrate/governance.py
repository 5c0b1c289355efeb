"""Words for owners, people, corporate actions and dates."""

from __future__ import annotations

from core.assistant.narrate.note import Note, View, safe, tells


@tells("get_shareholding_pattern")
def owners(note: Note, view: View) -> None:
    """Who owns it, largest group first."""
    groups = [
        ("promoter_holding", "promoters"),
        ("institution_holding", "institutions"),
        ("fund_holding", "mutual funds"),
        ("insider_holding", "insiders"),
        ("public_holding", "the public"),
    ]
    held = sorted(
        ((view.number(field), field, who) for field, who in groups if view.number(field) is not None),
        key=lambda one: -(one[0] or 0.0),
    )
    if not held:
        return
    share, field, who = held[0]
    control = ", a majority" if (share or 0) > 50 else ""
    note.say(view, f"The largest owners of {{name}} are {who} with {{{field}}}{control}.")
    for _, other, name in held[1:]:
        note.say(view, f"{name[0].upper()}{name[1:]} hold {{{other}}}.".replace("The public hold", "The public holds"))
    note.say(view, "Free float is {free_float}.")
    note.say(view, "Reported on {reported_on}.")


@tells("get_promoter_holdings")
def promoters(note: Note, view: View) -> None:
    """Promoters' stake and what it means for control."""
    share = view.number("promoter_holding")
    if share is None or share == 0:
        note.plain(f"{view.name} has no promoter on record: it is owned by institutions and the public.")
        return
    control = view.word("control")
    note.say(view, f"Promoters hold {{promoter_holding}} of {{name}}{f': {safe(control)}' if control else ''}.")
    note.say(view, "At today's price that promoter holding is worth {holding_value:short}.")
    note.say(view, "The largest promoter named is {holder_1} with {holder_1_share}.")
    note.say(view, "Reported on {reported_on}. A falling promoter holding would be a warning.")


@tells("get_institutional_holdings")
def institutions(note: Note, view: View) -> None:
    """Institutions and funds together, the largest by name."""
    note.say(
        view,
        "Institutions and mutual funds hold {institutional_holding} of {name}: institutions "
        "{institution_holding}, mutual funds {fund_holding}.",
    ) or note.say(view, "Institutions hold {institutional_holding} of {name}.")
    note.say(
        view,
        "The largest holders are {holder_1} ({holder_1_share}), {holder_2} ({holder_2_share}) "
        "and {holder_3} ({holder_3_share}).",
    ) or note.say(view, "The largest holder is {holder_1} ({holder_1_share}).")
    note.say(view, "Reported on {reported_on}.")


@tells("get_board_of_directors")
def board(note: Note, view: View) -> None:
    """Who runs it."""
    if not note.say(view, "{name} is run by {officer_1} ({officer_1_title})."):
        note.plain(f"No officers of {view.name} are on record here.")
    note.say(view, "In office since {officer_1_since}.")
    note.say(view, "Pay a year: {officer_1_pay:short}.")
    note.say(view, "With {officer_2} ({officer_2_title}) and {officer_3} ({officer_3_title}).") or note.say(
        view, "With {officer_2} ({officer_2_title})."
    )
    note.say(view, "{officers_count} people are on record.")


@tells("get_corporate_announcements")
def announcements(note: Note, view: View) -> None:
    """What is ahead, then what was."""
    note.say(view, "The next results of {name} are due on {next_results}, in {days_to_results} days.") or note.say(
        view, "The next results of {name} are due on {next_results}."
    )
    note.say(view, "The last results came on {last_results}.")
    if note.say(view, "On the calendar: {event_1} ({event_1_date})."):
        note.say(view, "Then {event_2} ({event_2_date}).")
    else:
        note.plain(f"No dates of {view.name} are on record here.")


@tells("get_corporate_actions")
def actions(note: Note, view: View) -> None:
    """Splits, bonuses and dividends."""
    splits = view.number("split_count")
    if splits:
        note.say(view, "{name} split its shares or gave a bonus {split_count} times in this span.")
        note.say(view, "The last split was {last_split} on {last_split_date}.") or note.say(
            view, "The last split was on {last_split_date}."
        )
    elif splits is not None:
        note.plain(f"{view.name} has no split or bonus on record in this span.")
    note.say(view, "It paid {dividend_count} dividends in this span.")
    note.say(view, "The last dividend was {last_dividend} a share (ex-date {last_ex_date}).")
    note.say(view, "The next ex-date is {next_ex_date}.")


@tells("get_insider_trading")
def insiders(note: Note, view: View) -> None:
    """Insiders' balance of purchases and sales."""
    count = view.number("insider_trades")
    if not count:
        note.plain(f"No trades of insiders in {view.name} are on record here for the last months.")
        return
    note.say(
        view,
        "Insiders of {name} were {insider_net} over the last months: {insider_buys} purchases "
        "and {insider_sells} sales in {insider_trades} trades.",
    ) or note.say(view, "{insider_trades} trades of insiders in {name} are on record.")
    note.say(view, "They sold for {insider_sell_value:short} in all ({insider_sell_shares} shares).")
    note.say(view, "They bought for {insider_buy_value:short} in all ({insider_buy_shares} shares).")
    note.say(
        view,
        "The last trade was on {last_insider_trade}: {last_insider_name}, {last_insider_side}, "
        "{last_insider_shares} shares.",
    )
    note.plain("Sales have many reasons; purchases have one.")
