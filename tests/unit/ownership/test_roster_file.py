"""Rosters as registrars, Canvas and Moodle export them, and as spreadsheets save them again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.ownership.course import Member, Role
from costguard.ownership.roster_file import MOST_BYTES, read_roster
from costguard.ownership.roster_text import RosterInvalid, RosterProblem

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Quiz 1 (101),Email (102),Current Score
,,,,,Manual Posting,,
    Points Possible,,,,,10.00,1.00,(read only)
"Doe, John",11,20001,jdoe3,CS 229,7.00,1.00,70.00
"García López, María José",12,20002,mgarcia@uni.edu,CS 229,N/A,EX,
"=""Evil\""",13,20003,evil,CS 229,,,
"Student, Test",99,,a9fbb0c2,CS 229,,,
"""
CANVAS_NAMES = """\
LastName,FirstName,ID,SIS Login ID,Section
    Points Possible,,,,
Doe,John,11,jdoe3,CS 229
Student,Test,99,a9fbb0c2,CS 229
"""
CANVAS_SIS = """\
canvas_user_id,user_id,login_id,first_name,last_name,full_name,sortable_name,email,status
2572,77,jdoe3,John,Doe,Johnny Doe,"Doe, John",john.doe@uni.edu,active
"""
MOODLE = """\
"First name","Last name","Email address",Roles
John,Doe,john.doe@uni.edu,Student
Ann,Lee,ann.lee@uni.edu,"Non-editing teacher"
"""
MOODLE_GERMAN = "Vorname;Nachname;E-Mail-Adresse\nJürgen;Großmann;jg@uni.edu\n"
REGISTRAR = "name,e-mail,Slack,role\nJohn Doe,john.doe@uni.edu,U0123456789,student\n"
PSEUDONYMS = "pseudonym\nblue-heron-17\nred-fox-2\n"


def told(data: bytes) -> tuple[RosterProblem, ...]:
    with pytest.raises(RosterInvalid) as refused:
        read_roster(data)
    return refused.value.problems


def test_a_gradebook_of_canvas_has_people_and_rows_that_are_none() -> None:
    john, maria, evil = read_roster(CANVAS.encode())
    assert john == Member(name="John Doe", logins=("jdoe3",))
    assert (maria.name, maria.handle) == ("María José García López", "GarciaLopezMariaJose")
    assert maria.email == "mgarcia@uni.edu"
    assert evil.name == "Evil"


def test_names_in_two_columns_are_one_name() -> None:
    assert read_roster(CANVAS_NAMES.encode()) == (Member(name="John Doe", logins=("jdoe3",)),)


def test_a_full_name_goes_before_its_parts() -> None:
    (john,) = read_roster(CANVAS_SIS.encode())
    assert (john.name, john.email, john.logins) == ("Johnny Doe", "john.doe@uni.edu", ("jdoe3",))


def test_participants_of_moodle_have_roles() -> None:
    john, ann = read_roster(MOODLE.encode())
    assert (john.role, ann.role) == (Role.STUDENT, Role.STAFF)
    assert john == Member(name="John Doe", email="john.doe@uni.edu")


def test_headers_are_in_the_language_of_the_teacher() -> None:
    (juergen,) = read_roster(MOODLE_GERMAN.encode())
    assert (juergen.name, juergen.email) == ("Jürgen Großmann", "jg@uni.edu")
    (jose,) = read_roster("Nombre,Apellido(s)\nJosé,Núñez Ruiz\n".encode())
    assert (jose.name, jose.handle) == ("José Núñez Ruiz", "NunezRuizJose")
    assert read_roster(b"nombre\nJuan Ruiz\n")[0].name == "Juan Ruiz"
    assert read_roster(b"apellido\nRuiz\n")[0].name == "Ruiz"


