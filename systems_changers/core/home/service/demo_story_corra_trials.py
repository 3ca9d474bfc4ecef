"""What people tried in Portlaggan and Strathfinlay: the three that the story is known by, and quieter ones."""

from __future__ import annotations

from systems_changers.core.home.service.demo_story import Seen, Trial

HERE = "portlaggan"

LETTER = Trial(
    "letter", "kirsty", HERE, -106,
    {
        "title": "An arrears letter that asks, and names a person",
        "insight": "Our first letter says “legal action” in line two. People put it behind the clock, and the next "
                   "time we hear of them it has a court date on it.",
        "hypothesis": "If the first letter asks what has happened, names one person and gives a direct number, then "
                      "more people will ring within a fortnight, because ringing a person is easier than ringing a "
                      "threat.",
        "prediction": "Of about fifteen letters, at least five people ring within two weeks.",
        "smallest_test": "The next fifteen first letters on one patch, against the fourteen before them.",
        "signal_grow": "More than a third ring, and what they say is something we can act on.",
        "signal_stop": "Somebody misses a date that matters because the letter was too soft.",
        "harm_check": "Someone could miss that the debt is real, so the amount and the dates stay in. No letter goes "
                      "to anyone with a notice already served. Every call is answered by a named person.",
        "permission_holder": "Team leader, tenancies",
        "learning": "2 of 14 rang back after the old letter, 9 of 15 after the new one. Seven of the nine calls ended "
                    "in a plan that day. The words mattered, and so did a number that somebody picks up.",
        "embedded_in": "Section 4 of the council’s rents procedure: the first letter asks, names a person and gives a "
                       "direct number.",
    },
    path=(
        ("framed", -101, ""), ("ready", -97, "Alan said yes for one patch and one month."),
        ("running", -94, ""), ("reviewing", -50, ""),
        ("grow", -48, "Nine of fifteen is more than I dared to write down."),
        ("scaling", -38, "The head of housing asked to see it, and took it to the rents panel."),
        ("embedded", -9, "The council put it into its rents procedure for every area."),
    ),
    seen=(
        Seen(-80, "The old letter: 14 sent, 2 people rang back within a fortnight."),
        Seen(-52, "The new letter: 15 sent, 9 people rang back within a fortnight.", "grow"),
        Seen(-50, "What they said when they rang: shifts cut, a benefit stopped, a bereavement, “I thought it was too "
                  "late”.",
             "grow"),
        Seen(-9, "The procedure as adopted.", "grow", "https://laggan-isles.example/rents-procedure#section-4"),
    ),
    shared=("facilitators", "cohort", "partner", "learning_partner"),
    shown=(("alan", ("hypothesis", "harm_check", "learning", "evidence", "scaling", "embedded_in", "dates")),),
    scaling=("up",), condition="policies",
)  # fmt: skip

VISIT = Trial(
    "visit", "nadia", HERE, -47,
    {
        "title": "One first visit instead of two",
        "insight": "A family that moves in gets my visit and a housing officer’s in the same week. Both of us ask the "
                   "same eleven questions, and the kettle goes on twice.",
        "hypothesis": "If the link worker and the housing officer make the first visit together, then people tell "
                      "their story once and get the first useful thing sooner, because nobody has to pass it on.",
        "prediction": "In six joint visits, something useful happens within a week for at least four.",
        "smallest_test": "Six new tenancies, one hour each, one sheet between us.",
        "signal_grow": "People say that they would choose it again, and it saves each of us an hour.",
        "signal_stop": "Anybody holds back because the landlord is in the room.",
        "harm_check": "Two strangers at the door is a lot: people choose joint or separate when we ring. What is said "
                      "about health stays with the link worker. Either of us can end the visit.",
        "permission_holder": "Team leader, tenancies, and the practice manager",
    },
    path=(
        ("framed", -33, ""), ("ready", -20, "Both managers said yes on the same phone call."),
        ("running", -12, "The first two visits are in the diary."),
    ),
    owners=("kirsty",),
    seen=(Seen(-5, "Two visits made, both joint. A carpet and a dentist sorted by the Friday.", "grow", by="kirsty"),
          Seen(-4, "One person went quiet when rent came up. We now say at the door what we won’t talk about.")),
    shared=("facilitators", "learning_partner"), shown=(("isobel", ("hypothesis", "harm_check", "dates")),),
    condition="relationships",
)  # fmt: skip

