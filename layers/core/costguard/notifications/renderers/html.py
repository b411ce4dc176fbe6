"""A message as an HTML e-mail: one column, inline styles, light and dark, no picture."""

from html import escape

from costguard.notifications.message import Message, Section

_COLOURS = {
    "warning": "#b45309",
    "stopped": "#b91c1c",
    "all-clear": "#15803d",
    "would-stop": "#0e7490",
    "digest": "#1d4ed8",
    "summary": "#1d4ed8",
}
_ADMIN = "#7e22ce"
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace"
_BUTTON = (
    ' style="display:inline-block;background:#1d4ed8;color:#ffffff;border-radius:6px;'
    'padding:10px 16px;text-decoration:none"'
)
_DARK = """
@media (prefers-color-scheme: dark) {
  body, .page { background: #111827 !important }
  .card { background: #1f2937 !important; color: #f3f4f6 !important }
  .soft { color: #9ca3af !important }
  a { color: #93c5fd }
  .note { background: #3b2f14 !important; color: #fde68a !important }
  pre { background: #111827 !important; color: #e5e7eb !important }
  pre { border-color: #374151 !important }
}
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>{subject}</title>
<style>{dark}</style>
</head>
<body style="margin:0;background:#f3f4f6">
<div class="page" style="background:#f3f4f6;padding:16px 8px">
<div class="card" style="max-width:600px;margin:0 auto;background:#ffffff;color:#1f2937;\
border-radius:8px;border-top:4px solid {colour};padding:20px;{font};font-size:15px;line-height:1.5;\
overflow-wrap:anywhere">
<h1 style="font-size:20px;line-height:1.3;margin:0 0 12px">{heading}</h1>
{body}
<p class="soft" style="color:#6b7280;font-size:12px;margin:20px 0 0">{footer}</p>
</div>
</div>
</body>
</html>
"""


def render(message: Message) -> str:
    """Write the page; every text in it is escaped."""
    note = (
        '<p class="note" style="background:#fef3c7;color:#78350f;border-radius:6px;'
        f'padding:8px 12px;margin:0 0 12px">{_lines(message.note)}</p>'
    )
    parts = (
        note if message.note else "",
        _paragraph(message.intro),
        _facts(message),
        *map(_section, message.sections),
    )
    return _PAGE.format(
        subject=escape(message.subject),
        dark=_DARK,
        colour=_COLOURS.get(message.stage, _ADMIN),
        font=_FONT,
        heading=escape(message.heading),
        body="\n".join(filter(None, parts)),
        footer=_lines(message.footer),
    )


def _facts(message: Message) -> str:
    rows = "\n".join(
        f'<tr><td class="soft" style="color:#6b7280;padding:2px 16px 2px 0;vertical-align:top;'
        f'white-space:nowrap">{escape(name)}</td>'
        f'<td style="padding:2px 0">{escape(value)}</td></tr>'
        for name, value in message.facts
    )
    table = (
        '<table role="presentation" style="border-collapse:collapse;font-size:14px;margin:12px 0">'
    )
    return f"{table}\n{rows}\n</table>" if rows else ""


def _section(section: Section) -> str:
    title = f'<h2 style="font-size:16px;margin:20px 0 6px">{escape(section.title)}</h2>'
    points = "\n".join(f"<li>{_lines(point)}</li>" for point in section.points)
    code = (
        f'<pre style="{_MONO};font-size:13px;background:#f3f4f6;border:1px solid #e5e7eb;'
        "border-radius:6px;padding:10px 12px;margin:8px 0;white-space:pre-wrap;"
        f'overflow-wrap:anywhere">{escape(section.code)}</pre>'
    )
    body = (
        _paragraph(section.text) if section.text else "",
        f'<ul style="margin:6px 0;padding-left:20px">\n{points}\n</ul>' if points else "",
        code if section.code else "",
        *(_link(name, url, is_aside=bool(section.code)) for name, url in section.links),
    )
    return "\n".join(filter(None, (title if section.title else "", *body))) if any(body) else ""


def _link(name: str, url: str, *, is_aside: bool) -> str:
    """Write a button; beside lines for a shell only a link."""
    look = "" if is_aside else _BUTTON
    return f'<p style="margin:12px 0"><a href="{escape(url)}"{look}>{escape(name)}</a></p>'


def _paragraph(text: str) -> str:
    return f'<p style="margin:8px 0">{_lines(text)}</p>'


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")
