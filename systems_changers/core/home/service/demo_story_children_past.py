"""The Children's Society's closed cohorts: the first in whole days, then in half days."""

from __future__ import annotations

from types import MappingProxyType

from systems_changers.core.home.service.demo_story import CohortStory, Someone, Turn

HERE = "The Children's Society"
LEAD = ("Gwen Pritchard", "01632 960208")
SPONSOR = MappingProxyType({"sponsor": "Patrick Nolan, service manager", "contact_with_young_people": "daily"})

WHOLE_DAYS_PEOPLE = Someone.each("""
w-carla; Carla Whitmore; Young carers practitioner; The Children's Society; Northmere young carers; 5w
w-devon; Devon Clarke; Youth worker; The Children's Society; Hollybrook Lane hub; 2c
w-siobhan; Siobhan Keane; Family worker; The Children's Society; Northmere young carers; 3w >3
w-tariq; Tariq Mahmud; Personal adviser; The Children's Society; Castleby leaving care; 1c 3c 6c 8c
w-elena; Elena Marsh; Therapist; The Children's Society; Eastwater drop-in; 4w
w-joel; Joel Sutton; Outreach worker; The Children's Society; Eastwater drop-in; >2
w-nadine; Nadine Osei; Duty worker; The Children's Society; Castleby leaving care; 2w 3w 7w
w-holly; Holly Brandreth; Advocate; The Children's Society; Hollybrook Lane hub; 8w
w-gary; Gary Plumb; Caretaker; The Children's Society; Hollybrook Lane hub; 6c
w-amrit; Amrit Bhogal; Missing-from-home worker; The Children's Society; Castleby leaving care; 1w 3w 4w
w-lucy; Lucy Fairclough; Receptionist; The Children's Society; Eastwater drop-in; 9c
w-conor; Conor Devane; School link worker; The Children's Society; Hollybrook Lane hub;
""")

HALF_DAYS_PEOPLE = Someone.each("""
h-fatima; Fatima Noor; Family worker; The Children's Society; Southgate family team; 4w
h-rob; Rob Lister; Youth worker; The Children's Society; Hollybrook Lane hub; 6c
h-tess; Tess Amory; Counsellor; The Children's Society; Eastwater drop-in; 2w 9w
h-dele; Dele Bankole; Personal adviser; The Children's Society; Castleby leaving care; 11w
h-karen; Karen Mudd; First-contact worker; The Children's Society; Northmere young carers; 3w 4w 9w 10w
h-zoe; Zoe Pickard; Volunteer co-ordinator; The Children's Society; Participation and volunteering; 13k
h-wes; Wes Thornley; Outreach worker; The Children's Society; Eastwater drop-in; 8c
h-maryam; Maryam Hashemi; Interpreter and support worker; The Children's Society; Southgate family team; 5k
h-pete; Pete Rooney; Driver and escort; The Children's Society; Southgate family team; >5
h-bryony; Bryony Lacey; Young carers practitioner; The Children's Society; Northmere young carers; 12c
h-suresh; Suresh Pillai; Finance assistant; The Children's Society; Southgate family team; 1w 15o
h-ellie; Ellie Garside; Participation worker; The Children's Society; Participation and volunteering; 7h
""")

SECOND_HALF_PEOPLE = Someone.each("""
s-abi; Abi Lowther; Advocate; The Children's Society; Hollybrook Lane hub; 10c
s-hassan; Hassan Yusuf; Youth worker; The Children's Society; Hollybrook Lane hub; 3c
s-ruth; Ruth Entwistle; Family worker; The Children's Society; Southgate family team;
s-callie; Callie Spence; Duty worker; The Children's Society; Castleby leaving care; 3w 4w 5w 9w
s-ivan; Ivan Petrov; Therapist; The Children's Society; Eastwater drop-in; 14w
s-noreen; Noreen Duffy; Kinship support worker; The Children's Society; Southgate family team; 8k
s-jaz; Jaz Mahal; Digital support worker; The Children's Society; Participation and volunteering; 2o
s-megan; Megan Tudor; School link worker; The Children's Society; Northmere young carers; 6w
s-otis; Otis Reid; Boxing coach; The Children's Society; Eastwater drop-in; >3
s-li; Li Wen; Data and learning officer; The Children's Society; Participation and volunteering; 12w
s-paula; Paula Starkey; Housing link worker; The Children's Society; Castleby leaving care; 7w 16c
s-faisal; Faisal Anwar; Sessional worker; The Children's Society; Eastwater drop-in; 1c 4c 9c 10c
""")

WHOLE_DAYS = CohortStory(
    "whole-days", "Whole days", "organisation", "closed", target=14, first=-760, apart=14,
    people=WHOLE_DAYS_PEOPLE, facilitators=("tom",), host_organisation=HERE, lead=LEAD, extra=SPONSOR,
    room="Hollybrook Lane hub",
    turns=(
        Turn(3, "listening-talks", "skipped", "No approval route existed yet, so nobody went out.",
             decided_by="partner"),
        Turn(2, "boundary-questions", "skipped", "The picture took all afternoon. We meant to come back to it, and did "
                                                 "not."),
        Turn(6, "harm-check", "lengthened", "The safeguarding lead joined, and it needed the time.", 60),
        Turn(8, "sponsor-event", "shortened", "The sponsor had half an hour.", 30, "circumstances"),
    ),
    notes={9: "Good work, wrong shape: whole days can’t be covered. Try half days."}, sealed_by_time=(4, 5),
)  # fmt: skip

HALF_DAYS = CohortStory(
    "half-days", "Half days, first run", "organisation", "closed", target=14, first=-678, apart=10, hour=9,
    people=HALF_DAYS_PEOPLE, facilitators=("tom",), host_organisation=HERE, lead=LEAD, extra=SPONSOR, sessions=14,
    room="Southgate, ground floor", variants=("noticing-with-approval",),
    turns=(
        Turn(7, "rehearsal", "shortened", "Threes became pairs, because three people were called out.", 30,
             "circumstances"),
        Turn(12, "handover", "replaced", "Half of the owners-to-be were on leave; people wrote to them.", 20,
             effect="unclear"),
        Turn(13, "mock-day", "replaced", "We went through last year’s real posts instead, with the names off.", 30,
             reactive=False, effect="keeps"),
    ),
    sealed_by_time=(11,),
)  # fmt: skip

SECOND_HALF = CohortStory(
    "half-days-2", "Half days, second run", "organisation", "closed", target=12, first=-570, apart=10, hour=9,
    people=SECOND_HALF_PEOPLE, facilitators=("yasmin",), host_organisation=HERE, lead=LEAD, extra=SPONSOR, sessions=14,
    room="Eastwater, room 2", variants=("three-lenses-with-safeguarding", "noticing-with-approval", "lundy-check"),
    turns=(
        Turn(6, "story-circle", "skipped", "The week was a hard one; the circle would have been too much.",
             decided_by="group", effect="keeps"),
        Turn(10, "third-set", "shortened", "Two sets had one person each, so they joined.", 40),
    ),
    added=((4, "Half an hour on the approval route", 30, "It was new to everyone, and the talks depended on it."),),
    notes={14: "Half days work for most. Sessional staff still can’t come: ninety minutes next."},
)  # fmt: skip

PAST = (SECOND_HALF, HALF_DAYS, WHOLE_DAYS)
