"""The local Price List has the Regions of spokes, each by its own names of usage."""

import json
from typing import Any

import pytest

from local.ministack.price_list import PREFIX, PriceList
from local.sagemaker.resource import Place

HOME = Place(region="us-east-2", account_id="123456789012")


def listed(region: str) -> list[dict[str, Any]]:
    asked = {"ServiceCode": "AmazonSageMaker", "MaxResults": 100}
    filters = [{"Field": "regionCode", "Value": region}]
    found = PriceList(HOME).answer("GetProducts", {**asked, "Filters": filters})
    return [json.loads(each)["product"]["attributes"] for each in found["PriceList"]]


@pytest.mark.parametrize("region", [*PREFIX, "us-east-2"])
def test_a_region_lists_its_own_products_alone(region: str) -> None:
    attributes = listed(region)
    assert attributes
    assert {each["regionCode"] for each in attributes} == {region}
    assert all(each["usagetype"].startswith(f"{PREFIX[region]}-") for each in attributes)


def test_a_region_that_is_not_there_has_no_products() -> None:
    assert not listed("mars-1")
