"""The shell of the pages that links open: no script, nothing loaded, light and dark, for phones."""

import base64
import hashlib
from html import escape
from typing import Any

from costguard.common.sanitize import single_line

_CSS = """
:root{color-scheme:light dark;--ink:#1f2937;--soft:#4b5563;--page:#f3f4f6;--card:#fff;
--line:#9ca3af;--go:#1d4ed8;--on:#fff;--bad:#b91c1c}
@media(prefers-color-scheme:dark){:root{--ink:#f3f4f6;--soft:#cbd5e1;--page:#111827;--card:#1f2937;
--line:#6b7280;--go:#93c5fd;--on:#111827;--bad:#fca5a5}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);line-height:1.5;
font:1rem/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}
main{max-width:36rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}
h1{font-size:1.4rem;line-height:1.3;margin:.5rem 0}
h2{font-size:1.1rem;margin:0 0 .5rem}
section,details{background:var(--card);border:1px solid var(--line);border-radius:.5rem;
padding:.75rem 1rem;margin:.75rem 0}
summary{font-weight:600;min-height:2.75rem;display:list-item;padding:.6rem 0;cursor:pointer}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:0}
dt{color:var(--soft)}
dd{margin:0}
ul{padding-left:1.2rem;margin:.25rem 0}
label{display:block;margin:.75rem 0 .25rem}
input,select,textarea,button{font:inherit;width:100%;min-height:2.75rem;padding:.5rem .75rem;
border:1px solid var(--line);border-radius:.4rem;background:var(--card);color:var(--ink)}
button{background:var(--go);color:var(--on);border-color:var(--go);font-weight:600;margin-top:.75rem;
cursor:pointer}
.bad button{background:var(--bad);border-color:var(--bad)}
:focus-visible{outline:3px solid var(--go);outline-offset:2px}
.soft{color:var(--soft);font-size:.9rem}
a{color:var(--go)}
code{font-size:.95em}
"""
_STYLE = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "strict-transport-security": "max-age=31536000",
}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>{title}</title>
<style>{css}</style>
</head>
<body>
<main>
<h1>{heading}</h1>
{body}
</main>
</body>
</html>
"""


def page(heading: str, *parts: str, status: int = 200) -> dict[str, Any]:
    """Write a page as Lambda's function URL takes it; the parts are HTML, the heading is text."""
    body = _PAGE.format(
        title=f"{escaped(heading)} - Costguard",
        css=_CSS,
        heading=escaped(heading),
        body="\n".join(filter(None, parts)),
    )
    return response(status, "text/html; charset=utf-8", body)


def response(status: int, content_type: str, body: str) -> dict[str, Any]:
    """Write any answer of a door: nothing keeps it, frames it, or runs a part of it."""
    headers = {"content-type": content_type, **_HEADERS}
    return {"statusCode": status, "headers": headers, "body": body}


def escaped(words: str, limit: int = 1000) -> str:
    """Escape a text of anybody, on one line."""
    return escape(single_line(words, limit))


def facts(*rows: tuple[str, str]) -> str:
    """Write a list of facts; those without a value are left out."""
    known = "".join(f"<dt>{escaped(k)}</dt><dd>{escaped(v)}</dd>" for k, v in rows if v)
    return f"<dl>{known}</dl>"
