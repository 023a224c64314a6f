"""Pages that stand alone: they print, and nothing they hold may reach out."""

import re
from base64 import b64encode
from hashlib import sha256

from starlette.responses import HTMLResponse

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def printed(page: str) -> HTMLResponse:
    """Return a page of `onecity.report`: only the scripts it was made with may run."""
    scripts = " ".join(
        f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
        for script in _SCRIPT.findall(page)
    )
    policy = (
        "default-src 'none'",
        f"script-src {scripts}",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": "; ".join(policy)})
