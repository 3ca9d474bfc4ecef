"""Corra's part of the story: a place-based cohort in Portlaggan, which is on no map, and who is in it.

Everybody and everything here is invented; nothing is said of the real organisation's work.
"""

from __future__ import annotations

from systems_changers.core.home.service.demo_people import CORRA
from systems_changers.core.home.service.demo_story import CohortStory, PartnerStory, PluginRow, Someone, Turn
from systems_changers.core.home.service.demo_story_corra_past import PAST, WALK
from systems_changers.core.home.service.demo_story_corra_trials import TRIALS

HOMES, CLINIC, COUNCIL = "Laggan Homes", "Portlaggan Health Centre", "Laggan and Isles Council"
MEMBER = ("participant",)

STAFF = (
    Someone(
        "morag", "Morag MacAskill", "Community co-ordinator", "Corra",
        email="morag.macaskill@corra.example", phone="07700 900214", roles=("facilitator",),
        about="Twelve years of village halls. I make the soup and mind the clock.",
        asks="Tell me early if a date won’t work.",
        offers="A lift from the ferry, and a second pair of eyes on any ask.",
        contact_by=("email", "phone"),
    ),
    Someone(
        "ross", "Ross Dunbar", "Community co-ordinator", "Corra", email="ross.dunbar@corra.example",
        roles=("facilitator",), offers="Notes from Strathfinlay.", contact_by=("email",),
    ),
    Someone(
        "helen", "Helen Guthrie", "Programme lead", "Corra", email="helen.guthrie@corra.example",
        phone="01632 960114", roles=("administrator",), contact_by=("email",),
    ),
    Someone(
        "struan", "Struan Beattie", "Learning partner", "Corra", email="struan.beattie@corra.example",
        roles=("facilitator",), about="I ring every other Thursday and mostly listen.", contact_by=("email", "phone"),
        phone="07700 900377",
    ),
    Someone(
        "effie", "Effie Beaton", "Learning partner", "Corra", email="effie.beaton@corra.example",
        roles=MEMBER, time_zone="America/Halifax", contact_by=("email",),
        about="Born in Portlaggan, living in Nova Scotia. Mornings here are your afternoons.",
    ),
    Someone(
        "alan", "Alan Petrie", "Team leader, tenancies", HOMES, "Tenancies", email="alan.petrie@lagganhomes.example",
        phone="01632 960151", roles=("line_manager",), shows=("name", "job", "organisation"),
    ),
    Someone("isobel", "Isobel Dow", "Practice manager", CLINIC, email="isobel.dow@portlaggan-health.example",
            roles=("line_manager",), shows=("name", "job", "organisation")),
    Someone("murdo", "Murdo Finlayson", "Libraries and culture lead", COUNCIL, shows=("name",)),
)  # fmt: skip

