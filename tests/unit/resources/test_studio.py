"""Apps and spaces of SageMaker Studio: what is read of them, and what is not."""

from typing import Any

import pytest

from costguard.resources.commands import fill_in
from costguard.resources.kinds.app import KIND as APP
from costguard.resources.kinds.space import KIND as SPACE
from costguard.resources.model import InstanceGroup, Resource, ResourceStatus
from costguard.resources.translation import translate
from tests.factories import arn, at, resource

G5 = "ml.g5.xlarge"
PRIVATE = {
    "OwnershipSettings": {"OwnerUserProfileName": "john-doe"},
    "SpaceSharingSettings": {"SharingType": "Private"},
}
OF_PROFILE = {"UserProfileName": "john-doe"}
OF_SPACE = {"SpaceName": "lab"}


def app(kind: str = "JupyterLab", on: str | None = G5, **more: Any) -> Resource:
    who = {} if "SpaceName" in more else OF_PROFILE
    named = {"DomainId": "d-1", "AppType": kind, "AppName": "default", **who, **more}
    raw = {
        **named,
        "AppArn": arn("app", f"d-1/john-doe/{kind.lower()}/default"),
        "Status": more.pop("Status", "InService"),
        "CreationTime": at(0),
        "ResourceSpec": {"InstanceType": on} if on else {},
    }
    return translate(APP, raw | more)


@pytest.mark.parametrize(
    ("kind", "component"),
    [
        ("JupyterLab", "studio-jupyterlab"),
        ("CodeEditor", "studio-codeeditor"),
        ("KernelGateway", "studio-notebook"),
        ("RSessionGateway", "rstudio-session"),
        ("RStudioServerPro", "rstudio-server"),
        ("TensorBoard", "studio"),
        ("AppTypeOf2027", "studio"),
    ],
)
def test_each_app_is_billed_for_its_instance_by_its_own_line(kind: str, component: str) -> None:
    found = app(kind)
    assert (found.groups, found.billing.component) == ((InstanceGroup(G5, 1),), component)
    assert not found.billing.free


@pytest.mark.parametrize("on", ["system", None, G5])
def test_canvas_is_billed_by_the_session_whatever_it_runs_on(on: str | None) -> None:
    found = app("Canvas", on)
    assert found.groups == (InstanceGroup("Session-Hrs", 1),)
    assert (found.billing.component, found.judged) == ("canvas", True)


def test_what_runs_on_no_instance_costs_nothing_and_is_not_judged() -> None:
    found = app("JupyterServer", "system")
    assert (found.groups, found.billing.free, found.judged) == ((), True, False)


def test_the_server_of_a_whole_domain_is_only_metered() -> None:
    found = app("RStudioServerPro", "ml.c5.4xlarge", UserProfileName="domain-shared")
    assert (found.judged, found.shared, found.groups) == (
        False,
        True,
        (InstanceGroup("ml.c5.4xlarge", 1),),
    )


def test_an_app_without_a_type_has_an_unknown_one() -> None:
    assert app(on=None).groups is None


def test_an_app_on_a_training_plan_is_paid_ahead() -> None:
    plan = {"InstanceType": G5, "TrainingPlanArn": arn("training-plan", "p")}
    assert app(ResourceSpec=plan).billing.prepaid


@pytest.mark.parametrize("field", ["LastUserActivityTimestamp", "LastHealthCheckTimestamp"])
def test_a_timestamp_that_health_checks_move_is_no_fact(field: str) -> None:
    moved: dict[str, Any] = {field: at(9)}
    assert app(**moved) == app()


@pytest.mark.parametrize(
    ("who", "profile", "shared"),
    [
        (OF_PROFILE, "john-doe", False),
        (OF_SPACE | {"Space": PRIVATE}, "john-doe", False),
        (
            OF_SPACE | {"Space": PRIVATE | {"SpaceSharingSettings": {"SharingType": "Shared"}}},
            "john-doe",
            True,
        ),
        (OF_SPACE | {"Space": {"SpaceSharingSettings": {"SharingType": "Private"}}}, None, False),
        (OF_SPACE | {"Space": {}}, None, True),
        (OF_SPACE, None, True),  # the space is gone
        (OF_SPACE | {"Space": "x"}, None, True),
    ],
)
def test_an_app_is_its_profiles_or_its_spaces_owners(
    who: dict[str, Any], profile: str | None, *, shared: bool
) -> None:
    found = app(**who)
    assert (found.profile, found.shared) == (profile, shared)


def space(**more: Any) -> Resource:
    storage = {"SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 100}}}
    raw = {
        "DomainId": "d-1",
        "SpaceName": "lab",
        "SpaceArn": arn("space", "d-1/lab"),
        "Status": "InService",
        "CreationTime": at(0),
        "LastModifiedTime": at(1),
        "SpaceSettings": storage,
    }
    return translate(SPACE, raw | PRIVATE | more)


def test_a_space_has_a_volume_and_nothing_runs_in_it() -> None:
    found = space()
    assert (found.name, found.billing.volume_gb, found.profile) == ("d-1/lab", 100, "john-doe")
    assert (found.status, found.groups) == (ResourceStatus.STOPPED, ())


@pytest.mark.parametrize("settings", [{}, None, {"SpaceStorageSettings": {}}])
def test_a_space_whose_volume_is_not_told_has_an_unknown_one(settings: Any) -> None:
    assert space(SpaceSettings=settings).billing.volume_gb is None


def test_the_line_that_ends_one_names_all_of_it() -> None:
    for found, who in (
        (app(), "--user-profile-name john-doe"),
        (app(**OF_SPACE, Space=PRIVATE), "--space-name lab"),
    ):
        line = fill_in(APP.words.end, found).splitlines()[-1]
        assert line == (
            f"aws sagemaker delete-app --region us-east-2 --domain-id d-1 {who} "
            "--app-type JupyterLab --app-name default"
        )


def test_the_line_that_brings_it_back_has_its_type_and_its_tags() -> None:
    line = fill_in(APP.words.restart, app()).splitlines()[-1]
    assert line.endswith("--app-name default --resource-spec InstanceType=ml.g5.xlarge")


def test_an_address_that_is_not_known_is_to_be_filled_in() -> None:
    found = resource("app", "d-1/x/JupyterLab/default")
    assert fill_in("{address}", found) == "YOUR-NAME"


def test_a_name_that_aws_cannot_have_given_does_not_reach_a_shell() -> None:
    address = fill_in("{address}", app(AppName="$(reboot)"))
    assert address.endswith("--app-type JupyterLab --app-name YOUR-NAME")


def test_what_never_runs_is_not_listed_with_what_runs() -> None:
    assert SPACE.lifecycle.running == ()
    assert SPACE.grants["list"] == ()
    assert SPACE.grants["volumes"] == ("ListSpaces",)
