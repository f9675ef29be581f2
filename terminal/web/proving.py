"""What pages need to know of proving who one is."""

from __future__ import annotations

from terminal import passkeys
from terminal.web.context import Page


def passkeys_here(page: Page) -> bool:
    """True when passkeys work at the address of this page."""
    url = page.request.url
    site = passkeys.site_of(page.service.settings, url.scheme, url.hostname or "", url.netloc)
    return site is not None
