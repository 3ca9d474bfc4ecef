"""What people of four teams tried: one waits at the safeguarding gate, and nothing here is about any one child."""

from __future__ import annotations

from systems_changers.core.home.service.demo_story import Seen, Trial

HERE = "four-teams"
FACILITATORS = ("facilitators",)

HELD = Trial(
    "first-question", "priti", HERE, -30,
    {
        "title": "Young carers choose the first question",
        "insight": "Our first visit opens with “How many hours do you care for?” Most young carers don’t count, and "
                   "the visit is about us from then on.",
        "hypothesis": "If a young carer picks the first question from six cards, then the visit starts with what "
                      "matters, because choosing is the first thing that is theirs.",
        "prediction": "In eight first visits at least five open on something that our form has no box for.",
        "smallest_test": "Eight first visits by two workers, with parents’ and young people’s say-so.",
        "signal_grow": "Young people ask to keep the cards.",
        "signal_stop": "Anybody feels tested, or says something that they did not mean to.",
        "harm_check": "It touches under-18s. Nobody is asked who would not have been visited that week. Any card can "
                      "be put back. A worry about safety goes the usual route the same day, whatever the card says.",
        "permission_holder": "Service manager, and the safeguarding lead",
    },
    path=(("framed", -16, ""),),
    seen=(Seen(-9, "Tried the cards on ourselves first. “What are you good at?” silenced a room of adults."),),
    shared=FACILITATORS, condition="power",
)  # fmt: skip

PRESENT = (
    HELD,
    Trial(
        "nine-pages", "kwame", HERE, -28,
        {
            "title": "One page that says the plan",
            "insight": "The plan has nine pages and I have never seen a young adult open it twice.",
            "hypothesis": "If the first page says who does what by when, in their words, then people bring it out "
                          "again, because it is theirs to hold us to.",
            "prediction": "Four of six quote it back to me within a month.",
            "smallest_test": "Six plans of over-18s due for review anyway; the nine pages stay behind it.",
            "harm_check": "Only over-18s. Nothing is left out of the record, and nobody gets less time.",
            "permission_holder": "Service manager",
        },
        path=(("framed", -18, ""), ("ready", -8, "Dawn said yes for six.")), owners=("sophie",), shared=FACILITATORS,
        shown=(("dawn", ("hypothesis", "harm_check", "smallest_test")),), condition="practices",
    ),
    Trial(
        "ten-seconds", "dilys", HERE, -25,
        {
            "title": "The first ten seconds",
            "insight": "I say the team’s whole name, and by then they have hung up.",
            "hypothesis": "If I say my name and “take your time”, then fewer hang up, because nobody has to be ready.",
            "prediction": "Hang-ups in the first ten seconds fall from one in five to one in ten.",
            "harm_check": "The team’s name comes as soon as they speak, so nobody tells a stranger anything.",
            "permission_holder": "Service manager",
        },
        path=(("framed", -20, ""), ("ready", -14, ""), ("running", -11, "")),
        seen=(Seen(-4, "A week of ticks: 3 of 41 hung up, where it was 9 of 44.", "grow"),),
        shared=("facilitators", "cohort"), condition="practices",
    ),
    Trial(
        "waking-hours", "marcus", HERE, -21,
        {
            "title": "Open when they are awake",
            "insight": "We open at ten and it is busy from three. Tea goes cold from ten to three.",
            "hypothesis": "If two sessions move from morning to evening, then more people come twice, because we are "
                          "there when they are.",
            "prediction": "Six new faces in a month.",
        },
        path=(("framed", -7, ""),), owners=("hodan",), shared=("cohort",),
    ),
    Trial("waiting", "rhian", HERE, -13, {"title": "A postcard in week four of the wait",
          "insight": "Eleven weeks of nothing looks like no."}, shared=("learning_partner",)),
    Trial("handover", "anil", HERE, -6, {"title": "Hand over standing up"}),
    Trial("easy-letter", "leanne", HERE, -12, {"title": "Read me your letter",
          "insight": "The letter says “contact the undersigned”. I do not know who that is."}, shared=("cohort",)),
)  # fmt: skip

