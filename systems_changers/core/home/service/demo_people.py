"""The six people whom a visitor of the demo may be; nobody can come in as one of them anywhere else.

They are invented, and so is everything they do. Their addresses end in .example, so that no mail can reach anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from systems_changers.infra.text import N_


@dataclass(frozen=True, slots=True)
class DemoCard:
    """Somebody to come in as. `role` and `day` are msgids, `partner` a slug, `path` where they begin there."""

    key: str
    name: str
    first_name: str
    role: str
    day: str
    at: str
    partner: str
    email: str
    path: str = "/home/"


CORRA, CHILDREN, SOUTH_EAST, FOUNDATION = "corra-scotland", "childrens-society", "south-east", "foundation"
NAMES = {
    CORRA: "Corra",
    CHILDREN: "The Children's Society",
    SOUTH_EAST: "South East",
    FOUNDATION: "The Fenwater Foundation",
}

PEOPLE = (
    DemoCard(
        "morag", "Morag MacAskill", "Morag", N_("Facilitator, a place-based cohort"),
        N_("Session 5 is in three days. She puts last things in order and looks in on what people are trying out."),
        NAMES[CORRA], CORRA, "morag.macaskill@corra.example",
    ),
    DemoCard(
        "kirsty", "Kirsty Lennox", "Kirsty", N_("Participant, housing officer"),
        N_("Her new arrears letter has become council policy. This week she tries a first visit together with a link "
           "worker."),
        NAMES[CORRA], CORRA, "kirsty.lennox@lagganhomes.example",
    ),
    DemoCard(
        "alan", "Alan Petrie", "Alan", N_("Line manager"),
        N_("He gives Kirsty her days, and sees what she has chosen to show him: no more than that."),
        NAMES[CORRA], CORRA, "alan.petrie@lagganhomes.example",
    ),
    DemoCard(
        "yasmin", "Yasmin Farooq", "Yasmin", N_("Facilitator, four teams of one organisation"),
        N_("Yesterday’s ninety minutes want writing up, and under Safeguarding an experiment waits at the gate."),
        NAMES[CHILDREN], CHILDREN, "yasmin.farooq@childrens-society.example",
    ),
    DemoCard(
        "gwen", "Gwen Pritchard", "Gwen", N_("Administrator, safeguarding lead and operator"),
        N_("She looks after the look, the words and the plugins here, and after the whole instance. Today somebody "
           "needs her yes."),
        NAMES[CHILDREN], CHILDREN, "gwen.pritchard@childrens-society.example",
    ),
    DemoCard(
        "seun", "Seun Adeyemi", "Seun", N_("Analyst at the foundation"),
        N_("He reads what three partners share, side by side: how many of how many, and how sure one can be."),
        NAMES[FOUNDATION], FOUNDATION, "seun.adeyemi@fenwater.example", "/compare/",
    ),
)  # fmt: skip
