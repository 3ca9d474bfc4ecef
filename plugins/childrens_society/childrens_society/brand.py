"""How the partner looks: hopeful blue and orange, rounded letters. Invented for the kit, until the partner says so."""

from __future__ import annotations

from systems_changers.toolkit import Brand, Colours

FONT = (
    'ui-rounded, "SF Pro Rounded", Nunito, "Varela Round", "Arial Rounded MT Bold", "Segoe UI", system-ui, sans-serif'
)
BRAND = Brand(
    name="The Children's Society",
    tagline="Hope is something you do",
    mark="CS",
    light=Colours(
        main="#20409a",
        on_main="#ffffff",
        accent="#e06a00",
        on_accent="#1f1000",
        paper="#fdfbf5",
        ink="#1c2238",
        soft="#e9eefb",
    ),
    dark=Colours(
        main="#2a4bb0",
        on_main="#ffffff",
        accent="#ffb347",
        on_accent="#221400",
        paper="#11141f",
        ink="#e9edf9",
        soft="#1f2638",
    ),
    head_font=FONT,
    body_font=FONT,
    radius="18px",
    invented=True,
)
