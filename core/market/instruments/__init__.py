"""Which instruments there are, and what an investor means by a word.

resolve("hdfc bank")      -> HDFCBANK.NS
resolve("BSE:500325")     -> RELIANCE.BO
resolve("tata")           -> AmbiguousSymbol, with candidates
search("relai")           -> suggestions, best first
infer("PIXTRANS.NS")      -> an instrument for a symbol outside the catalogue
"""

from core.market.instruments.catalogue import by_isin, by_symbol, catalogue
from core.market.instruments.resolution import resolve
from core.market.instruments.search import search
from core.market.instruments.symbols import infer

__all__ = ["by_isin", "by_symbol", "catalogue", "infer", "resolve", "search"]
