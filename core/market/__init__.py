"""Instruments, bars, quotes, fundamentals and news: where they come from, how they are kept, and their faults."""
