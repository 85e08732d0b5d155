"""Session, lists and comparison over HTTP."""

from __future__ import annotations

from tests.api.world import ANNA, COMPANY, CRM, DAVID, ODD, PETER, World

from coupler.domain.access import Role
from coupler.engine.ports import Identity


def test_the_session_tells_who_which_roles_and_which_connections(world: World) -> None:
    answer = world.get("/session", Role.OPERATOR)

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["name"] == "OPERATOR's"
    assert answer.json["roles"] == ["Coupler.Reader", "Coupler.Operator"]
    assert answer.json["connections"] == [
        {
            "name": "cronus",
            "title": "Connection cronus",
            "enabled": True,
            "nav_company": COMPANY,
            "nav_base_url": "https://nav.example/NAV110",
            "crm_base_url": CRM,
        }
    ]


def test_a_person_without_a_role_is_known_but_sees_nothing(world: World) -> None:
    token = world.provider.issue(Identity("p1", "Petra", ()))

    session = world.get("/session", token=token)
    couplings = world.get("/couplings", token=token)

    assert (session.status_code, session.json) == (200, {"id": "p1", "name": "Petra", "roles": [], "connections": []})
    assert (couplings.status_code, (couplings.json or {})["code"]) == (403, "forbidden")


def test_an_access_token_of_the_identity_provider_is_taken(world: World) -> None:
    token = world.provider.issue(Identity("o1", "Oscar", ("Coupler.Operator", "Other.Role")))

    answer = world.get("/session", token=token)

    assert (answer.json or {})["roles"] == ["Coupler.Reader", "Coupler.Operator"]
    assert (
        world.post("/couplings", {"connection": "cronus", "nav_key": "PS", "crm_id": PETER}, token=token).status_code
        == 201
    )


def test_the_users_list_shows_who_is_coupled_s24(world: World) -> None:
    coupling = (world.couple().json or {})["coupling"]["id"]

    rows = {row["id"]: row for row in world.get("/crm/users?connection=cronus").json or []}

    assert set(rows) == {PETER, ANNA}
    assert rows[PETER] == {
        "id": PETER,
        "name": "Peter Saddow",
        "email": "peter@cronus.example",
        "phone": "+45 12 34",
        "disabled": False,
        "licensed": True,
        "coupling": coupling,
        "salesperson": "PS",
        "salesperson_name": "Peter Saddow",
        "url": f"{CRM}/main.aspx?pagetype=entityrecord&etn=systemuser&id=%7B{PETER.upper()}%7D",
        "not_eligible": [],
    }
    assert rows[ANNA]["coupling"] is None
    assert rows[ANNA]["salesperson"] is None


def test_excluded_users_show_when_everyone_is_asked_for_r17(world: World) -> None:
    everyone = {row["id"]: row for row in world.get("/crm/users?connection=cronus&everyone=true").json or []}

    assert everyone[DAVID]["disabled"] is True
    assert everyone[DAVID]["not_eligible"] == ["is disabled"]


def test_the_lists_are_filtered_by_coupled_and_text(world: World) -> None:
    world.couple()
    users, salespeople = "/crm/users?connection=cronus", "/nav/salespeople?connection=cronus"

    def keys(path: str, name: str) -> list[str]:
        return [row[name] for row in world.get(path).json or []]

    assert keys(f"{users}&coupled=true", "id") == [PETER]
    assert keys(f"{users}&coupled=false", "id") == [ANNA]
    assert keys(f"{users}&q=anna", "id") == [ANNA]
    assert keys(f"{salespeople}&coupled=true", "key") == ["PS"]
    assert keys(f"{salespeople}&coupled=false", "key") == ["AH", ODD]
    assert keys(f"{salespeople}&q=annette", "key") == ["AH"]
    assert world.get(f"{users}&coupled=maybe").status_code == 422


def test_a_coupled_user_who_is_gone_still_shows_by_name(world: World) -> None:
    world.couple()
    del world.crm.rows[PETER]

    row = (world.get("/crm/users?connection=cronus&coupled=true").json or [])[0]

    assert (row["name"], row["disabled"], row["licensed"]) == ("Peter Saddow", None, None)
    assert row["not_eligible"] == ["cannot be found in CRM"]


