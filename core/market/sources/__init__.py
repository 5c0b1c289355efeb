"""One module a vendor, each the three-step shape of ``base``."""
