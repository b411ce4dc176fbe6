"""Every client played once, and each of its cases a test."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict

import pytest

from tests.real.clients.cases import CLIENTS, SMALL, Case, Client
from tests.real.clients.sent import Sent
from tests.real.clients.stand import Stand
from tests.real.conftest import FINDINGS, WHOLE

PLAYED = FINDINGS / "clients"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test with every client, or with every case of every client."""
    if "played" not in metafunc.fixturenames:
        return
    clients = CLIENTS if os.environ.get(WHOLE) else SMALL
    together = {each: pytest.mark.xdist_group(each.environment) for each in clients}
    if "case" in metafunc.fixturenames:
        values = [(client, case) for client in clients for case in client.cases]
        metafunc.parametrize(
            ("played", "case"),
            [
                pytest.param(
                    client,
                    (client.name, case),  # equal cases of two clients would be run side by side
                    id=f"{client.name}-{case.name}",
                    marks=together[client],
                )
                for client, case in values
            ],
            indirect=True,
            scope="session",
        )
    else:
        params = [pytest.param(each, id=each.name, marks=together[each]) for each in clients]
        metafunc.parametrize("played", params, indirect=True, scope="session")


@pytest.fixture(scope="session")
def case(request: pytest.FixtureRequest) -> Case:
    """Give a case of the client that is played."""
    found: Case = request.param[1]
    return found


type Played = tuple[Client, Mapping[Case, Sent]]


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest) -> Played:
    """Play all cases of a client, and write down what it sent."""
    client: Client = request.param
    with Stand(client.environment, client.program) as stand:
        sent = stand.play([case.name for case in client.cases])
    PLAYED.mkdir(parents=True, exist_ok=True)
    rows = {name: asdict(each) for name, each in sent.items()}
    about = {"client": client.name, "versions": client.versions, "rows": rows}
    (PLAYED / f"{client.environment}.json").write_text(json.dumps(about), encoding="utf-8")
    return client, {case: sent[case.name] for case in client.cases}
