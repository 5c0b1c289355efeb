"""Arithmetic in words and signs, without ever running code: a parsed tree of numbers, signs and five functions."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from core.assistant.errors import BadArguments
from core.assistant.model import ToolResult
from core.assistant.tools.evidence import Evidence
from core.assistant.tools.tool import body

LONGEST = 300
DEEPEST = 40
_NUMBER = r"\d+(?:\.\d+)?"
_WORDS: tuple[tuple[str, str], ...] = (
    (rf"({_NUMBER})\s*(?:crores?|cr)\b", r"(\1*1e7)"),
    (rf"({_NUMBER})\s*(?:lakhs?|lacs?)\b", r"(\1*1e5)"),
    (rf"({_NUMBER})\s*(?:billions?|bn)\b", r"(\1*1e9)"),
    (rf"({_NUMBER})\s*(?:millions?|mn)\b", r"(\1*1e6)"),
    (rf"({_NUMBER})\s*(?:thousand|k)\b", r"(\1*1e3)"),
    (r"^(.*?)\s+in\s+crores?$", r"(\1)/1e7"),
    (r"^(.*?)\s+in\s+(?:lakhs?|lacs?)$", r"(\1)/1e5"),
    (r"^(.*?)\s+in\s+millions?$", r"(\1)/1e6"),
    (r"^(.*?)\s+in\s+billions?$", r"(\1)/1e9"),
    (r"(?:%|percent|per cent)\s*of\b", "/100*"),
    (r"%|percent\b|per cent\b", "/100"),
    (r"\bplus\b", "+"),
    (r"\bminus\b", "-"),
    (r"\btimes\b|\bmultiplied by\b|×|⋅", "*"),
    (r"\bdivided by\b|÷", "/"),
    (r"−|–", "-"),
    (r"\^", "**"),
    (r"₹|\$|€|\brs\.?|\binr\b|\busd\b", ""),
    (r"(?<=\d)\s*x\s*(?=\d)", "*"),
    (r"(?<=[\d)])\s*(?:months?|years?|yrs?|days?|shares?|rupees?|dollars?)\b", ""),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), put) for pattern, put in _WORDS)
_GROUPED = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{2,3})+(?![\w,])")


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the calculator: how it is called, what it gives and in which unit, the formula."""

    function: Callable[..., float]
    arguments: tuple[str, ...]
    label: str
    unit: str
    formula: str


def _cagr(first: float, last: float, years: float) -> float:
    return float(100.0 * ((last / first) ** (1.0 / years) - 1.0))


def _sip(monthly: float, percent: float, years: float) -> float:
    rate, months = percent / 1200.0, round(12.0 * years)
    if rate == 0.0:
        return monthly * months
    return float(monthly * ((1.0 + rate) ** months - 1.0) / rate * (1.0 + rate))


def _lumpsum(amount: float, percent: float, years: float) -> float:
    return float(amount * (1.0 + percent / 100.0) ** years)


def _emi(loan: float, percent: float, years: float) -> float:
    rate, months = percent / 1200.0, round(12.0 * years)
    return loan / months if rate == 0.0 else float(loan * rate / (1.0 - (1.0 + rate) ** -months))


def _change(before: float, after: float) -> float:
    return 100.0 * (after / before - 1.0)


FUNCTIONS: dict[str, Function] = {
    "cagr": Function(_cagr, ("first", "last", "years"), "Growth a year", "%", "(last / first)^(1 / years) - 1"),
    "sip": Function(
        _sip, ("monthly", "percent", "years"), "Value at the end", "",
        "payment at each month's beginning, rate percent / 12 a month: m ((1 + r)^n - 1) / r (1 + r)",
    ),
    "lumpsum": Function(_lumpsum, ("amount", "percent", "years"), "Value at the end", "", "amount (1 + percent)^years"),
    "emi": Function(_emi, ("loan", "percent", "years"), "Monthly payment", "", "loan r / (1 - (1 + r)^-n)"),
    "change": Function(_change, ("before", "after"), "Change", "%", "after / before - 1"),
    "sqrt": Function(math.sqrt, ("value",), "Square root", "", "square root"),
}  # fmt: skip