PORTLAGGAN_PEOPLE = (
    Someone(
        "kirsty", "Kirsty Lennox", "Housing officer", HOMES, "Tenancies", email="kirsty.lennox@lagganhomes.example",
        phone="07700 900462", roles=MEMBER, manager="alan", companion="struan", share=80,
        about="Nine years on the same patch. I know who has a dog.",
        asks="Somebody who remembers what the first letter from us felt like.",
        offers="How tenancy rules really work, in plain words.", contact_by=("email", "phone"),
        question="Why do people only ring us once the letter says court?",
    ),
    Someone(
        "nadia", "Nadia Rahman", "Community link worker", CLINIC, email="nadia.rahman@portlaggan-health.example",
        roles=MEMBER, manager="isobel", companion="struan", share=90,
        about="I sit between the surgery and everything else.", asks="Fewer forms that ask the same thing twice.",
        offers="A map of who runs what between here and Kilbrack.", contact_by=("email",), away="3/300",
        question="How many first visits does one family need before anything happens?",
    ),
    Someone(
        "marion", "Marion Tulloch", "Library assistant", COUNCIL, "Portlaggan Library",
        email="marion.tulloch@laggan-isles.example", roles=MEMBER, manager="murdo", companion="effie", share=85,
        about="The library is the last warm room with no queue.", asks="Ideas for Wednesday evenings.",
        offers="The room, the urn and a good lock.", contact_by=("email",),
        question="Who is not coming in, and what would it take?",
    ),
    Someone(
        "davie", "Davie Imrie", "Resident, runs the harbour lunch club", "Harbour Lunch Club", phone="01632 960177",
        companion="struan", about="Forty years at the creels. Now I do the tatties.",
        asks="A ramp at the hall.", offers="Lunch, and everybody’s cousin.", contact_by=("phone",), away="2Ek",
        access="No e-mail: ring after six. Hard of hearing on the left.",
        question="Why does the bus leave ten minutes before the clinic ends?",
    ),
    Someone(
        "seonaid", "Seonaid NicLeòid", "Gaelic early-years practitioner", "Cròileagan na Lagain",
        email="seonaid.nicleoid@croileagan.example", roles=MEMBER, locale="gd", companion="effie", share=95,
        about="Gaelic with the wee ones, English with the forms.", asks="Forms that come in both.",
        offers="A Gaelic read-through of anything under a page.", contact_by=("email",),
        question="What do families stop asking for when nobody answers in their language?",
    ),
    Someone(
        "tomasz", "Tomasz Wilk", "Resident, fish-farm worker and school-gate parent", "Portlaggan Parent Council",
        email="tomasz.wilk@parents.example", roles=MEMBER, companion="struan", contact_by=("email",),
        about="Two weeks on, two weeks off.", asks="Dates a month ahead, because of shifts.",
        offers="Polish, and a van.", away="2w", question="Why do dads on shift never get asked?",
    ),
    Someone(
        "ruaridh", "Ruaridh Galbraith", "Youth worker", "The Slip Youth Project",
        email="ruaridh.galbraith@theslip.example", roles=MEMBER, companion="effie", share=90, contact_by=("email",),
        about="Kayaks, toast, long silences.", asks="A quiet place to meet on Fridays.",
        offers="Young people’s own words about this place, with their say-so.", away="4m",
        question="What would it take for the last bus to be after the last club?",
    ),
    Someone(
        "jean", "Jean Abernethy", "Resident, looks after her brother", "Unpaid carers’ tea", phone="01632 960133",
        companion="struan", shows=("name", "about"), access="Large print, and a seat near the door.",
        about="I come for the hour that is mine.", away="1/120 4Ek",
        question="Who looks after the people who look after people?",
    ),
    Someone(
        "fraser", "Fraser Munro", "Driver and co-ordinator", "Laggan Lift Community Transport", share=75,
        email="fraser.munro@lagganlift.example", roles=MEMBER, companion="struan", contact_by=("email", "phone"),
        phone="07700 900518", about="If it has wheels I have repaired it.", asks="To know a day before, not an hour.",
        offers="Sixteen seats on Tuesdays.", question="Whose empty seats are driving past each other?",
    ),
    Someone(
        "aileen", "Aileen Swan", "Welfare rights adviser", "Laggan Advice", email="aileen.swan@lagganadvice.example",
        roles=MEMBER, companion="effie", share=85, contact_by=("email",), about="I read the small print for fun.",
        asks="Letters before they are sent, not after.", offers="Ten minutes on any letter.",
        question="Which of our letters make people put the kettle on, and which the lights off?",
    ),
    Someone(
        "chidi", "Chidi Okafor", "Community mental health nurse", "Laggan Community Team", away="3c", share=80,
        email="chidi.okafor@laggan-community.example", roles=MEMBER, companion="struan", contact_by=("email",),
        about="New here: two winters.", asks="Who to ask, before I ask the wrong person.",
        offers="A walk along the front instead of a waiting room.",
        question="What happens to people on the day we say they are not ill enough?",
    ),
)  # fmt: skip