def test_a_registrar_writes_four_columns_and_privacy_may_ask_for_one() -> None:
    (john,) = read_roster(REGISTRAR.encode())
    assert (john.slack, john.role) == ("U0123456789", Role.STUDENT)
    assert [each.name for each in read_roster(PSEUDONYMS.encode())] == [
        "blue-heron-17",
        "red-fox-2",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line", ["\n", "\r\n", "\r"])
def test_a_spreadsheet_saves_it_in_many_ways(encoding: str, delimiter: str, line: str) -> None:
    text = REGISTRAR.replace("John Doe", "Jürgen Núñez").replace(",", delimiter)
    (saved,) = read_roster(text.replace("\n", line).encode(encoding))
    assert (saved.name, saved.email) == ("Jürgen Núñez", "john.doe@uni.edu")


def test_an_old_spreadsheet_writes_windows_1252() -> None:
    assert read_roster("name\nJürgen d€Arc\n".encode("cp1252"))[0].name == "Jürgen d€Arc"


def test_a_line_may_name_the_delimiter() -> None:
    assert read_roster(b"sep=;\nname;role\nJohn Doe;ta\n")[0].role is Role.STAFF
    assert told(b"sep=|\nname|role\n") == (
        RosterProblem(1, "", "sep=|", "a comma, semicolon or tab"),
    )


@pytest.mark.parametrize(
    ("text", "line", "column", "value", "expected"),
    [
        ("", 1, "", "", "a header"),
        ("\n \n", 1, "", "", "a header"),
        ("name\n", 1, "", "", "a line for each person"),
        ("e-mail\na@b.org\n", 1, "", "e-mail", "a column of names"),
        ("name,email,E-Mail\nx,,\n", 1, "E-Mail", "E-Mail", "not also 'email'"),
        ("name,email\nJo,jo@b.org\nJane,jane\n", 3, "email", "jane", "one e-mail address"),
        ("name,slack\nJo,jo smith\n", 2, "slack", "jo smith", "a Slack member id"),
        ("name,login\nJo,a\u202eb\n", 2, "login", "a\u202eb", "without control characters"),
        ("name,email\n,jo@b.org\n", 2, "name", "", "a name with a letter"),
        ("name\n" + "x" * 201 + "\n", 2, "name", "x" * 201, "200 letters"),
        ("name,role\nDoe, John,student\n", 2, "", "student", "2 cells as the header has"),
        ("name\nJo\n\nJo\n", 4, "name", "Jo", "another name than on line 2"),
        ("name,email\nJo,a@b.org\nAl,A@b.org\n", 3, "email", "A@b.org", "than on line 2"),
        ("name,role\nJo,Wombat\n", 2, "role", "Wombat", "student, or staff"),
        ("name,login\nJo,a\nAl,A\n", 3, "login", "A", "another login than on line 2"),
        ("name,email,login\nJo,a@b,a\nJo,c@d,c\nJo,a@b,c\n", 4, "email", "a@b", "on line 2"),
        ("Vorname,Sippe\nJo,Lee\n", 1, "Vorname", "Vorname", "a column 'Last name' beside it"),
        ("Surname,Given\nLee,Jo\n", 1, "Surname", "Surname", "a column 'First name' beside it"),
        ("name,Kontakt\nJo,jo@b.org\nAl,\n", 1, "Kontakt", "Kontakt", "the header E-mail"),
        ('name\n"Jo"x\n', 2, "", "", "quotes in pairs"),
        ('name\n"Jo', 2, "", "", "quotes in pairs"),
    ],
)
def test_a_bad_file_is_refused_with_the_place(
    text: str, line: int, column: str, value: str, expected: str
) -> None:
    (problem, *_) = told(text.encode())
    assert (problem.line, problem.column, problem.value) == (line, column, value)
    assert expected in problem.expected


def test_a_line_is_counted_where_the_person_begins() -> None:
    assert told(b'name,email\n"Jo\nMiller",jo@b.org\nAl,al\n')[0].line == 4


def test_bytes_that_are_no_text_are_refused() -> None:
    assert told(b"name\nJ\x81rgen\n") == (RosterProblem(2, "", "byte 0x81", "a text in UTF-8"),)
    assert told(b"n" * (MOST_BYTES + 1))[0].expected == "at most 5,000,000 bytes"


def test_no_more_than_ten_problems_are_told() -> None:
    assert len(told(b"name,email\n" + b"Jo,jo\n" * 50)) == 10


@pytest.mark.parametrize(
    "line", ["Jo Lee,jo@b.org", "jo lee,JO@B.ORG", '"Lee, Jo", jo@b.org', "Jo  Lée,Jo@b.org"]
)
def test_the_same_person_twice_is_one(line: str) -> None:
    (jo,) = read_roster(f"name,email\nJo Lee,jo@b.org\n{line}\n".encode())
    assert (jo.name, jo.email) == ("Jo Lee", "jo@b.org")


@pytest.mark.parametrize("lines", [("student", "TA"), ("TA", "student")])
def test_who_teaches_in_one_of_the_lines_is_staff(lines: tuple[str, ...]) -> None:
    text = "".join(f"Jo,jo@b.org,{role}\n" for role in lines)
    assert read_roster(f"name,email,role\n{text}".encode())[0].role is Role.STAFF


def test_a_channel_is_nobodys_own() -> None:
    text = "name,slack\nJo Lee,#cs229\nAl Ek,#cs229\n"
    assert [each.name for each in read_roster(text.encode())] == ["Jo Lee", "Al Ek"]
    assert told(f"{text}Jo Lee,#cs229\n".encode())[0].column == "name"


@pytest.mark.parametrize(
    "header",
    [
        "Name;Vorname;E-Mail",
        "Familienname;Vorname;Mailadresse",
        "Last_Name;First_Name;Student Email",
        "NACHNAME;VORNAME;E\u2011Mail\u2011Adresse",
        "Nom;Prénom;Courriel",
        "Legal Last Name;Preferred First Name;University E-mail address",
    ],
)
def test_a_header_is_known_however_it_is_spelled(header: str) -> None:
    (juergen,) = read_roster(f"{header}\nMüller;Jürgen;jm@uni.edu\n".encode())
    assert (juergen.name, juergen.email) == ("Jürgen Müller", "jm@uni.edu")


def test_a_name_that_is_whole_has_no_first_name_before_it() -> None:
    people = read_roster(b'Name,First name\nJo Lee,Jo\n"Ek, Al",Al\nKane,\n')
    assert [each.name for each in people] == ["Jo Lee", "Al Ek", "Kane"]


def test_the_plain_header_goes_before_another() -> None:
    text = b"Name,Preferred name,E-mail,School e-mail\nJo Lee,J,jo@b.org,x@y.org\n"
    assert read_roster(text)[0] == Member(name="Jo Lee", email="jo@b.org")


def test_a_workbook_is_no_csv() -> None:
    for start in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1"):
        (problem,) = told(start + bytes(900))
        assert (problem.value, problem.expected[:6]) == ("a workbook", "a CSV;")


def test_the_error_names_nobody() -> None:
    with pytest.raises(RosterInvalid) as refused:
        read_roster(b"name,email\nJane Roe,jane\n")
    assert "jane" not in str(refused.value).casefold()


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: f"name,email\n{text}".encode(errors="replace"))
)
def test_any_file_is_read_or_refused(data: bytes) -> None:
    try:
        people = read_roster(data)
    except RosterInvalid:
        return
    else:
        assert people
        assert all(any(map(str.isalnum, each.name)) for each in people)