def test_a_salesperson_row_names_user_and_coupling(world: World) -> None:
    coupling = (world.couple().json or {})["coupling"]["id"]
    world.nav.put("AH", Blocked=True)

    rows = {row["key"]: row for row in world.get("/nav/salespeople?connection=cronus").json or []}

    assert rows["PS"]["coupling"] == coupling
    assert rows["PS"]["user"] == PETER
    assert rows["PS"]["blocked"] is False
    assert rows["AH"]["blocked"] is True
    assert rows["AH"]["user"] is None
    assert set(rows["AH"]) >= {"key", "name", "email", "phone", "blocked", "coupling", "user"}


def test_lists_come_in_pages(world: World) -> None:
    first = world.get("/nav/salespeople?connection=cronus&limit=2")
    second = world.get(first.headers["Link"].split(">")[0].removeprefix("<http://localhost:8000"))

    assert [row["key"] for row in first.json or []] == ["AH", ODD]
    assert [row["key"] for row in second.json or []] == ["PS"]
    assert "Link" not in second.headers
    assert world.get("/nav/salespeople?connection=cronus&limit=201").status_code == 422
    assert world.get("/nav/salespeople?connection=cronus&limit=0").status_code == 422
    for garbage in ("garbage", "%F0%9F%98%80", "A" * 200, "gAAAAA"):
        assert world.get(f"/nav/salespeople?connection=cronus&cursor={garbage}").status_code == 422


def test_a_comparison_marks_differences_cuts_and_blanks_s14_n03(world: World) -> None:
    world.nav.put("PS", **{"E-Mail": "old@cronus.example"})
    world.crm.put(PETER, fullname="P" * 52, mobilephone=None)
    world.nav.put("PS", **{"Phone No.": "99"})

    answer = world.get(f"/comparison?connection=cronus&mapping=SALESPEOPLE&nav_key=PS&crm_id={PETER}")

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["differing"] == 3
    assert answer.json["coupling"] is None
    rows = {row["field"]: row for row in answer.json["rows"]}
    assert rows["E-Mail"] == {
        "field": "E-Mail",
        "nav_field": "E-Mail",
        "crm_field": "internalemailaddress",
        "direction": "from_integration_table",
        "nav_value": "old@cronus.example",
        "crm_value": "peter@cronus.example",
        "result_value": "peter@cronus.example",
        "differs": True,
        "cut": 0,
        "blanks": False,
        "kept": False,
        "refused": False,
    }
    assert (rows["Name"]["cut"], rows["Name"]["result_value"]) == (2, "P" * 50)
    assert (rows["Phone No."]["kept"], rows["Phone No."]["result_value"]) == (True, "99")


def test_a_comparison_of_one_side_takes_the_other_from_the_coupling(world: World) -> None:
    lonely = world.get("/comparison?connection=cronus&nav_key=PS").json or {}
    coupling = (world.couple().json or {})["coupling"]["id"]
    coupled = world.get(f"/comparison?connection=cronus&crm_id={PETER}").json or {}

    assert (lonely["crm"], lonely["coupling"], lonely["differing"]) == (None, None, 0)
    assert lonely["nav"]["name"] == "Peter Saddow"
    assert (coupled["nav"]["key"], coupled["coupling"]) == ("PS", coupling)


def test_a_comparison_needs_a_side_and_says_why_a_user_is_out(world: World) -> None:
    nothing = world.get("/comparison?connection=cronus")
    disabled = world.get(f"/comparison?connection=cronus&crm_id={DAVID}")

    assert nothing.status_code == 422
    assert (disabled.json or {})["not_eligible"] == ["is disabled"]


def test_history_tells_who_did_what_and_can_be_narrowed(world: World) -> None:
    coupling = (world.couple(synchronize="use_crm_data").json or {})["coupling"]["id"]
    world.clock.advance(hours=1)
    world.ask("DELETE", f"/couplings/{coupling}", Role.OPERATOR, headers={"If-Match": "*"})

    every = world.get("/history").json or []
    recent = world.get("/history?since=2026-11-23T10:00:00Z").json or []
    same_in_denmark = world.get("/history?since=2026-11-23T11:00:00%2B01:00").json or []

    assert [entry["deed"] for entry in every] == ["uncouple", "synchronize", "couple"]
    assert every[1]["before"]["E-Mail"] == ""
    assert every[1]["after"]["E-Mail"] == "peter@cronus.example"
    assert {entry["by"] for entry in every} == {"OPERATOR's"}
    assert [entry["deed"] for entry in recent] == ["uncouple"]
    assert same_in_denmark == recent
    assert world.get("/history?by=nobody").json == []
    assert len(world.get(f"/history?coupling={coupling}").json or []) == 3
    assert world.get("/history?since=yesterday").status_code == 422
