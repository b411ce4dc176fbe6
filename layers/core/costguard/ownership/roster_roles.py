"""The roles of a roster: as registrars, Canvas and Moodle name them, in the teacher's language.

A role that is neither is refused: a whole class whose word for `student` is unknown would have no
shares, and who teaches would be stopped at one.
"""

import re
from functools import lru_cache

from costguard.common.remarks import Wrong
from costguard.ownership.course import Role

_STAFF = re.compile(
    r"teach|instruct|prof|lectur|tutor|grader|\breader\b|assist|\b(head )?t\.?a\.?s?\b|\btaenrol|"
    r"\b(gsi|ca|la)s?\b|facult|staff|design|observ|admin|manag|creator|coach|mentor|trainer|fellow|"
    r"dozent|lehr|betreu|leit|hilfskraft|hiwi|mitarbeit|enseign|chargé|docent|insegn|ayudant|"
    r"maestr|monitor|auxiliar|opettaj|opetus|lærer|lärare|nauczyciel|prowadzący|vyučující|helper|"
    r"coordin|non-?\s?student|owner|преподав|учитель|教师|教師|先生|교사",
    re.IGNORECASE,
)
_STUDENT = re.compile(
    r"student|learner|participant|auditor|pupil|trainee|undergrad|graduate|freshman|sophomore|"
    r"junior|senior|guest|enrolled|member|no roles|studier|teilnehm|hörer|schüler|étudiant|élève|"
    r"estudiant|alumn|aluno|aluna|allievo|allieva|studente|leerling|deelnemer|cursist|studerende|"
    r"elev|opiskelij|uczeń|hallgató|tanuló|öğrenci|студент|ученик|слушател|学生|學生|生徒|학생",
    re.IGNORECASE,
)


@lru_cache(maxsize=64)
def role_of(text: str) -> Role | Wrong:
    """Read a role; who has several, and teaches, is staff. Without one a person is a student."""
    if _STAFF.search(text):
        return Role.STAFF
    if not text or _STUDENT.search(text):
        return Role.STUDENT
    return Wrong("student, or staff such as teacher or assistant")
