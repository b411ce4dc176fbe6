"""Names as registrars have them: accents, two surnames, particles, one word, other scripts."""

from collections.abc import Iterator
from itertools import count, product

GIVEN = (
    *("Aaliyah", "Aisha", "Ana Lúcia", "Anders", "Anna", "Björk", "Brandon", "Chloé", "Dmitri"),
    *("Elif", "Emily", "Fatima", "François", "Grace", "Hye-jin", "Ijeoma", "İbrahim", "Jack"),
    *("Jordan", "José", "Juan Carlos", "Jürgen", "Katarzyna", "Kenji", "Łukasz", "María José"),
    *("Matthew", "Minh", "Mohammed", "Ngọc", "Noah", "Olena", "Olivia", "Priya", "Quang", "Rhys"),
    *("Siobhán", "Søren", "Thảo", "Tyler", "Wei", "Xiaoming", "Yusuf", "Zoë", "Þóra", "Ștefan"),
)
FAMILY = (
    *("Adeyemi", "Åström", "Bianchi", "Brown", "Çelik", "Chen", "da Silva", "de la Cruz", "Doe"),
    *("Dvořák", "García López", "Garcia", "Gómez-Peña", "Großmann", "Hoang", "Jones", "Kim"),
    *("Kowalski", "Kumar", "Lee", "Li", "MacDonald", "Müller", "Nguyễn", "Novák", "Nuñez"),
    *("O'Brien", "Ødegård", "Okafor", "Papadopoulos", "Park", "Patel", "Petrov", "Rossi", "Ruiz"),
    *("Schmidt", "Singh", "Smith", "Tanaka", "van den Berg", "Wang", "Williams", "Yildiz", "Zhang"),
)


def names() -> Iterator[str]:
    """Yield names without end, the last letters of later ones varied; each is another person's."""
    for turn in count():
        for family, given in product(FAMILY, GIVEN):
            middle = f" {chr(ord('A') + turn % 26)}." * bool(turn)
            yield f"{given}{middle} {family}"
