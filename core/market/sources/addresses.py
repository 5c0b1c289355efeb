"""Where a vendor's calls are sent to."""

from urllib.parse import urlsplit


def is_loopback(address: str | None) -> bool:
    """Whether ``address`` points at this machine; False for what is no address."""
    try:
        return address is not None and urlsplit(address).hostname in {"127.0.0.1", "localhost", "::1"}
    except ValueError:
        return False
