"""Sectors in the words people use, and the companies in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.assistant.tools.evidence import Evidence
from core.market.model import AssetClass, Instrument

_WORDS: tuple[tuple[str, str, str], ...] = (
    ("it|information technology|tech|technology|software|computers?", "Technology", ""),
    ("semiconductors?|chips?", "Technology", "Semiconductors"),
    ("private banks?|psu banks?|public sector banks?|banks?|banking|bankex", "Financial Services", "Banks"),
    ("nbfcs?|lenders?|credit", "Financial Services", "Credit Services"),
    ("insurance|insurers?", "Financial Services", "Insurance"),
    ("amcs?|asset management|mutual fund houses?", "Financial Services", "Asset Management"),
    ("financials?|finance|financial services?|bfsi", "Financial Services", ""),
    ("pharma|pharmaceuticals?|drugs?|medicines?", "Healthcare", "Drug Manufacturers"),
    ("hospitals?", "Healthcare", "Medical Care Facilities"),
    ("healthcare|health", "Healthcare", ""),
    ("autos?|automobiles?|cars?|car makers?|vehicles?", "Consumer Cyclical", "Auto Manufacturers"),
    ("auto parts|auto components|auto ancillar(?:y|ies)|tyres?", "Consumer Cyclical", "Auto Parts"),
    ("hotels?", "Consumer Cyclical", "Lodging"),
    ("consumer discretionary|consumer cyclicals?|discretionary", "Consumer Cyclical", ""),
    ("fmcg|consumer staples?|consumer defensive|staples|consumer goods", "Consumer Defensive", ""),
    ("metals?|steel", "Basic Materials", "Steel|Aluminum|Copper|Metals"),
    ("cement", "Basic Materials", "Building Materials"),
    ("chemicals?", "Basic Materials", "Chemicals"),
    ("materials|basic materials", "Basic Materials", ""),
    ("oil and gas|oil & gas|oil|gas|petroleum|omcs?|refiner(?:y|ies|s)", "Energy", "Oil"),
    ("coal", "Energy", "Coal"),
    ("energy", "Energy", ""),
    ("power|electricity|utilit(?:y|ies)", "Utilities", ""),
    ("renewables?|green energy|solar", "Utilities", "Renewable"),
    ("real estate|realty|property|builders|developers", "Real Estate", ""),
    ("telecoms?|telecommunications?", "Communication Services", "Telecom"),
    ("media|entertainment", "Communication Services", "Entertainment"),
    ("communications?|communication services", "Communication Services", ""),
    ("defen[cs]e|aerospace", "Industrials", "Aerospace"),
    ("railways?|rail", "Industrials", "Railroads"),
    ("airlines?|aviation", "Industrials", "Air"),
    ("infra|infrastructure|construction|engineering", "Industrials", "Engineering|Construction"),
    ("capital goods|industrials?|machinery", "Industrials", ""),
)
_NOISE = re.compile(r"\b(?:sector|sectors|stocks?|shares?|companies|company|industry|space|names|the|in|of|all)\b")
_COMPILED = tuple((re.compile(rf"^(?:{words})$"), sector, industry) for words, sector, industry in _WORDS)


@dataclass(frozen=True, slots=True)
class Sector:
    """A sector, or the industries within it that were meant. `industry`: a pattern, "" for all of the sector."""

    name: str
    industry: str
    words: str

    def holds(self, instrument: Instrument) -> bool:
        """Whether a company belongs to it."""
        if instrument.sector != self.name:
            return False
        return not self.industry or re.search(self.industry, instrument.industry or "") is not None


def sector_of(text: str) -> Sector | None:
    """The sector somebody means by "IT stocks", "banking" or "Healthcare"; None when it is none we know."""
    words = " ".join(_NOISE.sub(" ", text.lower().replace("-", " ")).split())
    if not words:
        return None
    for pattern, sector, industry in _COMPILED:
        if pattern.match(words):
            return Sector(sector, industry, words)
    for _, sector, _ in _COMPILED:
        if sector.lower() == words:
            return Sector(sector, "", words)
    return None


def members(evidence: Evidence, sector: Sector, currency: str = "INR") -> tuple[Instrument, ...]:
    """Companies of it in the catalogue, in its order."""
    every = evidence.market.instruments(asset_class=AssetClass.STOCK)
    return tuple(one for one in every if one.currency == currency and sector.holds(one))
