"""The README's pictures, taken of what the demo has left in build/demo: by day and by night."""

import base64
from pathlib import Path

from tests.local.browser import Browser

ROOT = Path(__file__).parents[2]
DEMO, IMAGES = ROOT / "build" / "demo", ROOT / "docs" / "images"
PICTURES = {"notice": ("outbox/*Please-fix*.html", 640, 900), "report": ("weekly.html", 1180, 900)}
"""By name: the page, and the most that is shown of it in pixels."""


def main() -> None:
    """Take all of them, light and dark."""
    with Browser() as browser:
        for name, (pattern, width, height) in PICTURES.items():
            page = min(DEMO.glob(pattern))
            for scheme in ("light", "dark"):
                browser.open(page, width, dark=scheme == "dark")
                shown = min(height, int(browser.ask("document.documentElement.scrollHeight")))
                area = {"x": 0, "y": 0, "width": width, "height": shown, "scale": 1}
                shot = browser.call("Page.captureScreenshot", clip=area, captureBeyondViewport=True)
                (IMAGES / f"{name}-{scheme}.png").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
