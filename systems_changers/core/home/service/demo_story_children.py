"""The Children's Society's part of the story: four teams of one organisation, ninety minutes at a time.

Everybody and everything here is invented; nothing is said of the real organisation's work, and no child is spoken of.
"""

from __future__ import annotations

from systems_changers.core.home.service.demo_people import CHILDREN
from systems_changers.core.home.service.demo_story import CohortStory, PartnerStory, PluginRow, Someone, Turn
from systems_changers.core.home.service.demo_story_children_past import PAST
from systems_changers.core.home.service.demo_story_children_trials import TRIALS

HERE = "The Children's Society"
CARERS, LEAVERS, DROP_IN, VOICE = (
    "Northmere young carers", "Castleby leaving care", "Eastwater drop-in", "Participation and volunteering",
)  # fmt: skip
MEMBER = ("participant",)
MAIL = "childrens-society.example"

STAFF = (
    Someone(
        "yasmin", "Yasmin Farooq", "Learning facilitator", HERE, email=f"yasmin.farooq@{MAIL}", phone="07700 900631",
        roles=("facilitator",), about="I keep to ninety minutes. Ask anyone.", contact_by=("email", "phone"),
        asks="Tell me what your week is like before you say yes.", offers="Quiet rooms, and a hard stop at half past.",
    ),
    Someone(
        "tom", "Tom Aldous", "Learning facilitator", HERE, email=f"tom.aldous@{MAIL}", roles=("facilitator",),
        contact_by=("email",), offers="Notes from the first three runs.",
    ),
    Someone(
        "gwen", "Gwen Pritchard", "Head of practice and safeguarding lead", HERE, email=f"gwen.pritchard@{MAIL}",
        phone="01632 960208", roles=("administrator",), contact_by=("email", "phone"),
        about="If you are wondering whether to ring, ring.",
    ),
    Someone(
        "dawn", "Dawn Hepworth", "Service manager", HERE, "Northmere and Castleby", email=f"dawn.hepworth@{MAIL}",
        roles=("line_manager",), shows=("name", "job", "team"),
    ),
    Someone(
        "patrick", "Patrick Nolan", "Service manager", HERE, "Eastwater", email=f"patrick.nolan@{MAIL}",
        roles=("line_manager",), shows=("name", "job", "team"),
    ),
    Someone(
        "mei", "Mei Tan", "Practice coach", HERE, email=f"mei.tan@{MAIL}", roles=("facilitator",),
        about="Learning partner to six of you.", contact_by=("email",),
    ),
)  # fmt: skip


PRESENT_PEOPLE = (
    Someone(
        "priti", "Priti Solanki", "Young carers practitioner", HERE, CARERS, f"priti.solanki@{MAIL}", roles=MEMBER,
        manager="dawn", companion="mei", share=85, contact_by=("email",), about="Two buses and a bike.",
        asks="An hour without a form in it.", offers="What schools say when you ring at ten past eight.",
        question="Why do we ask young carers to miss what they love in order to be helped?",
    ),
    Someone(
        "ben", "Ben Ashworth", "Family worker", HERE, CARERS, f"ben.ashworth@{MAIL}", roles=MEMBER, manager="dawn",
        companion="mei", share=90, contact_by=("email",), away="3c", about="Learning to say less.",
        question="Who decides when a family is finished with us?",
    ),
    Someone(
        "dilys", "Dilys Rowe", "First-contact worker", HERE, CARERS, f"dilys.rowe@{MAIL}", roles=MEMBER, manager="dawn",
        companion="mei", share=70, locale="cy", contact_by=("email", "phone"), phone="01632 960221",
        about="I am the voice on the phone.", offers="Welsh, and patience.",
        question="What do people hope for in the first ten seconds?",
    ),
    Someone(
        "kwame", "Kwame Boateng", "Personal adviser", HERE, LEAVERS, f"kwame.boateng@{MAIL}", roles=MEMBER,
        manager="dawn", companion="mei", share=85, contact_by=("email",), about="Twenty-two young people, one diary.",
        asks="How other teams hand over.", question="Why does a pathway plan need nine pages to say one thing?",
    ),
    Someone(
        "sophie", "Sophie Tranter", "Personal adviser", HERE, LEAVERS, f"sophie.tranter@{MAIL}", roles=MEMBER,
        manager="dawn", companion="mei", share=85, away="4w", shows=("name", "job", "team"),
        question="Where does the first month’s money go, and who could see it coming?",
    ),
    Someone(
        "anil", "Anil Deshmukh", "Duty worker", HERE, LEAVERS, f"anil.deshmukh@{MAIL}", roles=MEMBER, manager="dawn",
        share=75, contact_by=("email",), about="Mornings on duty, afternoons on hold.", away="5/45",
        question="What would duty look like if it were not a queue?",
    ),
    Someone(
        "rhian", "Rhian Bevan", "Emotional health practitioner", HERE, DROP_IN, f"rhian.bevan@{MAIL}", roles=MEMBER,
        manager="patrick", companion="tom", share=80, locale="cy", contact_by=("email",), offers="A breathing space.",
        question="What happens in the eleven weeks that we call waiting?",
    ),
    Someone(
        "marcus", "Marcus Bell", "Drop-in worker", HERE, DROP_IN, f"marcus.bell@{MAIL}", roles=MEMBER,
        manager="patrick", companion="tom", share=95, contact_by=("email",), about="Table tennis counts as listening.",
        question="Why does the door close at the time when they wake up?",
    ),
    Someone(
        "hodan", "Hodan Warsame", "Outreach worker", HERE, DROP_IN, f"hodan.warsame@{MAIL}", roles=MEMBER,
        manager="patrick", companion="tom", share=95, away="2k", contact_by=("phone",), phone="07700 900744",
        about="Parks, stairwells, chicken shops.", question="Who counts as hard to reach, and from where?",
    ),
    Someone(
        "leanne", "Leanne Cartwright", "Participation worker", HERE, VOICE, f"leanne.cartwright@{MAIL}", roles=MEMBER,
        companion="mei", share=60, locale="en_GB@easyread", access="Easy Read, and papers three days before.",
        about="I was in care. I work here now. I like short words.", contact_by=("email",),
        asks="Say what you mean.", offers="I will tell you when a letter is too hard.",
        question="Who do we ask, and what do they get back?",
    ),
    Someone(
        "jo", "Jo Fenn", "Volunteer co-ordinator", HERE, VOICE, f"jo.fenn@{MAIL}", roles=MEMBER, companion="mei",
        share=50,
        contact_by=("email",), about="They/them. Forty volunteers, one kettle.", asks="Tasks that take an hour.",
        question="What could a volunteer do that a paid worker can’t?",
    ),
    Someone(
        "imran", "Imran Siddiqui", "Young adults’ mentor", HERE, VOICE, companion="tom", share=90,
        shows=("name", "job"),
        access="Starts in the month: has no log-in yet, so papers go by post.", about="Barber on Saturdays.",
        question="Why does mentoring end on a birthday?",
    ),
)  # fmt: skip

