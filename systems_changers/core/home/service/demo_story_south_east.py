"""The third partner: "South East", on the plain core with no plugin, whose cohort meets for its 12-month follow-up.

The towns of Wealdham, Saltmarsh and Oakhythe are invented, like everybody in them.
"""

from __future__ import annotations

from systems_changers.core.home.service.demo_people import SOUTH_EAST
from systems_changers.core.home.service.demo_story import CohortStory, PartnerStory, Seen, Someone, Trial, Turn

MEMBER = ("participant",)
LEAD = ("Bridget Coyle", "01632 960340")
FACILITATORS = ("facilitators",)

STAFF = (
    Someone("bridget", "Bridget Coyle", "Programme manager", "South East Partnership",
            email="bridget@south-east.example",
            phone="01632 960340", roles=("administrator", "facilitator"), contact_by=("email", "phone"),
            about="I inherited a spreadsheet and no longer have one."),
    Someone("delroy", "Delroy Pinnock", "Facilitator", "South East Partnership", email="delroy@south-east.example",
            roles=("facilitator",), contact_by=("email",), offers="A room in Oakhythe."),
    Someone("anne", "Anne Forsey", "Head of neighbourhoods", "Wealdham Council", roles=("line_manager",),
            email="anne.forsey@wealdham.example", shows=("name", "job")),
)  # fmt: skip

PEOPLE = (
    Someone("grace", "Grace Adebayo", "Neighbourhood officer", "Wealdham Council", "Neighbourhoods", roles=MEMBER,
            email="grace.adebayo@wealdham.example", manager="anne", share=80, contact_by=("email",), away="6w",
            offers="How to get a bin moved.", question="Why do we survey people and never go back?"),
    Someone("joan", "Joan Pettit", "Health care assistant", "Saltmarsh Hospital", share=95, away="3c",
            access="No e-mail at work: post, or the ward phone.",
            question="Why does going home take a day and a half?"),
    Someone("naveed", "Naveed Sheikh", "Homelessness outreach worker", "Lantern Oakhythe", roles=MEMBER, share=95,
            email="naveed@lantern.example", contact_by=("email", "phone"), phone="07700 900815", away="2h 11w",
            question="Where do people go in the two hours when everything is shut?"),
    Someone("priscilla", "Priscilla Mensah", "Domiciliary carer", "Marsh Care Co-op", roles=MEMBER, share=100,
            email="priscilla@marshcare.example", time_zone="Africa/Nairobi", away="9c",
            about="Moved to Nairobi in the spring; still on the call.", contact_by=("email",),
            question="Who hears what carers see at seven in the morning?"),
    Someone("terry", "Terry Wickens", "Repairs operative", "Wealdham Homes", share=90, away="1m 3m 7m 8m",
            question="Why do we mend the same damp four times?"),
    Someone("lakshmi", "Lakshmi Rao", "GP receptionist", "Oakhythe Surgery", roles=MEMBER, share=85, away="5c",
            email="lakshmi@oakhythe-surgery.example", contact_by=("email",),
            question="What is a receptionist allowed to notice?"),
    Someone("sid", "Sid Marlowe", "Resident, chairs the allotments", "Saltmarsh Allotments", contact_by=("phone",),
            phone="01632 960372", access="Stairs are hard.", away="4h",
            question="Who owns the empty half of the field?"),
    Someone("beth", "Beth Unwin", "Probation practitioner", "Probation, Oakhythe", roles=MEMBER, share=75, away="8w",
            email="beth.unwin@probation.example",
            question="What would the first hour out look like if it were planned?"),
    Someone("farid", "Farid Karimi", "Employment adviser", "Wealdham Works", roles=MEMBER, share=85,
            contact_by=("email",),
            email="farid@wealdhamworks.example", question="Why do good jobs ask for a car?"),
    Someone("olive", "Olive Tranter", "Library volunteer", "Oakhythe Library", shows=("name",), away="10k",
            question="Who sits here all day, and why here?"),
    Someone("lena", "Lena Hoff", "Speech therapist", "Oakhythe Surgery", share=85, away="4w",
            question="Who speaks for people whom nobody waits for?"),
    Someone("kit", "Kit Lavery", "Support worker", "Lantern Oakhythe", roles=MEMBER, share=95,
            email="kit@lantern.example",
            away=">5", question="How long is a move-on, really?"),
)  # fmt: skip

FIRST_PEOPLE = Someone.each("""
f-maud; Maud Ellery; Home help; Marsh Care Co-op; ; 4c
f-yusuf; Yusuf Demir; Bus inspector; Saltmarsh Buses; ; 7w
f-tina; Tina Rudge; School cook; Wealdham Schools; ; 2k
f-colin; Colin Ashby; Park keeper; Oakhythe Council; Parks; >3
f-roza; Roza Kaya; Advice worker; Wealdham Advice; ; 5w
f-hugh; Hugh Penfold; Resident; Saltmarsh Tenants; ;
f-gemma; Gemma Twine; Midwife; Saltmarsh Hospital; ; 1c 3c 8c
f-ade; Ade Ogun; Youth mentor; Lantern Oakhythe; ; 6o
f-sheila; Sheila Grubb; Resident, lunch club; Oakhythe Lunch Club; ; 9h
f-marek; Marek Nowak; Warehouse steward; Wealdham Freight; ; 3w 8w
f-dot; Dot Chivers; Resident; Saltmarsh Tenants; ; 10h
f-raj; Raj Sethi; Pharmacist; Oakhythe Pharmacy; ; 3w
""")

