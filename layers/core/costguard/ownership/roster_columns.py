"""The columns of a roster, by the headers of registrars, Canvas and Moodle.

Canvas, gradebook (canvas-lms 0140a2e, lib/gradebook_exporter.rb): `Student` as `Doe, John`, or
`LastName` and `FirstName`; `ID`, `SIS User ID`, `SIS Login ID`, `Section`, then the assignments. A
row `Points Possible` and perhaps one with `Manual Posting` stand before the people, and the test
student after them. Canvas, SIS reports: `full_name`, `sortable_name`, `login_id`, `email`.
Moodle, participants (moodle 0919a04, user/action_redir.php): `First name`, `Last name` (until 3.x
`Surname`) and the identity fields, such as `Email address`, in the language of the teacher.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from costguard.ownership.roster_text import RosterInvalid, RosterProblem


class Field(StrEnum):
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
    Field.NAME: (
        *("name", "full name", "display name", "pseudonym"),
        *("person", "namen", "naam", "navn", "namn", "nom complet", "nombre completo"),
        *("nome completo", "vollständiger name"),
    ),
    Field.SORTABLE: ("student", "sortable name"),
    Field.FIRST: (
        *("first name", "given name", "given names", "forename", "vorname", "prénom", "nombre"),
        *("nome", "voornaam", "fornavn", "förnamn", "imię", "rufname", "prénoms", "nombres"),
        *("etunimi", "jméno", "keresztnév", "имя", "名", "名字"),
    ),
    Field.LAST: (
        *("last name", "surname", "family name", "nachname", "familienname", "zuname", "nom"),
        *("nom de famille", "apellido(s)", "apellidos", "apellido", "cognome", "sobrenome"),
        *("apelido(s)", "achternaam", "etternavn", "efternavn", "efternamn", "nazwisko"),
        *("sukunimi", "příjmení", "vezetéknév", "фамилия", "姓", "姓氏"),
    ),
    Field.EMAIL: (
        *("email", "mail", "email address", "email adresse", "mail address", "mail adresse"),
        *("adresse de courriel", "adresse mail", "adresse email", "courriel"),
        *("dirección de correo", "correo electrónico", "correo", "e-mailadres", "mailadres"),
        *("indirizzo email", "endereço de email", "e-postadress", "e-post", "epostadresse"),
        *("adres email", "sähköposti", "адрес электронной почты", "メールアドレス", "电子邮件地址"),
    ),
    Field.LOGIN: (
        *("sis login id", "login id", "login", "username", "netid", "unikennung", "nutzername"),
        *("benutzername", "anmeldename", "uniqname", "onyen", "kerberos", "sunet id"),
    ),
    Field.SLACK: ("slack", "slack id", "slack member id", "slack user id"),
    Field.ROLE: ("role", "roles", "rolle", "rollen", "rôle", "rôles", "rol", "ruolo", "ruoli"),
}
_QUALIFIED = re.compile(
    r"(?:student|user|participant|university|campus|school|primary|preferred|legal) "
)
_APART = re.compile(r"[\s_.\-\u2010-\u2015]+")
NAMES = (Field.NAME, Field.SORTABLE, Field.FIRST, Field.LAST)
_SHOWN = 6

type Columns = Mapping[Field, int]


def columns_of(headers: Sequence[str], line: int) -> Columns:
    """Find the columns of a header. Raises RosterInvalid where none has names, or two are one."""
    said = [" ".join(_APART.sub(" ", each.casefold()).split()) for each in headers]
    found = _found(headers, said, line)
    qualified = [_QUALIFIED.sub("", each, count=1) for each in said]  # Student Email
    more = _found(
        headers, [q if q != s else "" for q, s in zip(qualified, said, strict=True)], line
    )
    found = {**more, **found}
    if not any(each in found for each in NAMES):
        shown = ", ".join(headers[:_SHOWN])
        expected = "a header with a column of names: Name, or Student, or First name and Last name"
        raise RosterInvalid(RosterProblem(line, "", shown, expected))
    _refuse_half_names(headers, found, line)
    return found


def _found(headers: Sequence[str], said: Sequence[str], line: int) -> dict[Field, int]:
    """Find the field of each header; two of one field are refused."""
    found: dict[Field, int] = {}
    for number, header in enumerate(headers):
        field = _BY_HEADER.get(said[number].replace(" ", ""))
        if field in found:
            expected = f"one column with the {field.value}, not also {headers[found[field]]!r}"
            raise RosterInvalid(RosterProblem(line, header, header, expected))
        if field:
            found[field] = number
    return found


def _refuse_half_names(headers: Sequence[str], found: Columns, line: int) -> None:
    """Refuse one half of the names where another column, unknown, may have the other."""
    names = [each for each in NAMES if each in found]
    unknown = [h for at, h in enumerate(headers) if h.strip() and at not in found.values()]
    if len(names) == 1 and names[0] in (Field.FIRST, Field.LAST) and unknown:
        half = headers[found[names[0]]]
        other = "Last name" if names[0] is Field.FIRST else "First name"
        expected = f"a column {other!r} beside it, or 'Name' for whole names"
        raise RosterInvalid(RosterProblem(line, half, half, expected))


_BY_HEADER = {
    _APART.sub("", header): field for field, headers in _HEADERS.items() for header in headers
}
