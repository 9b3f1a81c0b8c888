"""What every answer tells a browser, unless the answer says otherwise itself."""

from collections.abc import Mapping

SECURITY_HEADERS: Mapping[str, str] = {
    # Most answers hold text of a draft or are about one.
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