PORTLAGGAN = CohortStory(
    "portlaggan", "Portlaggan, third time round", "place", "running", target=12, first=-109, apart=28,
    people=PORTLAGGAN_PEOPLE, facilitators=("morag",), place="Portlaggan", room="Portlaggan Hall, upstairs room",
    local_name="Portlaggan Together", local_mark="PT", co_host="Portlaggan Community Trust",
    lead=("Helen Guthrie", "01632 960114"),
    purpose="People who work in Portlaggan and people who live here look at the same place together, and try small "
            "things to make it fairer.",
    criteria="A third of the places for residents, with travel, a meal and care costs covered; no more than two from "
             "any one team.",
    variants=("community-asset-walk", "agenda-free-listening", "neighbouring-places"),
    turns=(
        Turn(1, "partner-pairing", "shortened", "The welcome ran on; the pairs were settled over lunch.", 15),
        Turn(3, "listening-talks", "skipped", "The 47 bus was cancelled both days, so nobody could get to the harbour "
                                              "and back.",
             decided_by="circumstances"),
        Turn(4, "story-circle", "lengthened", "Two of the stories needed longer, and the group gave it.", 55, "group"),
        WALK,
    ),
    added=((2, "Tea with the harbour lunch club", 25, "We were walking past, and they had the urn on."),),
    notes={
        1: "Good mix, some shyness. Large print for every sheet from now on.",
        2: "The walk did what the table never does. Two people asked to bring a neighbour next time: talk about it.",
        3: "No bus, so no listening talks. People kept their diaries all the same. Offer the talks again before "
           "session 6.",
        4: "The walk for the third time: it is written up as a form of module 7 now, and the next plan begins with it. "
           "The community council heard two asks, and said who can answer both. Wet shoes, good moods.",
    },
    bring={5: "Your map, and one thing you have noticed since the walk."},
    extra={"community_size": 1900, "residents": 4, "co_ordinator": "Morag MacAskill",
           "council_area": "Laggan and Isles"},
    last_seen=4, correction=(2, "Somebody came late and was not counted."),
)  # fmt: skip

PROFILE = "corra_scotland_community_profile"
ROWS = (
    PluginRow(PROFILE, {
        "people_heard": 64, "read_back": True,
        "listening": "What people come back to: the bus that leaves before things end, letters that frighten, the "
                     "quiet of February. And that nobody comes back to say what became of what was said.",
        "assets": "A hall with a good stove. A larder with a side door. Two languages. Folk who mend boats, nets and "
                  "each other.",
        "hopes": "To be asked before, and told after.",
        "area_context": "The nearest hospital is 70 minutes away, and the last bus goes at ten "
                        "past six.",
        "themes": {
            "voice": "Two asks were put to the community council, and both have somebody to answer them.",
            "space": "The hall’s upstairs room is free on Tuesdays.",
            "participation": "Four residents in the cohort; three more came on the walk.",
            "investment": "Travel, a meal and care costs are paid to whoever comes.",
            "learning": "The walk is now a form of module 7 of its own.",
        },
    }, cohort="portlaggan"),
    PluginRow(PROFILE, {
        "people_heard": 41, "read_back": True,
        "listening": "Who is asked is always the same eleven people.",
        "assets": "The harbour, the school gate, the pharmacy counter.",
        "hopes": "One thing that lasts longer than its funding.", "area_context": "The ferry goes twice a day.",
        "themes": {"voice": "The walk to the community council began as a stopgap.", "space": "The larder opened a "
                                                                                              "side door."},
    }, cohort="portlaggan-1"),
    PluginRow(PROFILE, {
        "people_heard": 52, "read_back": True, "listening": "Repairs, forms, and who looks after the carers.",
        "assets": "A kirk hall, a shop window, a crew with a van.",
        "hopes": "Fewer doors, and known faces behind them.",
        "area_context": "The ferry goes twice a day.", "themes": {"participation": "The carers’ tea is for both now."},
    }, cohort="portlaggan-2"),
    PluginRow(PROFILE, {
        "people_heard": 38, "read_back": True,
        "listening": "People hand over keys and go; nobody stays for the kettle.",
        "assets": "Allotments, a mill with a café, a hut.",
        "hopes": "To keep the young ones, or at least to be visited.",
        "area_context": "Half the town works shifts.", "themes": {"learning": "English is practised over the counter."},
    }, cohort="strathfinlay"),
)  # fmt: skip

STORY = PartnerStory(
    CORRA,
    ("en_GB", "gd", "en_GB@scots"),
    CORRA,
    ("Helen Guthrie", "01632 960114"),
    STAFF,
    (PORTLAGGAN, *PAST),
    TRIALS,
    agreed=-320,
    rows=ROWS,
)