SECOND_PEOPLE = Someone.each("""
g-ines; Ines Ferreira; Cleaner and steward; Saltmarsh Hospital; ; 2w
g-bob; Bob Tully; Resident, lifeboat crew; Saltmarsh Lifeboat; ;
g-amira; Amira Saleh; Refugee support worker; Welcome Wealdham; ; 5c
g-keith; Keith Bramble; Traffic warden; Oakhythe Council; Streets; 3w 4w 7w 9w
g-precious; Precious Dube; Nursing associate; Saltmarsh Hospital; ; 6c
g-mick; Mick Farrant; Tenancy officer; Wealdham Homes; ; 8w
g-samir; Samir Aslam; Taxi driver; Oakhythe Cars; ; >2
g-joy; Joy Babatunde; Foster carer; Wealdham Carers; ; 7k
g-nige; Nige Lockyer; Resident, repair café; Saltmarsh Menders; ; 11o
g-hazel; Hazel Munday; Community nurse; Saltmarsh Hospital; ; 1c 4c 5c
g-viv; Viv Ostrow; Playworker; Wealdham Play; ; 9k
g-paulo; Paulo Reis; Hotel porter, union rep; Saltmarsh Hotels; ; 2w
""")

FOLLOW_UP = CohortStory(
    "wealdham", "Wealdham, Saltmarsh and Oakhythe", "mixed", "follow_up", target=12, circle_in=5, apart=14,
    people=PEOPLE,
    facilitators=("bridget", "delroy"), place="Three towns", room="Oakhythe Library, first floor", lead=LEAD,
    purpose="People from three towns who meet the same families at different doors.",
    criteria="No more than two from any one employer; travel paid; half of the places for those who have never been "
             "asked.",
    turns=(
        Turn(3, "six-conditions", "shortened", "Loops took longer than anyone thought.", 20),
        Turn(9, "farewell", "lengthened", "Nobody went home.", 30, "group"),
    ),
    bring={12: "Whatever is left of what you tried, and one thing that you would tell your first self."}, last_seen=11,
)  # fmt: skip

FIRST = CohortStory(
    "oakhythe", "Oakhythe and Saltmarsh", "mixed", "closed", target=13, first=-760, apart=14, people=FIRST_PEOPLE,
    facilitators=("delroy",), place="Two towns", room="Oakhythe Library, first floor", lead=LEAD,
    turns=(
        Turn(5, "written-choice", "skipped", "People were not ready to choose, and we did not push.",
             decided_by="group"),
        Turn(8, "tie-map", "skipped", "Done the week before over chips.", effect="keeps"),
    ),
    sealed_by_time=(2, 7),
)  # fmt: skip

SECOND = CohortStory(
    "saltmarsh", "Saltmarsh", "mixed", "closed", target=14, first=-640, apart=14, people=SECOND_PEOPLE,
    facilitators=("bridget",), place="Saltmarsh", room="Lifeboat station", lead=LEAD,
    turns=(
        Turn(3, "iceberg", "shortened", "The lifeboat was called out, and so was half of the room.", 20,
             "circumstances"),
        Turn(6, "pre-mortem", "skipped", "No time; done by message, and not by everyone.", effect="unclear"),
    ),
)  # fmt: skip

