"""Addresses and postcodes of a made-up county, well formed and in postcode areas that do not exist (NS, WT)."""

from __future__ import annotations

import numpy as np
import polars as pl

from famlink.synthetic.dice import Dice, Ints

INWARD = "ABDEFGHJLNPQRSTUWXYZ"
"""Letters that may end a postcode (no C I K M O V)."""
TOWN_LIST = (
    "Northbridge", "Aldersea", "Castle Merrow", "Wetherham", "Stonegate", "Ellerby", "Harrowfield", "Milnthorpe Green",
    "Rushby", "Saltmarsh", "Upper Denby", "Carrick Ford", "Owlerton", "Fennwick", "Kingsmoor", "Westcliffe",
)  # fmt: skip
STREETS = [
    "High",
    "Station",
    "Church",
    "Victoria",
    "Park",
    "Mill",
    "Green",
    "School",
    "Albert",
    "King",
    "Queen",
    "York",
    "Manor",
    "Grange",
    "Chapel",
    "North",
    "South",
    "West",
    "East",
    "New",
    "Windsor",
    "Alexandra",
    "Springfield",
    "Richmond",
    "London",
    "Castle",
    "Meadow",
    "Bridge",
    "Hill",
    "Oak",
    "Elm",
    "Ash",
    "Beech",
    "Cedar",
    "Chestnut",
    "Poplar",
    "Willow",
    "Hawthorn",
    "Laburnum",
    "Maple",
    "Rowan",
    "Sycamore",
    "Larch",
    "Holly",
    "Hazel",
    "Lime",
    "Orchard",
    "Garden",
    "Priory",
    "Abbey",
    "Nelson",
    "Wellington",
    "Cromwell",
    "Stanley",
    "Clarence",
    "Cambridge",
    "Oxford",
    "Lincoln",
    "Durham",
    "Norfolk",
    "Suffolk",
    "Sussex",
    "Kent",
    "Surrey",
    "Devon",
    "Cornwall",
    "Dorset",
    "Somerset",
    "Canal",
    "Wharf",
    "Foundry",
    "Factory",
    "Railway",
    "Market",
    "Tower",
    "Bishop",
    "Dean",
    "Canon",
    "Vicarage",
    "Rectory",
    "Farm",
    "Field",
    "Moor",
    "Heath",
    "Valley",
    "Brook",
]
KINDS = (
    "Road",
    "Street",
    "Avenue",
    "Close",
    "Lane",
    "Drive",
    "Crescent",
    "Gardens",
    "Terrace",
    "Way",
    "Court",
    "Grove",
)
HOMES_A_POSTCODE = 5
"""Homes of recorded families; with the neighbours nobody records that makes the usual fifteen."""
FEWEST_POSTCODES = 480


def _units(homes: int) -> int:
    return max(FEWEST_POSTCODES, homes // HOMES_A_POSTCODE)


def units_of(dice: Dice, household: Ints, slot: int, homes: int) -> Ints:
    """The postcode unit of a household's address number ``slot``: three moves in five stay within the outcode."""
    units = _units(homes)
    unit = dice.below("unit 0", household, units)
    width = max(units // 16, 3)
    for step in range(1, slot + 1):
        near = (unit // width) * width + dice.below(f"unit near {step}", household, width)
        far = dice.below(f"unit far {step}", household, units)
        unit = np.where(dice.chance(f"moves near {step}", household, 0.6), np.minimum(near, units - 1), far)
    return unit


def written(dice: Dice, unit: Ints, number: Ints, homes: int) -> pl.DataFrame:
    """Write addresses out.

    Args:
        dice: the world's dice.
        unit: postcode unit of each address.
        number: house number within its street; above 1000 a flat.
        homes: how many homes the county has.

    Returns:
        address, postcode, uprn: one row each.
    """
    width = max(_units(homes) // 16, 3)
    district = np.minimum(unit // width, 15)
    place = unit - district * width
    area = pl.Series(["NS", "WT"]).gather(pl.Series(district % 2))
    inward = (
        pl.Series((place // 300 % 9) + 1).cast(pl.String)
        + pl.Series(list(INWARD)).gather(pl.Series(place // 20 % 15))
        + pl.Series(list(INWARD)).gather(pl.Series(place % 20))
    )
    outward = area + pl.Series(district // 2 + 1 + place // 2700 * 8).cast(pl.String)
    street_id = unit // 2
    street = pl.Series(STREETS).gather(pl.Series(dice.below("street", street_id, len(STREETS))))
    kind = pl.Series(list(KINDS)).gather(pl.Series(dice.below("street kind", street_id, len(KINDS))))
    town = pl.Series(list(TOWN_LIST)).gather(pl.Series(district))
    flat = number > 1000
    house = pl.select(
        pl.when(pl.Series(flat))
        .then(
            pl.lit("Flat ")
            + pl.Series(number % 1000 % 12 + 1).cast(pl.String)
            + ", "
            + pl.Series(number % 1000 // 12 + 1).cast(pl.String)
        )
        .otherwise(pl.Series(number).cast(pl.String))
    ).to_series()
    return pl.DataFrame(
        {
            "address": house + " " + street + " " + kind + ", " + town,
            "postcode": outward + " " + inward,
            "uprn": pl.Series(100_000_000_000 + unit * 4096 + number).cast(pl.String),
        }
    )