DROP_IN = Trial(
    "drop-in", "marion", HERE, -100,
    {
        "title": "An evening drop-in at the library",
        "insight": "The warm room closes at five. The people I never see are those who work until six.",
        "hypothesis": "If the library stays open until eight on Wednesdays, then people who work by day will come, "
                      "because it is warm and nobody asks them for anything.",
        "prediction": "Ten different people in five Wednesdays, half of them new to me.",
        "smallest_test": "Five Wednesdays, one member of staff, soup.",
        "signal_grow": "Somebody new comes twice.",
        "signal_stop": "Three evenings running with nobody new.",
        "harm_check": "Nobody is alone in the building: a volunteer stays to lock up. No register, no questions.",
        "permission_holder": "Libraries and culture lead",
        "learning": "Thirty-one visits, all by people who come by day anyway. Those we miss finish at six and the last "
                    "bus leaves at ten past. It was never about our door: it is about the bus. Saturday at noon is "
                    "what two of them asked for.",
    },
    path=(
        ("framed", -96, ""), ("ready", -88, ""), ("running", -82, ""), ("reviewing", -45, ""),
        ("stop", -42, "Stopped after five weeks, as agreed. What it taught is worth more than a sixth."),
    ),
    owners=("ruaridh",),
    seen=(Seen(-68, "Third Wednesday: six people, all of them regulars.", "stop"),
          Seen(-54, "Asked at the fish farm’s gate: “I’d come if I could get home after.”", "stop", by="ruaridh")),
    shared=("facilitators", "cohort"), condition="resources",
)  # fmt: skip

QUIET = (
    Trial(
        "aloud", "aileen", HERE, -60,
        {
            "title": "Read it aloud before it goes",
            "insight": "Half of my day is explaining letters that somebody else was paid to write.",
            "hypothesis": "If three letters are read aloud to one person before they are sent, then fewer people come "
                          "to ask what they mean, because the ear hears what the eye skips.",
            "prediction": "Queries about those three letters fall by a third in a month.",
            "smallest_test": "Three letters, one reader, four weeks of tally marks.",
            "harm_check": "No real case is read out; the letters are blank forms. The reader is paid for the time.",
            "permission_holder": "Manager of Laggan Advice",
        },
        path=(("framed", -40, ""), ("ready", -28, ""), ("running", -22, "")),
        seen=(Seen(-8, "Two weeks of tally marks: 11 queries, where there were 19 in the two weeks before.", "grow"),),
        shared=("facilitators",), condition="practices",
    ),
    Trial(
        "walk", "chidi", HERE, -75,
        {
            "title": "A walk instead of the waiting room",
            "insight": "People wait forty minutes under a strip light to say they are not sleeping.",
            "hypothesis": "If the first twenty minutes are a walk along the front, then people say more of what "
                          "matters, because side by side is easier than face to face.",
            "prediction": "Four of six say that they would choose the walk again.",
            "harm_check": "Always a choice, never in the dark, never with somebody in crisis. A colleague knows the "
                          "route and the time.",
            "permission_holder": "Team manager, community mental health",
            "learning": "The walk suits those who know nobody on the front. For locals it was like a stage. Next: the "
                        "wood.",
        },
        path=(("framed", -66, ""), ("ready", -60, ""), ("running", -56, ""), ("reviewing", -30, ""),
              ("adapt", -28, "Same idea, where nobody waves."), ("running", -18, "")),
        shared=("learning_partner",), condition="practices",
    ),
    Trial(
        "seats", "fraser", HERE, -50,
        {
            "title": "Empty seats on Tuesdays",
            "insight": "Three vans pass the same road-end on a Tuesday with nine empty seats between them.",
            "hypothesis": "If three drivers share one board of empty seats on Mondays at noon, then two people a week "
                          "get a lift who would have stayed at home, because the seats are there already.",
            "prediction": "Eight lifts in a month.",
            "harm_check": "Drivers only see first names and road-ends. Insurance checked with all three.",
            "permission_holder": "The three transport co-ordinators",
        },
        path=(("framed", -30, ""), ("ready", -6, "The third co-ordinator rang back.")),
        shared=("facilitators", "cohort"), condition="resources",
    ),
    Trial(
        "forms", "seonaid", HERE, -22,
        {
            "title": "The nursery form, Gaelic first",
            "insight": "Families fill in the English side and leave the Gaelic blank, as if it were decoration.",
            "hypothesis": "If the Gaelic comes first and the English second, then more families answer in Gaelic, "
                          "because the form says which of them is at home here.",
            "prediction": "Four of twelve families answer in Gaelic, where it was one.",
        },
        path=(("framed", -15, ""),),
    ),
    Trial("dads", "tomasz", HERE, -24, {"title": "Ask the dads at the change of shift"}),
    Trial(
        "fire", "ruaridh", HERE, -70,
        {
            "title": "A fire pit on the slip on Fridays",
            "insight": "They stand by the chip shop because it is the only light.",
            "hypothesis": "If there is a fire and one adult who doesn’t ask, then young people stay and talk, because "
                          "there is somewhere to look.",
            "prediction": "Eight young people by the third Friday.",
            "harm_check": "Two adults, buckets, parents told. No photographs.",
            "permission_holder": "Harbour master",
            "learning": "Fourteen by the third Friday. Then the gales: we wait for April.",
        },
        path=(("framed", -64, ""), ("ready", -58, ""), ("running", -52, ""), ("reviewing", -32, ""),
              ("pause", -30, "Weather. The harbour master’s yes stands.")),
        shared=("facilitators", "cohort"), condition="relationships",
    ),
)  # fmt: skip

