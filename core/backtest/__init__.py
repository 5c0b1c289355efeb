"""Backtests: the engine, strategies, sweeps, and whether a result is skill or luck."""
