"""Headers that pages of the products may send around the pane."""

from flask import Response


def add_page_headers(response: Response, opener_policy: str, content_policy: str | None) -> None:
    """Cross-Origin-Opener-Policy and Content-Security-Policy as the switches want them; the latter beside others."""
    if response.mimetype != "text/html":
        return
    if opener_policy != "none":
        response.headers["Cross-Origin-Opener-Policy"] = opener_policy
    if content_policy:
        response.headers.add("Content-Security-Policy", content_policy)
