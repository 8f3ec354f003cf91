"""The reference page of event kinds, written from the crosswalk itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from famlink.vocabulary.events import STAGES, Crosswalk, crosswalk, sources, unread

_SAID_OF_STAGE = {
    "happening": "something that happened to people; accounts of one happening by several agencies are one incident",
    "account": "an agency was told of something, or treated somebody; it goes with whatever happened",
    "response": "what an agency then did; it follows an incident as its consequence, and is never the same event",
    "routine": "the ordinary course of a service or a life; never grouped",
    "unmapped": "a word the crosswalk does not know; kept as said, reported by `famlink check`, grouped only on strong evidence",
}


def events_page(table: Crosswalk | None = None) -> str:
    """Write the reference page of a crosswalk.

    Args:
        table: the crosswalk; the shipped one by default.

    Returns:
        Markdown: how words are read, the kinds with theme, stage and policy category, and every word that means each.

    Example:
        >>> events_page().splitlines()[0]
        '# Event kinds'
    """
    table = table or crosswalk()
    lines = [
        "# Event kinds",
        "",
        f"Version {table.version}. Agencies name the same thing in many words; this table maps their words and codes to a small shared",
        "vocabulary. The agency's own word is always kept and printed beside the kind. The words are `events.toml` in",
        "`famlink.vocabulary`; a partnership adds its own in a file of the same shape",
        "(key `crosswalk` of `[events]` in hub.toml), where its meaning of a word wins.",
        "",
        "```toml",
        'version = "northshire 1"',
        "[words]",
        'missing = ["code zulu"]          # a kind of the table: more words for it',
        "```",
        "",
        "## How a category is read",
        "",
        "Case, accents, spaces and punctuation do not matter. A category listed whole has its kind. Otherwise the phrases inside it",
        "are read: a response first, then an account that does not yield, a happening, an account that yields, a routine word.",
        "So `Contact - domestic abuse` is domestic abuse, `Referral - neglect` is a referral with the theme neglect, and an A&E",
        "attendance stays one. Anything else is `unmapped`.",
        "",
        "What a word means may depend on who says it: an `Admission` is to a hospital, and from a school to the school. The words of an",
        "agency's [policy holder](hub-toml.md) are read first ([below](#words-that-depend-on-the-agency)), then those of everybody.",
        "",
        "| stage | what it is |",
        "|---|---|",
        *(f"| {stage} | {_SAID_OF_STAGE[stage]} |" for stage in STAGES),
        "",
        "## Kinds",
        "",
        "Kinds of one family may be accounts of one happening; `any` goes with every family. *Lifelong* kinds are never hidden by a",
        "relevance window; *key* kinds are in the chronology of key events. The policy category is the word a sharing policy names.",
        "",
        "| kind | meaning | theme | stage | family | policy category | |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in table.kinds.values():
        marks = ", ".join(
            word for word, said in (("lifelong", kind.lifelong), ("key", kind.key), ("yields", kind.yields)) if said
        )
        lines.append(
            f"| `{kind.name}` | {kind.meaning} | {kind.theme} | {kind.stage} | {kind.family} | `{kind.policy}` | {marks} |"
        )
    lines += [
        "",
        "## Codes and words of art, by where they come from",
        "",
        "What a source means by them, as this table reads them. A code listed here is read alone, not inside a sentence.",
        "",
        "| source | words and codes |",
        "|---|---|",
        *(f"| {source.name} | {_by_kind(table, source.words)} |" for source in sources()),
        "",
        "Left unread on purpose, because a wrong reading would be worse than none; `[events] crosswalk` says what yours mean:",
        "",
        *(f"- `{code}`: {why}" for code, why in unread().items()),
        "",
        "## Words",
        "",
        "Every word of the table, in plain form; those of no source above are what agencies' exports use. Words marked * mean their kind only where they are the whole category.",
        "",
    ]
    words: dict[str, list[str]] = defaultdict(list)
    for word, kind_name in table.words.items():
        words[kind_name].append(word)
    for word, kind_name in table.whole.items():
        words[kind_name].append(f"{word}*")
    lines += ["| kind | words and codes |", "|---|---|"]
    lines += [f"| `{name}` | {', '.join(sorted(words[name]))} |" for name in table.kinds if words[name]]
    lines += ["", "## Words that depend on the agency", ""]
    lines += [
        "From agencies of the holder at the left they mean what stands there, and from any other what the table above says. A word that",
        "stands above without * is read so inside longer categories too; any other only as the whole category. A partnership adds its own",
        'under `[holder.education]` and so on: `school-start = ["admission"]`. Its own `[words]` win over all of these.',
        "",
    ]
    lines += ["| holder | words and codes |", "|---|---|"]
    lines += [f"| {holder} | {_meant(own)} |" for holder, own in table.by_holder.items()]
    lines += ["", "## Words inside descriptions", ""]
    lines += [
        "Beginnings of words that point to a family when two accounts are compared. They are evidence, never a category.",
        "",
    ]
    lines += ["| family | beginnings |", "|---|---|"]
    lines += [
        f"| {family} | {', '.join(sorted(text.strip() for text in said))} |"
        for family, said in sorted(table.mentions.items())
    ]
    lines += ["", "## Families one happening may be told as", ""]
    lines += [
        "It is no evidence that two accounts are one, only none against it: what the events show of two agencies' categories decides.",
        "",
    ]
    lines += ["| family | may also be told as |", "|---|---|"]
    lines += [f"| {family} | {', '.join(others)} |" for family, others in table.near.items()]
    return "\n".join(lines) + "\n"


def _meant(own: Mapping[str, str]) -> str:
    """``kind``: a holder's words for it; the next kind: its words."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for word, kind in own.items():
        kinds[kind].append(word)
    return "; ".join(f"`{kind}`: {', '.join(sorted(said))}" for kind, said in sorted(kinds.items()))


def _by_kind(table: Crosswalk, words: tuple[str, ...]) -> str:
    """``kind``: its words; the next kind: its words."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for word in words:
        kinds[table.read(word).kind].append(word)
    return "; ".join(f"`{kind}`: {', '.join(said)}" for kind, said in kinds.items())
