"""Nothing secret in a message or a log (protocols T7, trust 3.10)."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_MASK = "***"
_NAMES = (
    r"client_secret|client_assertion|refresh_token|access_token|id_token|code_verifier|password|assertion|"
    r"authorization|set-cookie|cookie|authvalue|clientstate|web_service_key|sig"
)
_NAMED = re.compile(rf'(?i)(["\']?\b(?:{_NAMES})["\']?\s*[=:]\s*["\']?)(?:(?:bearer|basic)\s+)?[^\s"\'&,;}}]+')
# An authorization code, but not the "Code=JR" of a NAV message.
_CODE = re.compile(r"\bcode=[^\s&\"']{16,}")
_SCHEME = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}")
_TOKEN = re.compile(r"\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)+")
_QUERY = re.compile(r"(?i)(https?://[^\s?\"'<>]+)\?[^\s\"'<>]*")


@dataclass(frozen=True, slots=True)
class Redactor:
    """Masks secrets by their very text, by name and by shape; drops the query of every address."""

    hidden: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, secrets: Iterable[str]) -> Redactor:
        """For secrets of one connection; texts too short to be one are left out, or they would mask words."""
        return cls(tuple(sorted((text for text in secrets if len(text) >= 6), key=len, reverse=True)))

    def __call__(self, text: str) -> str:
        """The text, safe to show."""
        for secret in self.hidden:
            text = text.replace(secret, _MASK)
        text = _QUERY.sub(r"\1", text)
        text = _TOKEN.sub(_MASK, text)
        text = _SCHEME.sub(rf"\1 {_MASK}", text)
        text = _CODE.sub(f"code={_MASK}", text)
        return _NAMED.sub(rf"\1{_MASK}", text)


def silence_http_logs() -> None:
    """httpx logs every address at INFO, httpcore every header at DEBUG; neither belongs in a log."""
    for name in ("httpx", "httpcore", "hpack"):
        logging.getLogger(name).setLevel(logging.WARNING)
