"""The cost summaries of the week, kept in build/demo, and an independent sum beside them."""

import re
from datetime import timedelta
from pathlib import Path

from local import billing_oracle
from local.account import LocalAws
from local.demo.scenario import MONDAY
from local.ministack import price_list

_PERIODS = {"day": "daily", "week": "weekly"}


def keep_summary(out: Path, text: str) -> None:
    """Keep a cost summary as text; the last one of each period stays."""
    if found := re.match(r"Costguard (daily|weekly) cost summary", text):
        (out / f"{found[1]}.txt").write_text(text, encoding="utf-8")


def keep_pages(aws: LocalAws, bucket: str, out: Path) -> None:
    """Keep the last page of each period."""
    s3 = aws.client("s3")
    for period, word in _PERIODS.items():
        pages = s3.list_objects_v2(Bucket=bucket, Prefix=f"{period}/").get("Contents", [])
        for page in sorted(pages, key=lambda each: each["Key"])[-1:]:
            body = s3.get_object(Bucket=bucket, Key=page["Key"])["Body"].read()
            (out / f"{word}.html").write_bytes(body)


def independent_sum(aws: LocalAws) -> str:
    """Sum up the real cost of the week."""
    week = billing_oracle.usd(aws.account, price_list.billed(), MONDAY, MONDAY + timedelta(days=7))
    return f"${week:,.2f}"


def weekly_total(out: Path) -> str:
    """Read the cost of the week from the weekly summary."""
    if not (weekly := out / "weekly.txt").exists():
        return "nothing before Monday"
    text = weekly.read_text(encoding="utf-8")
    found = re.search(r"(\$[\d,.]+)  this period", text)
    return found[1] if found else "nothing"
