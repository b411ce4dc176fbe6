"""Two builds that the same programs run against, and the rows that stand them side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal

from benchmarks import ours
from benchmarks.builds import POLICY_LAYER, PRESENT, Build
from benchmarks.processes import Run
from benchmarks.rows import Lab
from local.paths import PROJECT

EVENT = str(PROJECT / "events" / "create-notebook-instance.json")
ENVIRONMENT = {**ours.NOWHERE, **ours.SETTINGS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One number of both; the goal is for its share of the floor, or else of the older build's."""

    what: str
    unit: str
    now: float
    then: float
    floor: float | None = None
    floor_then: float | None = None
    most: float | None = None  # None: a number without a goal of its own
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Divide by the older build's."""
        return self.now / self.then

    @property
    def share(self) -> float | None:
        """Divide by the floor."""
        return self.now / self.floor if self.floor else None

    @property
    def share_then(self) -> float | None:
        """Divide the older build's by its own floor."""
        return self.then / self.floor_then if self.floor_then else None

    @property
    def holds(self) -> bool | None:
        """Tell whether the goal is met."""
        return None if self.most is None else (self.share or self.ratio) <= self.most

    @property
    def goal(self) -> str:
        """Say the goal."""
        if self.most is None:
            return ""
        return f"≤ {self.most:.2f} x {'floor' if self.floor else 'older'}"

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return {
            "what": self.what,
            "unit": self.unit,
            "now": self.now,
            "then": self.then,
            "ratio": self.ratio,
            "floor": self.floor,
            "floor then": self.floor_then,
            "share of the floor": self.share,
            "share of the floor then": self.share_then,
            "goal": self.goal,
            "holds": self.holds,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """The present build and an older one. Both judge by the policy that the older one ships."""

    lab: Lab
    then: Build
    now: Build = PRESENT

    def __iter__(self) -> Iterator[Build]:
        """Give the older one first: A B A B."""
        return iter((self.then, self.now))

    def program(self, build: Build, name: str, *arguments: str) -> Run:
        """Run one of the programs on the `watch` of a build, without a network."""
        policy: Path = self.then.layer(POLICY_LAYER)
        return ours.program(name, *arguments, env=ENVIRONMENT, policy=policy, build=build)


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of both builds, by what they were of; rows of their medians."""

    pair: Pair
    unit: Literal["ms", "s"]
    taken: dict[tuple[str, Build], list[Run]] = field(default_factory=dict)

    def add(self, what: str, build: Build, run: Run) -> None:
        """Keep one."""
        self.taken.setdefault((what, build), []).append(run)

    def took(self, what: str) -> dict[str, list[dict[str, float]]]:
        """Tell each run of something, by build."""
        return {b.name: [run.took for run in self.taken[what, b]] for b in self.pair}

    def add_sum(self, what: str, build: Build, runs: Sequence[Run]) -> None:
        """Keep several as one: their times together, and the most of their memories."""
        self.add(
            what,
            build,
            Run(
                sum(run.seconds for run in runs),
                sum(run.processor for run in runs),
                max(run.memory for run in runs),
                [run.said for run in runs],
            ),
        )

    def row(
        self, name: str, what: str, of: str, *, floor: str = "", most: float | None = None
    ) -> Beside:
        """Stand one number of both side by side: `seconds`, `processor` or `memory`."""
        pair = self.pair
        return Beside(
            what=name,
            unit="MB" if of == "memory" else self.unit,
            now=self._middle(what, pair.now, of),
            then=self._middle(what, pair.then, of),
            floor=self._middle(floor, pair.now, of) if floor else None,
            floor_then=self._middle(floor, pair.then, of) if floor else None,
            most=most,
            detail={"runs": self.took(what)},
        )

    def _middle(self, what: str, build: Build, of: str) -> float:
        scale = 1e3 if self.unit == "ms" and of != "memory" else 1.0
        return scale * median(float(getattr(run, of)) for run in self.taken[what, build])