TRIALS = (
    Trial.past("wealdham: grace, naveed", -430, "embedded", (
        "Go back and tell them",
        "We ask three hundred people what they want, and they never hear another word.",
        "If we go back in a month with one thing done, then more answer next time, because asking led somewhere.",
        "A third more answers in the next round.",
        "Doors are knocked by day, in pairs; nobody’s answer is shown.",
        "Head of neighbourhoods",
        "Answers rose from 61 of 300 to 94 of 300. The one thing was a bench.",
        "Every survey has a going-back date before it has a first question.",
    ), scaling=("up",), condition="policies", shared=FACILITATORS, seen=(
        Seen(-395, "94 of 300 answered, where it had been 61 of 300.", "grow"),
        Seen(-60, "A year on: two surveys since, two going-back days kept.", "grow"),
    )),
    Trial.past("wealdham: joan, lakshmi", -425, "scaling", (
        "Home by noon",
        "Patients are told at nine that they can go, and leave at six, because of a bag of tablets.",
        "If the pharmacy list is sent the evening before, then people leave by noon, because nothing is waited for.",
        "Four of ten home by noon.",
        "Nobody leaves without transport, food and someone told.",
        "Ward manager",
        "Six of ten. A second ward has asked.",
    ), scaling=("out",), condition="practices", shared=FACILITATORS),
    Trial.past("wealdham: sid, olive", -420, "stop", (
        "The empty half of the field",
        "Half of the allotments is nettles with a waiting list of forty.",
        "If six strangers share one big plot, then it is dug by May, because nobody has to do it alone.",
        "Five of six still there in May.",
        "Tools checked, a named person with a key.",
        "Parish clerk",
        "Two of six. Sharing is a skill; people wanted neighbours, not housemates. Half-plots went in a day.",
    ), condition="relationships", shared=FACILITATORS),
    Trial.past("wealdham: beth, farid", -415, "adapt", (
        "The first hour out",
        "People come out at ten with a bag and an appointment at two, four miles away.",
        "If they are met with a phone and a bus pass, then more keep it, because they can get there.",
        "Six of eight kept.",
        "People choose; the meeter is no officer.",
        "Probation area manager",
        "Five of eight. The bus pass mattered, the phone did not. Next: the appointment moves, not the person.",
    ), condition="resources", shared=FACILITATORS),
    Trial.past("oakhythe: f-yusuf, f-hugh", -700, "embedded", (
        "Ask for the stop",
        "The bus can’t stop at the surgery, and nobody knows who says so.",
        "If drivers stop on request after seven, then older people come to the evening clinic: it is ten steps.",
        "Ten requests a week.",
        "Lay-by checked with the highways team.",
        "Depot manager",
        "Fourteen a week. “Not allowed” turned out to be a habit from 1998.",
        "The route card says: stops on request after seven.",
    ), scaling=("up",), condition="policies", shared=FACILITATORS),
    Trial.past("oakhythe: f-maud, f-raj", -695, "scaling", (
        "Tablets that carers can read",
        "Carers can’t read the tiny print, and guess.",
        "If the label has one line in large print, then fewer ring at night, because they can see it.",
        "Half as many calls.",
        "The pharmacist checks every line.",
        "Pharmacy owner",
        "Calls went from 12 to 5 in a month.",
    ), scaling=("out",), condition="practices", shared=FACILITATORS),
    Trial.past("oakhythe: f-tina, f-marek", -690, "stop", (
        "Supper boxes at the freight gate",
        "The night shift eats from a machine.",
        "If school suppers are sold at the gate, then they go, because they are hot.",
        "Twenty a night.",
        "Food safety as in the kitchen.",
        "School business manager",
        "Six a night: they eat before they come. The day shift’s children are who asked.",
    ), condition="resources", shared=FACILITATORS),
    Trial.past("oakhythe: f-roza, f-ade, f-sheila", -685, "scaling", (
        "Advice with pudding",
        "People tell the lunch club what they won’t tell the advice desk.",
        "If advice comes with the pudding, then letters are opened earlier, because nobody has to ask.",
        "Three letters a week.",
        "A side table, and no form.",
        "Advice manager",
        "Five a week; two more lunch clubs want it.",
    ), scaling=("out",), condition="relationships", shared=FACILITATORS),
    Trial.past("saltmarsh: g-ines, g-precious", -585, "embedded", (
        "Cleaners at the ward round",
        "The cleaner knows who hasn’t eaten. Nobody asks the cleaner.",
        "If she is asked one question at the round, then uneaten meals are seen that day: she saw the tray.",
        "Three things a week that nobody had noticed.",
        "Nothing clinical; nothing written by her about a patient.",
        "Ward manager",
        "Eight a week. She now starts ten minutes earlier, paid.",
        "The round’s card: “Ask the cleaner”.",
    ), scaling=("deep", "up"), condition="power", shared=FACILITATORS),
    Trial.past("saltmarsh: g-amira, g-joy", -580, "pause", (
        "Supper with a family",
        "People arrive, and the first local house they enter is an office.",
        "If new families are asked to supper once, then they know one door, because they have been through it.",
        "Ten suppers.",
        "Hosts are checked and never alone; anybody may say no.",
        "Charity’s trustees",
        "Seven suppers, all good, and one worry about money that changed hands. Paused until that is thought through.",
    ), condition="relationships", shared=FACILITATORS),
    Trial.past("saltmarsh: g-mick, g-nige", -575, "scaling", (
        "Mend it with me",
        "We replace what could be mended, and charge for it.",
        "If tenants mend with the repair café, then charges fall, because a hinge costs a pound.",
        "A tenth fewer charges.",
        "No gas, no mains.",
        "Tenancy manager",
        "A sixth fewer, and people know each other’s names.",
    ), scaling=("out",), condition="resources", shared=FACILITATORS),
    Trial.past("saltmarsh: g-viv, g-bob, g-paulo", -570, "embedded", (
        "Play on the slipway",
        "The hotels’ staff have children and Saturdays, and nowhere to put one with the other.",
        "If play is on the slipway when shifts change, then parents swap minding, because they meet.",
        "Six families.",
        "Lifeboat crew in sight, life-jackets on.",
        "Harbour master",
        "Eleven families, and a rota that nobody of us runs.",
        "The parents’ own rota.",
    ), scaling=("out",), condition="relationships", shared=FACILITATORS),
)  # fmt: skip

STORY = PartnerStory(
    SOUTH_EAST, ("en_GB",), None, LEAD, STAFF, (FOLLOW_UP, SECOND, FIRST), TRIALS, agreed=-380,
)  # fmt: skip
