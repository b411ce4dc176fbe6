"""Roles as registrars, Canvas and Moodle name them."""

import pytest

from costguard.common.remarks import Wrong
from costguard.ownership.course import Role
from costguard.ownership.roster_roles import role_of

STUDENTS = [
    *("", "student", "Students", "StudentEnrollment", "Teilnehmer/in", "Étudiant", "No roles"),
    *("Studierende", "Auditor", "Opiskelija", "学生", "Learner"),
]
STAFF = [
    *("Instructor", "TA", "head TA", "TaEnrollment", "TeacherEnrollment", "Non-editing teacher"),
    *("Student, Teaching assistant", "Graduate student instructor", "Studentische Hilfskraft"),
    *("Trainer/in", "Kursbetreuer/in", "Observer", "Non-student", "Professor", "CA", "教师"),
]


@pytest.mark.parametrize("text", STUDENTS)
def test_who_learns_is_a_student(text: str) -> None:
    assert role_of(text) is Role.STUDENT


@pytest.mark.parametrize("text", STAFF)
def test_who_teaches_is_staff_even_if_she_learns_too(text: str) -> None:
    assert role_of(text) is Role.STAFF


@pytest.mark.parametrize("text", ["wombat", "7.00", "x@y.org"])
def test_any_other_word_is_neither(text: str) -> None:
    assert isinstance(role_of(text), Wrong)
