"""Believable people, the same on every start: who they are in CRM, in NAV, in both or in one only."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

NAMESPACE = uuid.UUID("6f1c2d54-0f0e-4d0a-9a43-5f0b7d1f8e11")
MAIL_DOMAIN = "cronus.example"


@dataclass(frozen=True, slots=True)
class Person:
    """One person as both systems know them. `salesperson` None: nobody in NAV; `in_crm` False: no user.

    `id` is the CRM user's id. The `nav_` values are NAV's own and may differ from CRM's.
    """

    id: str
    first_name: str
    last_name: str
    email: str | None
    mobile: str | None
    domain_name: str
    title: str | None = None
    phone: str | None = None
    disabled: bool = False
    licensed: bool = True
    integration: bool = False
    access_mode: int = 0
    application_id: str | None = None
    in_crm: bool = True
    salesperson: str | None = None
    nav_name: str = ""
    nav_email: str = ""
    nav_phone: str = ""
    nav_job_title: str = ""
    nav_blocked: bool = False
    nav_privacy_blocked: bool = False
    nav_open_task: bool = False

    @property
    def full_name(self) -> str:
        """First and last name with one blank between."""
        return f"{self.first_name} {self.last_name}".strip()


def person_id(key: str | int) -> str:
    """The same id for the same key on every start."""
    return str(uuid.uuid5(NAMESPACE, str(key)))


class People(Sequence[Person]):
    """A long list made on demand: a hundred thousand people cost nothing until they are looked at."""

    def __init__(self, count: int, make: Callable[[int], Person]) -> None:
        self._count = count
        self._make = make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Person: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Person]: ...
    def __getitem__(self, index: int | slice) -> Person | Sequence[Person]:
        if isinstance(index, slice):
            return [self._make(i) for i in range(*index.indices(self._count))]
        if not -self._count <= index < self._count:
            raise IndexError(index)
        return self._make(index % self._count)

    def __iter__(self) -> Iterator[Person]:
        return map(self._make, range(self._count))


def sample_people(count: int = 60) -> Sequence[Person]:
    """The first `count` people: the awkward cases by name, then ordinary ones. Deterministic."""
    cases = _cases()
    return People(count, lambda i: cases[i] if i < len(cases) else _ordinary(i))


def bulk_people(crm: int, nav: int, coupled_by_email: float) -> Sequence[Person]:
    """`crm` users and `nav` salespeople, of whom the given share (of the smaller side) has the same e-mail."""
    both = round(min(crm, nav) * min(max(coupled_by_email, 0.0), 1.0))

    def make(i: int) -> Person:
        person = _numbered(i)
        if i < both:
            return person
        if i < crm:
            return replace(person, salesperson=None)
        return replace(person, in_crm=False)

    return People(crm + nav - both, make)


_FIRST_NAMES = """
Agnes Aleksander Alba Amir Anders Anita Antonio Asta Axel Beatriz Bence Birgit Bruno Camille Carla
Carsten Chiara Clara Daniela David Dorota Edith Eduardo Elias Elin Emil Erika Eva Fatima Felix Filip
Frida Gabriel Gerda Greta Hanna Hassan Helga Henrik Ida Igor Ines Ingrid Ivan Jana Jens Joana Julia
Kamil Karin Katrin Kenji Klara Lars Laura Leila Lena Leon Linnea Lorenzo Lucia Magnus Maja Marek
Maria Marta Matteo Mei Mikkel Mila Mira Nadia Nina Noah Nora Olga Oliver Oscar Pablo Paola Pavel
Petra Pia Rafael Rania Rosa Ruben Samir Sara Selma Simon Sofia Stefan Tara Teresa Thomas Tilde Tom
Uma Vera Viktor Vilma Walter Wiktor Yara Yusuf Zoe
"""
_LAST_NAMES = """
Abel Adler Aguilar Ahlgren Albers Almeida Andersson Arnold Bach Baker Barros Bauer Becker Bell Berg
Bianchi Black Blom Bondi Borg Brandt Bruun Burke Campos Carlsen Castro Cohen Conti Cruz Dahl
Danielsen Davies Diaz Dietrich Duarte Eklund Ekstrand Engel Eriksen Falk Farah Ferrari Fischer
Fontana Forsberg Foster Frank Friis Fuchs Gallo Garcia Gomes Graf Gram Gustafsson Haas Hagen Hansen
Hart Heller Hermann Hoff Holm Horvat Huber Hughes Ibsen Jansen Jensen Johansen Kaiser Keller Klein
Koch Kovacs Kramer Krog Kruse Lang Larsen Lehmann Leone Lind Lopez Lund Madsen Marino Martins Mason
Meyer Moretti Morris Munk Nagy Neumann Nielsen Novak Nyberg Olsen Ortega Otto Palmer Pedersen
Pereira Petersen Quist Ramos Rasmussen Reyes Ricci Riedl Romano Rossi Russo Salinas Santos Schmid
Schulz Silva Skov Sousa Steen Stein Stone Strand Svensson Tanaka Thomsen Torres Vance Vega Vogel
Wagner Walker Weber Winther Wolf Young Zeller
"""
_FIRST, _LAST = _FIRST_NAMES.split(), _LAST_NAMES.split()
_TITLES = (
    "Account Manager",
    "Sales Manager",
    "Purchaser",
    "Key Account Manager",
    "Inside Sales",
    "Field Sales",
)


def _ordinary(i: int) -> Person:
    """Number `i` of the ordinary people: most are in both systems with the same e-mail, some are not."""
    person = _numbered(i)
    match i % 10:
        case 3:
            return replace(person, in_crm=False, nav_email="" if i % 20 == 3 else person.nav_email)
        case 6:
            return replace(person, salesperson=None)
        case 8:
            return replace(person, nav_email="", nav_phone=person.nav_phone.replace(" ", "-"))
        case _:
            return person


def _numbered(i: int) -> Person:
    """A person made from a number, the same in both systems; codes stay within ten characters."""
    first = _FIRST[i * 7 % len(_FIRST)]
    last = _LAST[i * 11 % len(_LAST)]
    title = _TITLES[i % len(_TITLES)]
    email = f"{first}.{last}{i}@{MAIL_DOMAIN}".lower()
    mobile = f"+45 {20 + i % 70} {i // 10000 % 100:02} {i // 100 % 100:02} {i % 100:02}"
    return Person(
        id=person_id(i),
        first_name=first,
        last_name=last,
        email=email,
        mobile=mobile,
        domain_name=email,
        title=title,
        salesperson=f"{first[0]}{last[0]}{i}",
        nav_name=f"{first} {last}",
        nav_email=email,
        nav_phone=mobile,
        nav_job_title=title,
    )


def _case(first: str, last: str, code: str | None = None, **other: Any) -> Person:
    """A named case: equal on both sides unless `other` says otherwise. `mail` is the local part of the address."""
    mail = other.pop("mail", None) or f"{first}.{last}".lower()
    email = other.pop("email", f"{mail}@{MAIL_DOMAIN}")
    mobile = other.pop("mobile", f"+45 33 {len(first):02} {len(last):02} {sum(map(ord, mail)) % 90 + 10}")
    person = Person(
        id=person_id(other.pop("key", mail)),
        first_name=first,
        last_name=last,
        email=email,
        mobile=mobile,
        domain_name=f"{mail}@{MAIL_DOMAIN}",
        title="Account Manager",
        salesperson=code,
        nav_job_title="Account Manager" if code else "",
    )
    if code:
        person = replace(
            person,
            nav_name=person.full_name[:50],
            nav_email=email or "",
            nav_phone=(mobile or "")[:30],
        )
    return replace(person, **other)


def _cases() -> list[Person]:
    """Every awkward person by name; the first ones are what a demonstration shows."""
    return [*_everyday(), *_differing(), *_one_sided(), *_strange_names(), *_strange_codes()]


def _everyday() -> list[Person]:
    return [
        _case("Paula", "Sandberg", "PS", nav_phone="", nav_job_title="Sales Manager"),
        _case("Jonas", "Roth", "JR", nav_name="J. Roth", nav_email="jonas.roth@old.example"),
        _case("Amina", "Haddad", "AH"),
        _case("Bjørn", "Dalgaard", "BD", mail="bjorn.dalgaard", nav_open_task=True),
        _case("Linda", "Mertens", "LM"),
        _case("Omar", "Farouk", "OF", nav_privacy_blocked=True),
        _case("Rita", "Lombardi", "RL", nav_blocked=True),
    ]


def _differing() -> list[Person]:
    """Blank, too long, ambiguous and differing values (domain N-08, F-02 to F-04)."""
    return [
        # N-08: CRM has no mobile number, NAV has a phone that must not be lost.
        _case("Maren", "Dietz", "MD", mobile=None, nav_phone="+49 30 555 0117"),
        _case("Tobias", "Nyström", "TN", mail="tobias.nystrom", mobile="", nav_phone="+46 8 555 0142"),
        _case("Wilma", "de Graaf", "WG", mail="wilma.degraaf", mobile="+31 20 555 0199 ext. 4711 (mornings only)"),
        _case(
            "Maximiliane Theodora Wilhelmine",
            "von Hohenstein-Lichtenberg zu Waldeck",
            "MHL",
            mail="max.hohenstein",
        ),
        _case("Kim", "Jensen", "KJ", mail="kim.jensen", nav_email=""),
        _case("Kim", "Jensen", None, mail="kim.jensen2"),
        _case("Sales", "Desk", "DESK", mail="sales.desk", key="desk-1", email=f"sales@{MAIL_DOMAIN}"),
        _case("Sales", "Evening Desk", None, mail="evening.desk", email=f"sales@{MAIL_DOMAIN}"),
        _case("Ruth", "Calder", "RC", email="Ruth.Calder@CRONUS.example", nav_email="ruth.calder@cronus.example"),
        _case("Ivo", "Brandl", "IB", email=None),
        _case("Hedda", "Lindqvist", "HL", email="hedda.lindqvist;hl@cronus.example", nav_email="hl@cronus.example"),
    ]


def _one_sided() -> list[Person]:
    """In one system only, or not a user that may be coupled."""
    robot = {"email": None, "mobile": None, "title": None}
    return [
        _case("Gert", "Olander", "GO", disabled=True),
        _case("Nadine", "Favre", "NF", licensed=False),
        _case("Elsa", "Wik", "EW", in_crm=False),
        _case("Hugo", "Prins", "HP", in_crm=False, nav_email="", nav_phone=""),
        _case("Otto", "Kern", "OK", in_crm=False, nav_email="otto.kern@former.example"),
        _case("Signe", "Aaby", None),
        _case("Tariq", "Nasser", None),
        _case("Yvonne", "Petit", None, disabled=True, licensed=False),
        _case("Coupler", "Integration", None, integration=True, access_mode=4, licensed=False, **robot),
        _case(
            "# Coupler",
            "Application",
            None,
            mail="coupler-app",
            access_mode=4,
            licensed=False,
            application_id="5c0e5c1e-4b6f-4f0a-9a57-3a5f6c1d2e01",
            **robot,
        ),
        _case("Support", "Desk", None, access_mode=3, licensed=False, email=None, mobile=None),
        _case("Delegated", "Administrator", None, access_mode=5, licensed=False, email=None, mobile=None),
    ]


def _strange_names() -> list[Person]:
    """Apostrophes, other alphabets, combining marks, letters outside the Basic Multilingual Plane."""
    return [
        _case("Siobhán", "O'Neill", "SON", mail="siobhan.oneill"),
        _case("Jean-Luc", "D'Angelo & Fils", "JLD", mail="jeanluc.dangelo"),
        _case("健二", "田中", "TK", mail="kenji.tanaka"),
        _case("Ольга", "Крылова", "OKR", mail="olga.krylova"),
        _case("ليلى", "الخطيب", "LK", mail="leila.alkhatib"),
        # Decomposed: letter and mark are two characters (V3, U7).
        _case("Zoe\u0308", "Faure\u0301", "ZF", mail="zoe.faure"),
        _case("𠮷野", "彩", "YA", mail="aya.yoshino"),
        _case("Robin 🌻", "Blom", "RB", mail="robin.blom"),
        _case("Jürgen", "Groß", "JG", mail="jurgen.gross"),
        _case("Işıl", "Yıldız", "IY", mail="isil.yildiz"),
        _case("<b>Bo</b>", '"Quote" Larsen', "BQ", mail="bo.larsen"),
        _case("  Ann ", "Double  Blank", "AD", mail="ann.blank", nav_name="Ann Double  Blank"),
    ]


def _strange_codes() -> list[Person]:
    """Codes that break addresses, filters and bookmarks (U5, U6); one too long for NAV 2016."""
    return [
        _case("Petra", "Amper", "A&B"),
        _case("Nils", "Hyphen", "O'N"),
        _case("Lotte", "Slash", "A/B"),
        _case("Per", "Cent", "50%"),
        _case("Åse", "Ødegård", "Å Ø", mail="ase.odegard"),
        _case("Stella", "Wild", "*STAR"),
        _case("Hash", "Mark", "C#1?"),
        _case("Plus", "Minus", "A+B-C;D"),
        _case("Long", "Code", "SALES-NORTH-EAST-01"),
    ]