@body("calc")
def calc(evidence: Evidence) -> ToolResult:
    """The value of an expression."""
    text = evidence.text("expression")
    written = normalised(text)
    tree = _parsed(text, written)
    value = _value(text, tree)
    now = evidence.moment.date()
    called = _single_call(tree)
    unit, label = "", "Result"
    if called is not None:
        name, numbers = called
        function = FUNCTIONS[name]
        unit, label = function.unit, function.label
        evidence.value("formula", function.formula, "text", "Formula", as_of=now, source="calc")
        for argument, number in zip(function.arguments, numbers, strict=True):
            evidence.value(f"input_{argument}", number, "", argument.capitalize(), as_of=now, source="calc")
        _more(evidence, name, numbers, value)
    evidence.value("result", value, unit, label, as_of=now, source="calc")
    evidence.value("expression", written, "text", "Expression", as_of=now, source="calc")
    return evidence.result()


def normalised(text: str) -> str:
    """Words, signs and groups of digits as the parser takes them: "15% of 2,40,000" is "15/100*240000"."""
    written = text.strip().rstrip("=?. ")
    if not re.search(r"[a-z]+\s*\(", written, re.IGNORECASE):
        written = _GROUPED.sub(lambda match: match[0].replace(",", ""), written)
    for pattern, put in _COMPILED:
        written = pattern.sub(put, written)
    return " ".join(written.split())


def evaluate(text: str) -> float:
    """The value of an expression. Raises BadArguments, whose words say what is wrong."""
    return _value(text, _parsed(text, normalised(text)))


def _parsed(text: str, written: str) -> ast.expr:
    if not written or len(written) > LONGEST:
        raise _bad(text, "it is empty" if not written else f"it has more than {LONGEST} characters")
    try:
        return ast.parse(written, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _bad(text, "it is no arithmetic I can read") from error


def _value(text: str, tree: ast.expr) -> float:
    try:
        value = _eval(text, tree, 0)
    except ZeroDivisionError as error:
        raise _bad(text, "it divides by zero") from error
    except OverflowError as error:
        raise _bad(text, "the result is too large") from error
    if isinstance(value, complex) or not math.isfinite(value):
        raise _bad(text, "there is no real number for it")
    return value


def _eval(text: str, node: ast.expr, depth: int) -> float:
    if depth > DEEPEST:
        raise _bad(text, "it is nested too deeply")
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
        value = _eval(text, node.operand, depth + 1)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        left, right = _eval(text, node.left, depth + 1), _eval(text, node.right, depth + 1)
        return _binary(text, node.op, left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        name = node.func.id.lower()
        function = FUNCTIONS.get(name)
        if function is None:
            raise _bad(text, f"there is no function “{name[:20]}”")
        if len(node.args) != len(function.arguments):
            raise _bad(text, f"{name} takes {', '.join(function.arguments)}")
        numbers = [_eval(text, one, depth + 1) for one in node.args]
        try:
            return function.function(*numbers)
        except (ValueError, TypeError) as error:
            raise _bad(text, f"{name} has no value for these numbers") from error
    raise _bad(text, "only numbers, + - * / ^ ( ) % and its functions are understood")


def _binary(text: str, operator: ast.operator, left: float, right: float) -> float:
    if isinstance(operator, ast.Add):
        return left + right
    if isinstance(operator, ast.Sub):
        return left - right
    if isinstance(operator, ast.Mult):
        return left * right
    if isinstance(operator, ast.Div):
        return left / right
    if isinstance(operator, ast.Pow):
        power = left**right
        if isinstance(power, complex):
            raise _bad(text, "a root of a negative number is no real number")
        return float(power)
    raise _bad(text, "only + - * / and ^ are understood")


def _single_call(tree: ast.expr) -> tuple[str, list[float]] | None:
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        return tree.func.id.lower(), [_eval("", one, 1) for one in tree.args]
    return None


def _more(evidence: Evidence, name: str, numbers: list[float], value: float) -> None:
    """What is asked next: how much was put in, how much is gain or interest."""
    now = evidence.moment.date()
    if name in {"sip", "lumpsum"}:
        paid = numbers[0] * (round(12.0 * numbers[2]) if name == "sip" else 1.0)
        evidence.value("invested", paid, "", "Put in", as_of=now, source="calc")
        evidence.value("gain", value - paid, "", "Gain", as_of=now, source="calc")
    if name == "emi":
        paid = value * round(12.0 * numbers[2])
        evidence.value("total_paid", paid, "", "Paid in all", as_of=now, source="calc")
        evidence.value("interest_paid", paid - numbers[0], "", "Interest in all", as_of=now, source="calc")


def _bad(text: str, why: str) -> BadArguments:
    return BadArguments(
        "calc", "expression", f"“{text[:60]}” cannot be worked out: {why}.",
        f"Write it like 15% of 240000, 3500 * 12 or {', '.join(FUNCTIONS)}(...).",
    )  # fmt: skip
