"""The chart page as one would write it at first: Python lists, default settings. Only for bench_chart_page.py.

argv: a CSV of bars. 2,500 candles, volume, five averages, a table of fifty rows, the controls of a chart page.
"""

import sys

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

st.set_page_config(layout="wide")
bars = pd.read_csv(sys.argv[1], parse_dates=["ts"])
st.title("Chart")
for column, label in zip(st.columns(4), ("Symbol", "Range", "Interval", "Type"), strict=True):
    column.selectbox(label, ["a", "b", "c"])
st.segmented_control("Indicators", ["SMA", "EMA", "RSI", "MACD"])
times = [t.to_pydatetime() for t in bars["ts"]]
figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.8, 0.2])
figure.add_trace(
    go.Candlestick(
        x=times,
        open=bars["open"].tolist(),
        high=bars["high"].tolist(),
        low=bars["low"].tolist(),
        close=bars["close"].tolist(),
    ),
    row=1,
    col=1,
)
for length in (10, 20, 50, 100, 200):
    average = bars["close"].rolling(length).mean()
    figure.add_trace(go.Scatter(x=times, y=average.tolist(), name=f"SMA {length}"), row=1, col=1)
figure.add_trace(go.Bar(x=times, y=bars["volume"].tolist(), name="Volume"), row=2, col=1)
figure.update_layout(xaxis_rangeslider_visible=False, height=600)
st.plotly_chart(figure)
last, first = bars["close"].iloc[-1], bars["close"].iloc[0]
for column, (label, value) in zip(
    st.columns(4),
    {
        "Last": f"{last:,.2f}",
        "Return": f"{last / first - 1:.2%}",
        "High": f"{bars['high'].max():,.2f}",
        "Low": f"{bars['low'].min():,.2f}",
    }.items(),
    strict=True,
):
    column.metric(label, value)
st.dataframe(bars.tail(50))
