"""How the partner looks: deep green, serif heads. Invented for the kit, until the partner says otherwise."""

from __future__ import annotations

from systems_changers.toolkit import Brand, Colours

BRAND = Brand(
    name="Corra",
    tagline="Alongside people and places",
    mark="Co",
    light=Colours(
        main="#17453a",
        on_main="#fdf7ea",
        accent="#a8431a",
        on_accent="#ffffff",
        paper="#faf6ed",
        ink="#1f2a25",
        soft="#ebeee0",
    ),
    dark=Colours(
        main="#1d5345",
        on_main="#f7f1e2",
        accent="#f2a878",
        on_accent="#2b1206",
        paper="#121915",
        ink="#eee8da",
        soft="#202c26",
    ),
    head_font='"Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif',
    body_font='Seravek, "Gill Sans Nova", Candara, "Trebuchet MS", system-ui, sans-serif',
    radius="6px",
    invented=True,
)