SHARED = {"shared": ("facilitators",)}

PAST = (
    Trial.past("portlaggan-1: p1-sanjay, p1-catriona", -705, "embedded", (
        "The pharmacy rings first",
        "New parents come in on day nine with a question that was urgent on day three.",
        "If the pharmacy rings on day two, then questions come while they are small, because somebody has asked.",
        "Half of those rung ask something.",
        "Only families who said yes on the ward; no message is left.",
        "Pharmacy manager",
        "Seven of ten asked something; four of the questions were about sleep and none about medicine.",
        "The pharmacy’s day-two list, kept by whoever opens up.",
    ), scaling=("out",), condition="practices", **SHARED),
    Trial.past("portlaggan-1: p1-peigi, p1-donald, p1-rhona", -698, "scaling", (
        "The larder on mart day",
        "Folk from the glens come down once a fortnight, and the larder is shut that day.",
        "If the larder opens on mart day, then people from the glens come, because they are here anyway.",
        "Five families from beyond the bridge in three marts.",
        "A side door, so that nobody has to be seen.",
        "Larder committee",
        "Nine families. The side door mattered more than the day.",
    ), scaling=("out",), condition="resources", **SHARED),
    Trial.past("portlaggan-1: p1-maya, p1-leila", -700, "stop", (
        "Breakfast before the bell",
        "By ten the wee ones are fighting, and most have had nothing.",
        "If toast is out at half past eight, then mornings are calmer, because hungry is not naughty.",
        "Fewer calls to the office before eleven.",
        "For everyone, so that no child is marked out by it.",
        "Head teacher",
        "The toast went, the calls stayed: it was the noise of the hall. The school is looking at the hall instead.",
    ), condition="practices", **SHARED),
    Trial.past("portlaggan-1: p1-ewan, p1-greta", -690, "embedded", (
        "Debt talk at the hostel table",
        "Nobody from the hostel has ever kept an appointment with us. We had never been to the hostel.",
        "If I eat there on Thursdays, then people bring their letters, because soup comes before trust.",
        "Three letters in four Thursdays.",
        "Nobody is asked; papers are read in the side room.",
        "Manager of Laggan Advice",
        "Eleven letters. We had called them hard to reach; we were.",
        "Thursdays at the hostel are in the advice rota.",
    ), scaling=("deep",), condition="beliefs", **SHARED),
    Trial.past("portlaggan-2: p2-gordon, p2-dorota", -495, "embedded", (
        "Say the repair day by text",
        "One in three visits finds nobody in.",
        "If day and name are texted the evening before, then more people are in, because they know who comes.",
        "No-answers fall by a third.",
        "A call instead of a text for those who asked for one.",
        "Repairs manager",
        "No-answers went from 11 of 30 to 4 of 30.",
        "The repairs contract asks for it.",
    ), scaling=("up",), condition="policies", **SHARED),
    Trial.past("portlaggan-2: p2-aisha, p2-bella", -488, "stop", (
        "A carers’ hour with a sitter",
        "Carers can’t come to the carers’ group, because they are caring.",
        "If a sitter is offered for the hour, then new carers come, because they can leave the house.",
        "Three new faces in a month.",
        "Sitters known to the family only; checks in place.",
        "Youth project’s committee",
        "Nobody wanted a sitter. Two wanted their brother to come too. The group is now for both.",
    ), condition="relationships", **SHARED),
    Trial.past("portlaggan-2: p2-una, p2-moira, p2-agnes", -490, "scaling", (
        "One bag for the home visit",
        "Three of us carry the same leaflets to the same door.",
        "If one bag goes with whoever is first, then nobody hears it thrice, because the bag shows what has been said.",
        "Two repeat visits saved a week.",
        "Nothing about a person is in the bag.",
        "Practice manager",
        "Three saved a week, and we have begun to talk to each other.",
    ), scaling=("out", "deep"), condition="relationships", **SHARED),
    Trial.past("portlaggan-2: p2-jaswant, p2-neil", -480, "adapt", (
        "A notice that people answer",
        "The board in my shop is full and nobody reads it.",
        "If the board asks one question a week, then people write on it, because it wants something from them.",
        "Ten answers a week.",
        "No names on the board; I take down what is unkind.",
        "The shop’s owner, which is me",
        "Four answers, all about bins. Ask what people can offer, not what is wrong.",
    ), condition="beliefs", **SHARED),
    Trial.past("strathfinlay: sf-craig, sf-elspeth", -585, "embedded", (
        "Keys and a kettle",
        "We hand over keys to a cold, empty flat and call it housed.",
        "If a neighbour meets them with a kettle, then fewer leave soon, because somebody knows their name.",
        "One leaves instead of three.",
        "Neighbours are asked, never told, and told nothing.",
        "Housing options manager",
        "None of eight left in the first month.",
        "The allotment group’s rota, with a float from the council.",
    ), scaling=("out",), condition="relationships", **SHARED),
    Trial.past("strathfinlay: sf-omar, sf-nan, sf-andrea", -580, "scaling", (
        "English over the counter",
        "People finish my course and still can’t order soup.",
        "If the last six lessons are in the café, then people go on talking, because there is something to talk for.",
        "Half come back without me.",
        "Off-peak, and the first drink is paid.",
        "Café owner",
        "Seven of nine come back. Two now serve.",
    ), scaling=("out",), condition="practices", **SHARED),
    Trial.past("strathfinlay: sf-janet, sf-mhairi", -588, "stop", (
        "Dressings at the tenants’ hall",
        "Older folk take two buses to have a dressing changed.",
        "If I do it in the hall on Mondays, then nobody misses one, because it is round the corner.",
        "No missed dressings in four weeks.",
        "A screened corner, the same hygiene check as the surgery.",
        "Lead nurse",
        "The hall has no hot water before ten. A lift to the surgery does the same; the kin group now runs one.",
    ), condition="resources", **SHARED),
    Trial.past("strathfinlay: sf-shona, sf-wilma", -575, "pause", (
        "Who sees them every day?",
        "The crossing patroller knew in June what we wrote down in November.",
        "If we ask those who see families daily how the street is, then we hear earlier, because they see it first.",
        "One thing heard early in eight weeks.",
        "Streets, never names. A worry about a child goes by the usual route, at once.",
        "Area manager",
        "It works, and it needs somebody’s hours. Paused until the vacancy is filled.",
    ), condition="power", **SHARED),
)  # fmt: skip

TRIALS = (LETTER, VISIT, DROP_IN, *QUIET, *PAST)
