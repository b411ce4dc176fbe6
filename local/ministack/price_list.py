"""The Price List API of the local AWS: GetProducts for SageMaker, with the traps of the real list.

The rates are the observed ones of us-east-1 (prices/observed.csv), offered in the local region
and some others too; where they were seen equal across components, one seen component stands for
the others.
"""

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from local.paths import PROJECT
from local.sagemaker.resource import Place

TARGET = "AWSPriceListService."
PUBLISHED = "2026-11-01T00:00:00Z"
_COMPONENTS = {
    "notebook": ("Notebk:", "Notebook"),
    "training": ("Train:", "Training"),
    "processing": ("Processing:", "Processing"),
    "transform": ("Tsform:", "BatchTransform"),
    "hosting": ("Host:", "Hosting"),
    "studio-jupyterlab": ("Studio:JupyterLab-", "studio-jupyterlab"),
}
_ABSENT = {("training", "ml.t3.medium"), ("transform", "ml.t3.medium")}
"""Sold for notebooks only: availability is per component."""
VOLUME = "0.14"  # a GB-month of a notebook's volume
STUDIO_VOLUME = "0.112"  # of a space's, seen in us-east-1 (prices/storage.csv)
SESSION = "1.9"  # an hour of Canvas (AWS's page of its prices)
HOURS_A_MONTH = 730
PREFIX = {"us-east-1": "USE1", "us-east-2": "USE2", "us-west-2": "USW2", "eu-west-1": "EU"}

type Product = dict[str, Any]


def rates() -> dict[tuple[str, str], str]:
    """Give the hourly rate of a component and type."""
    with (PROJECT / "prices" / "observed.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["region"] == "us-east-1"]
    rows.sort(key=lambda row: row["source_date"])
    seen = {
        row["instance_type"]: row["usd_per_hour"] for row in rows if row["component"] in _COMPONENTS
    }
    own = {(row["component"], row["instance_type"]): row["usd_per_hour"] for row in rows}
    return {
        (component, kind): own.get((component, kind), usd)
        for component in _COMPONENTS
        for kind, usd in seen.items()
        if (component, kind) not in _ABSENT
    }


def billed() -> dict[tuple[str, str], Decimal]:
    """Give the rate of an hour by the word on the bill and the type; of a GB's hour for volumes."""
    words = {c: usage.rstrip(":") for c, (usage, _) in _COMPONENTS.items()}
    hours = {(words[component], kind): Decimal(usd) for (component, kind), usd in rates().items()}
    return hours | {("Notebk", "gp2"): Decimal(VOLUME) / HOURS_A_MONTH}


def products(region: str) -> Iterator[Product]:
    """List a region's products: the relevant ones, and similar ones that must not match."""
    prefix = PREFIX.get(region, "XXX1")
    for (component, kind), usd in rates().items():
        usage, name = _COMPONENTS[component]
        suffixed = kind if component == "studio-jupyterlab" else f"{kind}-{name}"
        attributes = {"instanceName": kind, "instanceType": suffixed, "component": name}
        yield product(region, f"{prefix}-{usage}{kind}", usd, **attributes)
    big = {"instanceName": "ml.p4d.24xlarge"}
    fee = f"{prefix}-TrainingPlanUpfrontFee:ml.p4d.24xlarge"
    yield product(region, fee, "13.57", unit="Quantity", **big)
    yield product(region, f"{prefix}-Cluster:ml.p4d.24xlarge", "25.91", component="Cluster", **big)
    small = {"instanceName": "ml.t3.medium", "component": "Notebook", "instanceType": "NA"}
    free = small | {"platoinstancetype": "*Free*"}
    yield product(region, f"{prefix}-Notebk:ml.t3.medium", "0", **free)
    yield product(
        region, f"{prefix}-Processing_Geo:ml.m5.xlarge", "9.99", instanceName="ml.m5.xlarge"
    )
    gp2 = {"productFamily": "Storage", "volumeType": "General Purpose-Notebook"}
    yield product(region, f"{prefix}-Notebk:VolumeUsage.gp2", VOLUME, unit="GB-Mo", **gp2)
    gp3 = {"productFamily": "Storage", "volumeType": "General Purpose-Studio"}
    yield product(region, f"{prefix}-Studio:VolumeUsage.gp3", STUDIO_VOLUME, unit="GB-Mo", **gp3)
    yield product(region, f"{prefix}-Canvas:Session-Hrs", SESSION, component="Canvas")


def product(region: str, usage_type: str, usd: str, *, unit: str = "Hrs", **more: str) -> Product:
    """Write one product in the shape of the Price List."""
    sku = usage_type.upper().replace("-", "").replace(":", "").replace(".", "")[:16]
    term = f"{sku}.JRTCKXETXF"
    rate = f"{term}.6YS6EN2CT7"
    family = more.pop("productFamily", "ML Instance")
    dimension = {
        "unit": unit,
        "rateCode": rate,
        "beginRange": "0",
        "endRange": "Inf",
        "appliesTo": [],
        "pricePerUnit": {"USD": f"{float(usd):.10f}"},
    }
    attributes = {
        "servicecode": "AmazonSageMaker",
        "regionCode": region,
        "locationType": "AWS Region",
        "usagetype": usage_type,
        "operation": "RunInstance",
        **more,
    }
    return {
        "product": {"productFamily": family, "attributes": attributes, "sku": sku},
        "serviceCode": "AmazonSageMaker",
        "terms": {"OnDemand": {term: {"priceDimensions": {rate: dimension}, "sku": sku}}},
        "publicationDate": PUBLISHED,
    }


class PriceList:
    """Answers GetProducts, a page at a time."""

    name = "pricing"
    target = TARGET

    def __init__(self, place: Place) -> None:
        self._place = place

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer; raises ValueError for what is not supported."""
        if operation != "GetProducts" or request.get("ServiceCode") != "AmazonSageMaker":
            msg = f"the local Price List has only GetProducts of AmazonSageMaker, not {operation}"
            raise ValueError(msg)
        wanted = {f["Field"]: f["Value"] for f in request.get("Filters", [])}
        found = [
            p
            for region in dict.fromkeys((*PREFIX, self._place.region))
            for p in products(region)
            if wanted.items() <= p["product"]["attributes"].items()
        ]
        start, size = int(request.get("NextToken") or 0), request.get("MaxResults", 100)
        page = {
            "FormatVersion": "aws_v1",
            "PriceList": [json.dumps(p) for p in found[start : start + size]],
        }
        more = start + size < len(found)
        return page | ({"NextToken": str(start + size)} if more else {})
