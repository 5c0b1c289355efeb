"""What a mail is about, as it is kept until it is sent: encrypted, for it may hold a code or somebody's holdings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from core.secrets import seal, unseal


def closed(prepared: Mapping[str, Any]) -> bytes:
    """A context made by `Kind.prepare`, sealed with the installation's key."""
    return seal(json.dumps(prepared, ensure_ascii=False, separators=(",", ":")).encode())


def opened(sealed: bytes) -> dict[str, Any]:
    """The context again.

    Raises:
        SecretKeyProblem: it was sealed with another key.
    """
    return cast(dict[str, Any], json.loads(unseal(sealed)))
