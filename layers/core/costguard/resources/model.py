"""Our words for SageMaker's things. Translated once, at the edge; `None` means *not known*."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from costguard.common.observed import Count
from costguard.resources.activity import Activity
from costguard.resources.deletion import DeletionCheck
from costguard.resources.use import UseMetric

NO_LIMIT = timedelta.max
"""A run time that nothing limits: known, and different from `None`, not known."""


class ResourceStatus(Enum):
    """What a resource is doing, whatever its kind calls it."""

    STARTING = "starting"  # asked for; AWS refuses to stop it yet
    RUNNING = "running"  # costs money, can be stopped
    STOPPING = "stopping"
    STOPPED = "stopped"  # ended, in whatever way
    UNKNOWN = "unknown"  # a word that AWS added after us


class ResourceRef(Struct, frozen=True, omit_defaults=True):
    """The name of one resource: all that an event or a queue message needs to carry."""

    kind: str
    name: str
    place: str = ""  # its account and Region, as `places` names them; empty: those of the stack

    @property
    def label(self) -> str:
        """Name it in its own spelling, with its kind, and its place unless that is home."""
        own = f"{self.kind}/{self.name}"
        return f"{self.place}/{own}" if self.place else own

    @property
    def key(self) -> str:
        """Identify it in the ledger; lower case, since AWS lower-cases some ARNs."""
        return self.label.lower()


class InstanceGroup(Struct, frozen=True, omit_defaults=True):
    """Some instances of one type; a `None` in it was not reported.

    Groups of one choice run together. Of several choices AWS takes one, and which is not known.
    """

    type: str | None
    count: Count | None
    choice: Count = 0


class BillingFacts(Struct, frozen=True, kw_only=True):
    """What AWS reports of the bill besides the run. `None`: not reported, or not yet."""

    ended: datetime | None = None
    billable: timedelta | None = None  # of the whole run; less than the run for spot
    spot: bool = False
    volume_gb: int | None = None  # of a notebook or space: billed while that exists
    retained: timedelta | None = None  # a warm pool's billable time after its job
    retaining: bool = False  # the warm pool still waits, and costs
    prepaid: bool = False  # a training plan is paid for it: it costs no more by the hour
    free: bool = False  # AWS bills nothing for it
    by_token: bool = False  # AWS bills tokens and no instances
    tokens: int | None = None  # of these, as many as AWS has counted
    component: str | None = None  # where its kind has several for a run: the one it is billed as


class Resource(Struct, frozen=True, kw_only=True):
    """One thing in SageMaker that costs money while it runs. Times are aware UTC."""

    arn: str
    kind: str
    name: str
    place: str = ""  # see ResourceRef
    status: ResourceStatus
    status_word: str | None = None  # of AWS, where the status is unknown
    groups: tuple[InstanceGroup, ...] | None = None
    instances: int | None = None  # the most that may run at once
    tags: Mapping[str, str] | None = None
    tags_confirmed: bool = False  # read from ListTags just now, not from an event or an index
    created: datetime | None = None
    started: datetime | None = None  # of this run; None while nothing runs yet
    continues: bool = False  # its status says that the run began before its last change
    waits: bool = False  # for instances: nothing runs yet, and nothing is billed
    max_runtime: timedelta | None = None
    limits_children: bool = False  # max_runtime is that of each job which it starts
    parent: str | None = None  # the ARN of the job or schedule that SageMaker made it for
    # The ARN of the job beside or after which AWS runs it, or of what it is a run of: its owner and
    # its tags are that one's, and it is judged by what it costs.
    belongs_to: str | None = None
    activity: Activity | None = None  # None: nobody looked
    billing: BillingFacts = BillingFacts()
    creator: str | None = None  # the login that CloudTrail saw create it; None: not known
    changed: datetime | None = None  # its last change, where that counts as use
    use: tuple[UseMetric, ...] = ()  # the metrics that show its use
    judged: bool = True  # False: no rule is asked about it, it is only metered
    profile: str | None = None  # the user profile of Studio that it belongs to
    shared: bool = False  # others use it, too: its profile and its name are guesses
    steps: tuple[str, ...] | None = None  # the ARNs of the jobs that a run of a pipeline runs now
    jobs: tuple["Resource", ...] | None = None  # those jobs; None: nobody looked
    source: str | None = None  # what another like it is made from: an endpoint's configuration
    gone: bool = False  # it is deleted: only we remember it, or AWS for a while
    deletion: DeletionCheck | None = None  # whether it may be deleted; None: nobody looked
    # How calls name it, where its name alone does not tell. No fact that rules read.
    address: Mapping[str, str] | None = None

    @property
    def ref(self) -> ResourceRef:
        """Name it, without its facts."""
        return self.beside(self.kind, self.name)

    def beside(self, kind: str, name: str) -> ResourceRef:
        """Name another resource in the same account and Region."""
        return ResourceRef(kind, name, self.place)

    @property
    def tagged(self) -> str:
        """The ARN that has the tags of its owner."""
        return self.belongs_to or self.arn

    @property
    def region(self) -> str:
        """The region that its ARN names."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """The account that its ARN names."""
        return self.arn.split(":")[4]

    @property
    def instance_types(self) -> tuple[str, ...]:
        """Every instance type it uses or may use, in order, without repeats."""
        return tuple(dict.fromkeys(g.type for g in self.groups or () if g.type))

    @property
    def choices(self) -> tuple[tuple[InstanceGroup, ...], ...]:
        """The sets of instances of which one runs; one set where that is certain."""
        return choices(self.groups or ())


def choices(groups: Iterable[InstanceGroup]) -> tuple[tuple[InstanceGroup, ...], ...]:
    """Sort groups into the sets of which one runs."""
    found: dict[int, list[InstanceGroup]] = {}
    for group in groups:
        found.setdefault(group.choice, []).append(group)
    return tuple(map(tuple, found.values()))
