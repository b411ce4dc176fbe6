"""Read a roster: a CSV of a registrar, of Canvas or of Moodle. All of it, or nothing."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import replace

from costguard.common.forms import email_address, person_name, slack_address, words
from costguard.common.remarks import Wrong
from costguard.ownership.course import Member, Role
from costguard.ownership.roster_columns import NAMES, Columns, Field, columns_of
from costguard.ownership.roster_roles import role_of
from costguard.ownership.roster_text import RosterInvalid, RosterLine, RosterProblem, roster_lines
from costguard.ownership.same_person import addresses, have_one_name
from costguard.ownership.spelling import NameParts, owner_key

MOST_BYTES = 5_000_000
_MOST_PROBLEMS = 10
_LONGEST_NAME = 200
_NO_PERSON = re.compile(r"points possible", re.IGNORECASE)
_TEST_STUDENT = "test student"
_QUOTED = re.compile(r'="(.*)"')  # as Canvas and Excel keep a spreadsheet from calculating
_CHECKS: Mapping[Field, Callable[[str], object]] = {
    Field.EMAIL: email_address,
    Field.SLACK: slack_address,
    Field.LOGIN: words,
    Field.ROLE: role_of,
}


def read_roster(data: bytes) -> tuple[Member, ...]:
    """Read everybody. Raises RosterInvalid with the first problems, each with line and column."""
    if len(data) > MOST_BYTES:
        raise RosterInvalid(RosterProblem(1, "", "", f"at most {MOST_BYTES:,} bytes"))
    lines = roster_lines(data)
    header = next(lines, None)
    if header is None:
        raise RosterInvalid(RosterProblem(1, "", "", "a header and a line for each person"))
    columns = columns_of(header.cells, header.number)
    reading = _Reading(header.cells, columns)
    for line in lines:
        reading.take(line)
    reading.end(header.number)
    if reading.problems:
        raise RosterInvalid(*reading.problems[:_MOST_PROBLEMS])
    return tuple(reading.people.values())


class _Reading:
    """What was read of a file so far."""

    def __init__(self, headers: Sequence[str], columns: Columns) -> None:
        self.people: dict[int, Member] = {}  # by their lines
        self.problems: list[RosterProblem] = []
        self._headers = headers
        self._columns = columns
        self._lines: dict[str, int] = {}
        every = range(0 if Field.EMAIL in columns else len(headers))
        self._unknown = {*every} - {*columns.values()}
        self._addressed: set[int] = set()  # of the unknown columns

    def take(self, line: RosterLine) -> None:
        """Read one line: a person, or a row that a gradebook has besides people."""
        extra = line.cells[len(self._headers) :]
        if any(map(str.strip, extra)):
            has = f"{len(self._headers)} cells as the header has"
            self.refuse(line.number, "", extra[0], has)
            return
        cells = {field: self._cell(line.cells, number) for field, number in self._columns.items()}
        if any(cells.values()) and not _is_no_person(cells):
            self._add(line.number, cells)
            self._addressed |= {
                at for at in self._unknown if _is_address(self._cell(line.cells, at))
            }

    def end(self, header: int) -> None:
        """Refuse a file of nobody, and one whose addresses would be missed."""
        if not self.people and not self.problems:
            self.refuse(header, "", "", "a line for each person below the header")
        if not any(each.email for each in self.people.values()):
            for at in sorted(self._addressed):
                expected = "the header E-mail, if these are their addresses; or leave it out"
                self.refuse(header, self._headers[at], self._headers[at], expected)

    def refuse(self, line: int, column: str, value: str, expected: str) -> None:
        """Note a problem."""
        self.problems.append(RosterProblem(line, column, value, expected))

    def _add(self, line: int, cells: Mapping[Field, str]) -> None:
        problems = [*self._wrong(line, cells)]
        self.problems += problems
        if problems:
            return
        member = _member(cells)
        keys = addresses(member) or (owner_key(member.name),)
        lines = {
            key: before for key in keys if (before := self._lines.setdefault(key, line)) < line
        }
        known = self.people.setdefault(min(lines.values(), default=line), member)
        is_known = len({*lines.values()}) == 1 and have_one_name(known, member)
        if lines and not (is_known and addresses(member)):
            self._refuse_second(line, lines, cells)
        elif member.role is Role.STAFF:
            self.people[min(lines.values(), default=line)] = replace(known, role=Role.STAFF)

    def _refuse_second(
        self, line: int, lines: Mapping[str, int], cells: Mapping[Field, str]
    ) -> None:
        """Refuse another person with an address of somebody; or a name, where there is no more."""
        shared = next((f for f in _CHECKS if cells.get(f, "").casefold() in lines), None)
        field = shared or next(f for f in NAMES if cells.get(f))
        other = "the same person there" if shared else "an e-mail address or login on both"
        expected = f"another {field.value} than on line {min(lines.values())}, or {other}"
        self.refuse(line, self._headers[self._columns[field]], cells[field], expected)

    def _wrong(self, line: int, cells: Mapping[Field, str]) -> Iterator[RosterProblem]:
        """Yield what is wrong in the cells of a person."""
        for field, check in _CHECKS.items():
            value = cells.get(field, "")
            if value and isinstance(wrong := check(value), Wrong):
                column = self._headers[self._columns[field]]
                yield RosterProblem(line, column, value, wrong.expected)
        wrong = person_name(name := _name(cells)[0])
        if isinstance(wrong, Wrong) or len(name) > _LONGEST_NAME:
            at = next(self._columns[f] for f in Field if f in self._columns)
            expected = wrong.expected if wrong else f"a name of {_LONGEST_NAME} letters at most"
            yield RosterProblem(line, self._headers[at], name, expected)

    def _cell(self, cells: Sequence[str], number: int) -> str:
        text = " ".join((cells[number] if number < len(cells) else "").split())
        quoted = _QUOTED.fullmatch(text)
        return quoted[1] if quoted else text


def _member(cells: Mapping[Field, str]) -> Member:
    name, handle = _name(cells)
    login = cells.get(Field.LOGIN, "")
    role = role_of(cells.get(Field.ROLE, ""))
    return Member(
        name=name,
        stated_handle=handle,
        email=cells.get(Field.EMAIL) or (login if _is_address(login) else None),
        slack=cells.get(Field.SLACK) or None,
        logins=(login,) if login else (),
        role=role if isinstance(role, Role) else Role.STUDENT,
    )


def _name(cells: Mapping[Field, str]) -> tuple[str, str | None]:
    """Return the name, first name first, and the handle of somebody with two family names."""
    first, last, name = (cells.get(f, "") for f in (Field.FIRST, Field.LAST, Field.NAME))
    is_whole = {*first.split()} <= {*name.replace(",", " ").split()}
    if first and name and Field.LAST not in cells and not is_whole:
        last, name = name, ""  # `Name;Vorname`: the family name is headed `Name`
    sortable = f"{last}, {first}" if first and last else cells.get(Field.SORTABLE, "")
    name = name or sortable or first or last
    sortable = sortable or name
    family, comma, given = (part.strip() for part in sortable.partition(","))
    if not (comma and family and given) or "," in given:
        return name.strip(" ,"), None
    handle = NameParts.of(sortable).handle if " " in family else None
    return (f"{given} {family}" if name == sortable else name), handle


def _is_address(text: str) -> bool:
    return "@" in text and not isinstance(email_address(text), Wrong)


def _is_no_person(cells: Mapping[Field, str]) -> bool:
    """Return whether a row of a gradebook is none of a person."""
    first = next((cells[f] for f in (Field.SORTABLE, Field.LAST, Field.NAME) if f in cells), "")
    return bool(_NO_PERSON.match(first)) or _name(cells)[0].casefold() == _TEST_STUDENT
