"""What is computed here agrees with two libraries that compute the same: TA-Lib's own functions and `ta`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import ta
import talib

from core.indicators import compute
from core.indicators.numbers import Floats
from tests.indicators.made import walk

BARS = walk(600, 12)
O, H, L, C, V = (BARS[name].to_numpy().copy() for name in ("open", "high", "low", "close", "volume"))  # noqa: E741

TALIB: dict[str, Callable[[], Floats]] = {
    "ac": lambda: talib.AC(H, L),
    "adr": lambda: talib.ADR(H, L, 14),
    "ao": lambda: talib.AO(H, L),
    "apo": lambda: talib.APO(C, 12, 26, 0),
    "avgdev": lambda: talib.AVGDEV(C, 14),
    "cci": lambda: talib.CCI(H, L, C, 20),
    "cmf": lambda: talib.CMF(H, L, C, V, 20),
    "cmo": lambda: talib.CMO(C, 14),
    "coppock": lambda: talib.COPPOCK(C, 10, 11, 14),
    "cvi": lambda: talib.CVI(H, L, 10, 10),
    "donchian": lambda: talib.DONCHIAN(H, L, 20)[1],
    "dpo": lambda: talib.DPO(C, 20),
    "efi": lambda: talib.EFI(C, V, 13),
    "er": lambda: talib.ER(C, 10),
    "eri": lambda: talib.ERI(H, L, C, 13)[0],
    "fosc": lambda: talib.FOSC(C, 14),
    "imi": lambda: talib.IMI(O, C, 14),
    "marketfi": lambda: talib.MARKETFI(H, L, V) * 1e6,
    "mass": lambda: talib.MASSI(H, L, 9, 25),
    "mfi": lambda: talib.MFI(H, L, C, V, 14),
    "nvi": lambda: talib.NVI(C, V),
    "percentrank": lambda: talib.PERCENTRANK(C, 100),
    "ppo": lambda: talib.PPO(C, 12, 26, 1),
    "pvi": lambda: talib.PVI(C, V),
    "pvo": lambda: talib.PVO(V, 12, 26, 1),
    "qstick": lambda: talib.QSTICK(O, C, 10),
    "roc": lambda: talib.ROC(C, 10),
    "rvol": lambda: talib.RVOL(V, 20),
    "smi": lambda: talib.SMI(H, L, C, 13, 2, 25, 9)[0],
    "stochrsi": lambda: talib.STOCHRSI(C, 14, 14, 3, 0)[0],
    "trange": lambda: talib.TRANGE(H, L, C),
    "tsi": lambda: talib.TSI(C, 25, 13),
    "vhf": lambda: talib.VHF(C, 28),
    "vortex": lambda: talib.VORTEX(H, L, C, 14)[0],
    "vpt": lambda: talib.PVT(C, V),
    "vwma": lambda: talib.VWMA(C, V, 20),
    "willr": lambda: talib.WILLR(H, L, C, 14),
}


def close_to(got: Floats, wanted: Floats, tolerance: float) -> None:
    both = np.isfinite(got) & np.isfinite(wanted)
    assert both.sum() > 50
    size = float(np.nanmax(np.abs(wanted)))
    np.testing.assert_allclose(got[both], wanted[both], rtol=0, atol=tolerance * size)


@pytest.mark.parametrize("name", TALIB)
def test_agrees_with_talib(name: str) -> None:
    close_to(compute(name, BARS).iloc[:, 0].to_numpy(), TALIB[name](), 1e-11)


def test_macd_agrees_with_talib_once_the_seeds_have_faded() -> None:
    for ours, theirs in zip(compute("macd", BARS).to_numpy().T, talib.MACD(C), strict=True):
        close_to(ours[300:], theirs[300:], 1e-9)


def test_agrees_with_ta() -> None:
    close, high, low, volume = BARS["close"], BARS["high"], BARS["low"], BARS["volume"]
    kst = ta.trend.KSTIndicator(close, 10, 15, 20, 30, 10, 10, 10, 15)
    cases: dict[str, tuple[pd.Series, int]] = {
        "kst": (kst.kst(), 60),
        "stc": (ta.trend.STCIndicator(close).stc(), 450),
        "trix": (ta.trend.TRIXIndicator(close).trix(), 400),
        "ulcer": (ta.volatility.UlcerIndex(close).ulcer_index(), 40),
        "uo": (ta.momentum.UltimateOscillator(high, low, close).ultimate_oscillator(), 30),
        "eom": (ta.volume.EaseOfMovementIndicator(high, low, volume, 14).sma_ease_of_movement(), 20),
        "ichimoku": (ta.trend.IchimokuIndicator(high, low).ichimoku_conversion_line(), 10),
        "ao": (ta.momentum.AwesomeOscillatorIndicator(high, low).awesome_oscillator(), 40),
    }
    for name, (series, after) in cases.items():
        close_to(compute(name, BARS).iloc[after:, 0].to_numpy(), series.to_numpy()[after:], 1e-7)