PRESENT = CohortStory(
    "four-teams", "Four teams, ninety minutes", "organisation", "running", target=12, first=-36, apart=7, hour=13,
    people=PRESENT_PEOPLE, facilitators=("yasmin",), sessions=31, longest=90, minutes=90, host_organisation=HERE,
    room="Eastwater, room 2, or by link", lead=("Gwen Pritchard", "01632 960208"),
    purpose="Four teams that pass young people to each other look at what happens in between.",
    criteria="Three from each team, one of them new to it; every manager has agreed to ninety protected minutes a "
             "week.",
    turns=(
        Turn(2, "partner-pairing", "shortened", "Two teams had a duty call, so pairs were made by message.", 15,
             "circumstances"),
        Turn(5, "rich-picture", "lengthened", "Nobody wanted to put the pens down, and there was room.", 60,
             "group"),
    ),
    notes={
        1: "Everyone in the room for once. Keep the hard stop.",
        3: "The duty-or-habit question is the one they take home.",
        5: "Pictures are on the wall in room 2. Photograph before Friday: no names on them.",
    },
    bring={
        7: "Nothing but your eyes: the pictures are on the wall.",
        8: "One blank form that your team uses every day. Blank means blank.",
    },
    extra={"sponsor": "Dawn Hepworth, service manager", "contact_with_young_people": "daily"},
    last_seen=6, unwritten=6,
)  # fmt: skip

REVIEW = "childrens_society_safeguarding_review"
LEAD = "Designated safeguarding lead"
ROWS = (
    PluginRow(REVIEW, {
        "young_people": True, "what": "Young carers choose the first question of a first visit.",
        "who": "Eight young people aged 11 to 16 who are due a first visit.",
        "keep_safe": "Parents and young people say yes first. Any card can be put back. Concerns go the usual route.",
        "decision": "held", "decided_as": LEAD,
        "reason": "Nearly. Say who a young person can ring afterwards, and take out the card about sleep. I’m in on "
                  "Thursday.",
    }, trial="first-question", decided=-6),
    PluginRow(REVIEW, {
        "young_people": False, "what": "A one-page summary of a plan.", "who": "Adults from 18 only.",
        "keep_safe": "", "decision": "waiting",
    }, trial="nine-pages"),
    PluginRow(REVIEW, {
        "young_people": True, "what": "How the phone is answered.", "who": "Whoever rings; some are under 18.",
        "keep_safe": "The team’s name follows at once; the safeguarding script is unchanged.",
        "decision": "cleared", "decided_as": LEAD, "reason": "A kinder hello is no risk. Keep the script by the phone.",
    }, trial="ten-seconds", decided=-15),
    PluginRow(REVIEW, {
        "young_people": True, "what": "Two drop-in sessions move to the evening.", "who": "Young people from 13.",
        "keep_safe": "Two workers, buses checked, parents of under-16s told.", "decision": "waiting",
    }, trial="waking-hours"),
    PluginRow(REVIEW, {
        "young_people": True, "what": "Fieldwork of module 4: forms, waiting rooms and phone menus.",
        "who": "Staff look at the system. Young people may be in the same waiting room.",
        "keep_safe": "Nobody under 18 is observed. Visits are told beforehand, and end if anybody minds.",
        "decision": "waiting",
    }, cohort="four-teams", number=8),
)  # fmt: skip

STORY = PartnerStory(
    CHILDREN,
    ("en_GB", "en_GB@easyread", "cy"),
    CHILDREN,
    ("Gwen Pritchard", "01632 960208"),
    STAFF,
    (PRESENT, *PAST),
    TRIALS,
    agreed=-410,
    rows=ROWS,
)