PAST = (
    Trial.past("whole-days: w-carla, w-elena", -720, "stop", (
        "A drop-in at the school gate",
        "Parents wait outside for twenty minutes with nothing to do but look at phones.",
        "If we stand there with a flask, then parents talk to us, because nobody has to come in.",
        "Five new conversations in three weeks.",
        "Lanyards on, no notes, no children’s names.",
        "Head teacher and service manager",
        "They talked to each other, not to us, and that was worth more. The parents’ association has the flask now.",
    ), condition="relationships", shared=FACILITATORS),
    Trial.past("whole-days: w-devon, w-conor", -715, "embedded", (
        "Start the meeting with the good news",
        "Young adults sit through an hour of what went wrong before anybody says what went right.",
        "If it opens with what went well, in their words, then they speak more, because the room is theirs.",
        "They speak in the first ten minutes in four of six meetings.",
        "Over-18s only; they choose whether it is said aloud.",
        "Chair of the review meetings",
        "Six of six spoke. Chairs asked for a card that reminds them.",
        "The chairs’ card, on every agenda.",
    ), scaling=("out", "deep"), condition="beliefs", shared=FACILITATORS),
    Trial.past("whole-days: w-lucy, w-gary", -708, "scaling", (
        "A chair that faces the door",
        "People sit with their back to the door and jump each time it opens.",
        "If the chairs face the door, then fewer leave before they are seen, because they can see what is coming.",
        "Walk-outs fall by half in a month.",
        "Fire route checked.",
        "Office manager",
        "Walk-outs went from 8 to 3 in a month. It cost an afternoon.",
    ), scaling=("out",), condition="resources", shared=FACILITATORS),
    Trial.past("whole-days: w-nadine, w-tariq", -702, "pause", (
        "No duty calls before ten",
        "The first hour of duty is spent on calls that needed a letter.",
        "If calls open at ten, then urgent ones are answered faster, because there are two of us by then.",
        "Time to answer an urgent call halves.",
        "The emergency line stays open; the message says so first.",
        "Service manager",
        "It halved. Then the rota changed. Paused until there are two of us again.",
    ), condition="policies", shared=FACILITATORS),
    Trial.past("half-days: h-fatima, h-maryam", -640, "embedded", (
        "The interpreter rings first",
        "Families hear a stranger’s English on the phone and say yes to everything.",
        "If the interpreter makes the first call, then dates suit and people are in, because they could say no.",
        "Missed first visits fall by half.",
        "Interpreters are paid for the call and trained for disclosures.",
        "Service manager",
        "Missed first visits went from 7 of 16 to 2 of 15.",
        "The booking form: “Who rings first?”",
    ), scaling=("up",), condition="policies", shared=FACILITATORS),
    Trial.past("half-days: h-rob, h-ellie", -636, "scaling", (
        "Volunteers teach us something",
        "We train volunteers for six weeks and never ask what they know.",
        "If each volunteer teaches the team something for ten minutes, then more stay, because they are needed.",
        "Nine of ten stay for three months.",
        "Nobody has to; topics are looked at first.",
        "Head of volunteering",
        "Nine of ten stayed. We learned to fix a puncture.",
    ), scaling=("out",), condition="power", shared=FACILITATORS),
    Trial.past("half-days: h-dele, h-suresh", -632, "embedded", (
        "The first month’s money, drawn",
        "Care leavers get four payments on four days, and the rent goes out before the second.",
        "If the month is drawn as a picture with them, then fewer run short, because the gap can be seen.",
        "Emergency payments in month one fall by a third.",
        "Over-18s only; figures stay with them.",
        "Finance lead",
        "Emergency payments went from 9 to 4. Finance moved one date, which helped more than the picture.",
        "Payment dates are set with the young adult at the first meeting.",
    ), scaling=("up",), condition="resources", shared=FACILITATORS),
    Trial.past("half-days: h-tess, h-bryony", -628, "stop", (
        "Walk-and-talk supervision",
        "Supervision happens in the room where we also get bad news.",
        "If supervision is a walk, then we bring more of what is hard, because nobody is behind a desk.",
        "More than half of us bring something we would have kept.",
        "Nothing about a family is said out of doors.",
        "Practice lead",
        "We brought more, and could not say half of it out of doors. A different room does it.",
    ), condition="practices", shared=FACILITATORS),
    Trial.past("half-days-2: s-abi, s-hassan", -530, "embedded", (
        "Complaints as postcards",
        "Our complaints form has fourteen boxes. We had three complaints in a year, and were proud of it.",
        "If saying so is a postcard, then more people say so, because it costs nothing.",
        "Ten cards in a month.",
        "Cards are read the same day; a worry about safety goes the usual route.",
        "Head of practice",
        "Twenty-two cards, nineteen of them about the door buzzer.",
        "Postcards at every reception, answered on the wall.",
    ), scaling=("out",), condition="power", shared=FACILITATORS),
    Trial.past("half-days-2: s-ruth, s-noreen, s-paula", -526, "scaling", (
        "Grandparents’ rent clinic",
        "Kinship carers lose a room on paper on the day they take a child in.",
        "If housing and kinship share a table once a month, then fewer go into arrears: both see the letter.",
        "Three fewer in arrears after three months.",
        "People choose what either of us may see.",
        "Both managers",
        "Four fewer. The table has moved to a second town.",
    ), scaling=("out",), condition="relationships", shared=FACILITATORS),
    Trial.past("half-days-2: s-jaz, s-li", -522, "adapt", (
        "Data credit at the front desk",
        "People lose touch with us on the day their data runs out.",
        "If credit is handed out on the twentieth, then fewer go quiet, because they can answer.",
        "Missed messages after the twentieth fall by half.",
        "No proof asked for, one a month each.",
        "Finance lead",
        "It helped those who came in, so not those who were quiet. Next: by text.",
    ), condition="resources", shared=FACILITATORS),
    Trial.past("half-days-2: s-megan, s-ivan", -518, "stop", (
        "Therapy notes in plain words",
        "Young adults may read our notes, and can’t.",
        "If the last line is written with them, then they come back more often, because it is no secret.",
        "Second appointments kept rise by a tenth.",
        "Over-18s; nothing that endangers anybody is put in a shared line.",
        "Clinical lead",
        "Kept appointments stayed the same. Asked, they said the text reminder is what counts.",
    ), condition="practices", shared=FACILITATORS),
)  # fmt: skip

TRIALS = (*PRESENT, *PAST)
