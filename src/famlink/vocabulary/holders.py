"""Policy holders: whose information a source holds, and the names agencies are commonly given in hub.toml."""

from __future__ import annotations

import re
from types import MappingProxyType

HOLDERS = (
    "social-care",
    "early-help",
    "education",
    "police",
    "justice",
    "adult-social-care",
    "housing",
    "health",
    "restricted-health",
)
"""Every policy holder; policy rules name these."""

ALIASES = MappingProxyType(
    {
        alias: holder
        for holder, aliases in {
            "social-care": (
                "csc",
                "cscs",
                "childrens-social-care",
                "children-social-care",
                "childrens-services",
                "social-work",
                "mash",
                "ssd",
            ),
            "early-help": (
                "eh",
                "childrens-centre",
                "children-centre",
                "childrens-centres",
                "family-hub",
                "family-hubs",
                "family-support",
                "youth-service",
            ),
            "education": (
                "school",
                "schools",
                "school-census",
                "academy",
                "college",
                "nursery",
                "education-welfare",
                "admissions",
                "send",
            ),
            "police": ("niche", "constabulary"),
            "justice": ("probation", "youth-justice", "yot", "yos", "prison", "hmpps", "delius", "courts"),
            "adult-social-care": ("asc", "adults", "adult-care", "adult-services"),
            "housing": (
                "council-tax",
                "benefits",
                "housing-benefit",
                "revenues",
                "revs-and-bens",
                "homelessness",
                "district",
            ),
            "health": (
                "gp",
                "acute",
                "community",
                "nhs",
                "hospital",
                "midwifery",
                "maternity",
                "health-visiting",
                "community-health",
                "primary-care",
            ),
            "restricted-health": ("sexual-health", "camhs", "mental-health", "substance-misuse"),
        }.items()
        for alias in (holder, *aliases)
    }
)
"""Agency names as they are commonly written -> policy holder. Compared in lower case, apostrophes dropped, words joined
by a hyphen."""


def holder_of(agency: str, given: str | None = None) -> str | None:
    """Find the policy holder of an agency.

    Args:
        agency: the agency's short name.
        given: the holder hub.toml gives, which wins where it is a known one.

    Returns:
        the holder, or None where neither says: its rows link, and are withheld from products.

    Example:
        >>> holder_of("childrens_social_care"), holder_of("Council Tax"), holder_of("anything", "police")
        ('social-care', 'housing', 'police')
        >>> holder_of("fire service") is None
        True
    """
    if given is not None:
        return given if given in HOLDERS else ALIASES.get(_plain(given))
    return ALIASES.get(_plain(agency))


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "-", re.sub(r"['\u2019]", "", name.strip().lower()))
