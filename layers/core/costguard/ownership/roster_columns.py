"""The columns of a roster, by the headers of registrars, Canvas and Moodle.

Canvas, gradebook (canvas-lms 0140a2e, lib/gradebook_exporter.rb): `Student` as `Doe, John`, or
`LastName` and `FirstName`; `ID`, `SIS User ID`, `SIS Login ID`, `Section`, then the assignments. A
row `Points Possible` and perhaps one with `Manual Posting` stand before the people, and the test
student after them. Canvas, SIS reports: `full_name`, `sortable_name`, `login_id`, `email`.
Moodle, participants (moodle 0919a04, user/action_redir.php): `First name`, `Last name` (until 3.x
`Surname`) and the identity fields, such as `Email address`, in the language of the teacher.
"""

from collections.abc import Mapping, Sequence
from enum import Enum

from costguard.ownership.roster_text import RosterInvalid, RosterProblem


class Field(Enum):
    """What a column says of a person."""

    NAME = "name"
    SORTABLE = "sortable name"  # Doe, John
    FIRST = "first name"
    LAST = "last name"
    EMAIL = "e-mail"
    LOGIN = "login"
    SLACK = "slack"
    ROLE = "role"


_HEADERS: Mapping[Field, tuple[str, ...]] = {
    Field.NAME: ("name", "full name", "student name", "display name", "pseudonym", "person"),
    Field.SORTABLE: ("student", "sortable name"),
    Field.FIRST: (
        *("first name", "firstname", "given name", "forename", "vorname", "prénom", "nombre"),
        *("nome", "voornaam", "fornavn", "förnamn", "imię"),
    ),
    Field.LAST: (
        *("last name", "lastname", "surname", "family name", "nachname", "nom", "nom de famille"),
        *("apellido(s)", "apellidos", "apellido", "cognome", "sobrenome", "apelido(s)"),
        *("achternaam", "etternavn", "efternavn", "efternamn", "nazwisko"),
    ),
    Field.EMAIL: (
        *("email", "e-mail", "mail", "email address", "e-mail address", "e-mail-adresse"),
        *("adresse de courriel", "dirección de correo", "correo electrónico", "e-mailadres"),
        *("indirizzo email", "endereço de email", "endereço de e-mail", "e-postadress"),
        *("adres e-mail", "epostadresse"),
    ),
    Field.LOGIN: ("sis login id", "login id", "login", "username", "user name", "netid", "net id"),
    Field.SLACK: ("slack", "slack id", "slack member id"),
    Field.ROLE: ("role", "roles", "rolle", "rôle", "rol"),
}
_BY_HEADER = {header: field for field, headers in _HEADERS.items() for header in headers}
_NAMES = (Field.NAME, Field.SORTABLE, Field.FIRST, Field.LAST)
_SHOWN = 6

type Columns = Mapping[Field, int]


def columns_of(headers: Sequence[str], line: int) -> Columns:
    """Find the columns of a header. Raises RosterInvalid where none has names, or two are one."""
    found: dict[Field, int] = {}
    for number, header in enumerate(headers):
        field = _BY_HEADER.get(" ".join(header.replace("_", " ").casefold().split()))
        if field in found:
            expected = f"one column with the {field.value}, not also {headers[found[field]]!r}"
            raise RosterInvalid(RosterProblem(line, header, header, expected))
        if field:
            found[field] = number
    if not any(each in found for each in _NAMES):
        shown = ", ".join(headers[:_SHOWN])
        expected = "a header with a column of names: Name, or Student, or First name and Last name"
        raise RosterInvalid(RosterProblem(line, "", shown, expected))
    return found
