"""Corra's closed cohorts: two that Morag ran in Portlaggan before the present one, and Ross's in Strathfinlay."""

from __future__ import annotations

from systems_changers.core.home.service.demo_story import CohortStory, Someone, Turn

WALK_REASON = (
    "In a place this small a rehearsal among ourselves felt like play. We walked to the community council, tried the "
    "ask on each other on the way, and put it there."
)

FIRST_PEOPLE = Someone.each("""
p1-catriona; Catriona Mowat; Health visitor; Portlaggan Health Centre; ; 5w
p1-donald; Donald Buie; Resident, retired ferry hand; Portlaggan Community Trust; ; 2h
p1-lorna; Lorna Geddes; Home care worker; Laggan and Isles Council; Home care; 4c 7c
p1-sanjay; Sanjay Menon; Pharmacist; Portlaggan Pharmacy; ; 6w
p1-peigi; Peigi MacVicar; Resident, crofter; Portlaggan Grazings; ; 8t
p1-greta; Greta Holm; Hostel keeper; Slipway Hostel; ;
p1-billy; Billy Orr; Community warden; Laggan and Isles Council; Wardens; 3w >3
p1-maya; Maya Fraser; Classroom assistant; Portlaggan Primary; ; 9k
p1-ewan; Ewan Rennie; Debt adviser; Laggan Advice; ; 2c 10w
p1-rhona; Rhona Skene; Resident, food larder volunteer; Portlaggan Larder; ; 11k
p1-leila; Leila Nazari; Nursery worker; Portlaggan Nursery; ; 1k 4k 6k 8k
""")

SECOND_PEOPLE = Someone.each("""
p2-gordon; Gordon Bisset; Housing officer; Laggan Homes; Repairs; 4w
p2-aisha; Aisha Mirza; Family support worker; The Slip Youth Project; ; 7c
p2-hector; Hector Lamont; Resident, boatbuilder; Portlaggan Harbour; ;
p2-una; Una McPhail; Occupational therapist; Laggan Community Team; ; 5w 12w
p2-stuart; Stuart Haig; Jobcentre work coach; Work Coaching Service; ; 1w 3m 5m 8w
p2-bella; Bella Christie; Resident, unpaid carer; Unpaid carers’ tea; ; 6k
p2-jaswant; Jaswant Gill; Shopkeeper; The Slipway Stores; ; 2c
p2-moira; Moira Tennant; Receptionist; Portlaggan Health Centre; ; 9c
p2-kenny; Kenny Auld; Volunteer fire crew; Portlaggan Fire Crew; ; >4
p2-agnes; Agnes Cormack; Minister; Portlaggan Kirk; ; 8o
p2-dorota; Dorota Zielinska; Fish-farm worker, tenant representative; Laggan Homes tenants; ; 3t
p2-neil; Neil Pringle; Community learning worker; Laggan and Isles Council; Learning; 10o
""")

STRATH_PEOPLE = Someone.each("""
sf-elspeth; Elspeth Durie; Resident, allotment keeper; Strathfinlay Growers; ; 4h
sf-omar; Omar Haddad; English tutor; Strathfinlay Learning; ; 2w
sf-janet; Janet Melrose; District nurse; Strathfinlay Surgery; ; 6c
sf-paul; Paul Dalgetty; Addictions worker; Glen Recovery; ; 1w 3w 7w >7
sf-nan; Nan Ogilvie; Resident; Strathfinlay Tenants; ;
sf-craig; Craig Moncur; Homelessness officer; Finlay Council; Housing options; 5w
sf-blessing; Blessing Eze; Care home worker; The Larches; ; 3c >4
sf-robbie; Robbie Leask; Football coach; Strathfinlay Thistle Youth; ; 8o
sf-wilma; Wilma Gow; School crossing patroller; Finlay Council; Roads; 9h
sf-andrea; Andrea Conti; Café owner; The Mill Café; ; 7c
sf-shona; Shona Baird; Social worker; Finlay Council; Children and families; 2w 3w 8w
sf-ian; Ian Kilgour; Resident, veteran; Strathfinlay Hut; ; 12t
sf-mhairi; Mhairi Soutar; Kinship carer; Strathfinlay Kin; ; 5k 11k
""")

WALK = Turn(4, "rehearsal", "replaced", WALK_REASON, 75, reactive=False, effect="keeps")

FIRST = CohortStory(
    "portlaggan-1", "Portlaggan, first time round", "place", "closed", target=12, first=-752, apart=14,
    people=FIRST_PEOPLE, facilitators=("morag",), place="Portlaggan", room="Portlaggan Hall, upstairs room",
    local_name="Portlaggan Together, the first year", local_mark="PT", co_host="Portlaggan Community Trust",
    lead=("Helen Guthrie", "01632 960114"),
    extra={"community_size": 1900, "residents": 4, "co_ordinator": "Morag MacAskill"},
    turns=(
        WALK,
        Turn(2, "talk-the-map", "skipped", "The gallery had said it all, and the ferry wouldn’t wait.", effect="keeps"),
        Turn(8, "sponsor-event", "replaced", "No sponsor could cross in the gale; we rang three of them instead.", 30,
             "circumstances"),
    ),
    notes={4: "The walk. It was meant to be a stopgap. It wasn’t."}, sealed_by_time=(6,),
)  # fmt: skip

SECOND = CohortStory(
    "portlaggan-2", "Portlaggan, second time round", "place", "closed", target=12, first=-542, apart=14,
    people=SECOND_PEOPLE, facilitators=("morag",), place="Portlaggan", room="Portlaggan Hall, upstairs room",
    local_name="Portlaggan Together, the second year", local_mark="PT", co_host="Portlaggan Community Trust",
    lead=("Helen Guthrie", "01632 960114"),
    variants=("community-asset-walk", "agenda-free-listening"),
    extra={"community_size": 1900, "residents": 3, "co_ordinator": "Morag MacAskill"},
    turns=(
        WALK,
        Turn(5, "three-horizons", "shortened", "The long list was the real work that day.", 30),
        Turn(9, "mock-day", "skipped", "Nobody planned to go public, so we spent the time on consent.", effect="keeps"),
    ),
    added=((7, "A visit from the first cohort", 40, "Three of them wanted to say what had lasted and what had not."),),
    notes={4: "The walk again, on purpose this time. Write it up as a form of its own."},
)  # fmt: skip

STRATHFINLAY = CohortStory(
    "strathfinlay", "Strathfinlay", "place", "closed", target=14, first=-632, apart=14,
    people=STRATH_PEOPLE, facilitators=("ross",), place="Strathfinlay", room="The Mill, back room",
    local_name="Strathfinlay Folk", local_mark="SF", co_host="Strathfinlay Hut",
    lead=("Helen Guthrie", "01632 960114"),
    variants=("community-asset-walk", "neighbouring-places"),
    extra={"community_size": 1400, "residents": 4, "co_ordinator": "Ross Dunbar"},
    turns=(
        Turn(6, "pre-mortem", "shortened", "The heating failed; we did the rest on our feet.", 15, "circumstances"),
        Turn(7, "third-set", "skipped", "Two were off sick and one set had nobody left to ask.", decided_by="group",
             effect="keeps"),
        Turn(9, "return-contract", "replaced", "Four managers could not come, so they talked by phone in twos.", 60,
             effect="unclear"),
    ),
    sealed_by_time=(3, 8),
)  # fmt: skip

PAST = (SECOND, STRATHFINLAY, FIRST)
