"""Forenames and surnames go together, by language, faith and where families come from; and a forename tells the sex.

Fellegi and Sunter's weights add what a forename and a surname say, as if the two were drawn apart. Among people whose
names come from one small group the same full name is far commoner than that. Groups of names are learnt from the hub's
own records, without a list of names: a forename belongs to the groups its bearers' surnames belong to, and the reverse.

Source: an aspect model of pairs (Hofmann 1999, "Probabilistic latent semantic indexing"), fitted by EM from a spectral
start (Dhillon 2001, "Co-clustering documents and words using bipartite spectral graph partitioning").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from famlink.linkage.encoding import Encoded
from famlink.linkage.model import NameGroups
from famlink.texts import text_hashes

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Fit = tuple[Floats, Floats, Floats]

GROUPS = 16
ENOUGH = 2_000
"""Different people (by forename, surname and date of birth) below whom no groups are learnt."""
SAMPLE = 150_000
ROUNDS = 10
PSEUDO = 2.0
"""People that the usual mix of groups counts for beside a name's own."""
COOLING = 0.8
"""Exponent of the responsibilities: below one it keeps a group from being made of a few people's names."""
STEPS = 255
"""Shares are kept in as many steps, two hex digits each."""
FEW = 5.0
"""People who count beside those seen as if names went together by chance."""
HOLDS = 0.6
"""A group is kept where at least this part of what it says (in bits) holds among the half it was not learnt from."""
LEAST = 3
"""Records that must have a name for it to be kept."""


def learn_groups(encoded: Encoded) -> NameGroups | None:
    """Learn which names go together.

    Args:
        encoded: the records.

    Returns:
        the groups; None where the records have no names or too few people. Where no group holds among people it was not
        learnt from, all names are of one.
    """
    if not {"forename", "surname"} <= set(encoded.columns):
        return None
    one, other = encoded.codes("forename"), encoded.codes("surname")
    born = encoded.codes("date_of_birth") if "date_of_birth" in encoded.columns else np.full(len(one), -1)
    seen = np.flatnonzero((one >= 0) & (other >= 0) & (encoded.frame["origin"] == "given").to_numpy())
    people = np.unique(np.stack([one[seen], other[seen], born[seen]], axis=1), axis=0).astype(np.int64)
    people = people[:: max(1, -(-len(people) // SAMPLE))]
    if len(people) < ENOUGH:
        return None
    # Names share one dictionary with former and other names, of which few are anybody's forename or surname here.
    held, codes = zip(*(np.unique(people[:, side], return_inverse=True) for side in (0, 1)), strict=True)
    people[:, 0], people[:, 1] = codes
    forename, surname = people[:, 0], people[:, 1]
    sizes = len(held[0]), len(held[1])
    # A full name is wholly in one half, so that nobody is tried on what they taught themselves.
    tried = _mixed(held[0][forename] * len(encoded.dictionaries["surname"]) + held[1][surname]) & np.uint64(1) == 1
    taught = ~tried
    belongs = np.zeros((int(taught.sum()), GROUPS))
    belongs[np.arange(len(belongs)), _start(forename[taught], surname[taught], sizes)[forename[taught]]] = 1.0
    half = _fitted(forename[taught], surname[taught], sizes, belongs)
    kept = _holding(half, people[taught], people[tried])
    joined = np.concatenate([_belongs(half, forename, surname)[:, kept], np.zeros((len(people), 1))], axis=1)
    joined[:, -1] = np.maximum(1.0 - joined.sum(axis=1), 0.0)
    shares, of_forename, of_surname = _fitted(forename, surname, sizes, joined)
    return NameGroups(
        shares=tuple(float(share) for share in shares),
        forenames=_kept(encoded, "forename", _of_all(encoded, "forename", held[0], of_forename, shares)),
        surnames=_kept(encoded, "surname", _of_all(encoded, "surname", held[1], of_surname, shares)),
        sexes=_sexes(encoded),
    )


def _of_all(encoded: Encoded, field: str, held: Ints, shares: Floats, usual: Floats) -> Floats:
    """The shares of every value of a field: a name nobody was seen with has the usual mix."""
    out = np.tile(usual, (len(encoded.dictionaries[field]), 1))
    out[held] = shares
    return out


def _holding(fit: Fit, taught: Ints, tried: Ints) -> NDArray[np.bool_]:
    """Which groups hold among people they were not learnt from; the others are put together."""
    ours, theirs = (_meetings(fit, people) for people in (taught, tried))
    return np.asarray((theirs > 0.0) & (theirs >= HOLDS * ours), dtype=np.bool_)


def _meetings(fit: Fit, people: Ints) -> Floats:
    """For each group, in bits, how much more often than by chance its forenames meet its own surnames."""
    table = fit[1][people[:, 0]].T @ fit[2][people[:, 1]]
    chance = table.sum(axis=1) * table.sum(axis=0) / table.sum()
    return np.asarray(np.log2((np.diag(table) + FEW) / (chance + FEW)), dtype=np.float64)


def _mixed(numbers: Ints) -> NDArray[np.uint64]:
    """Numbers mixed so that any bit halves them at random (splitmix64's last steps)."""
    x = numbers.astype(np.uint64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)), dtype=np.uint64)


def _start(forename: Ints, surname: Ints, sizes: tuple[int, int]) -> Ints:
    """A first group for every forename: names that meet the same surnames lie near each other in the leading directions."""
    from scipy.cluster.vq import kmeans2
    from scipy.sparse import csr_matrix, diags
    from scipy.sparse.linalg import svds

    table = csr_matrix((np.ones(len(forename)), (forename, surname)), shape=sizes)
    rows, columns = np.bincount(forename, minlength=sizes[0]), np.bincount(surname, minlength=sizes[1])
    scaled = (
        diags(1.0 / np.sqrt(rows + rows[rows > 0].mean()))
        @ table
        @ diags(1.0 / np.sqrt(columns + columns[columns > 0].mean()))
    )
    directions = svds(scaled, k=GROUPS, v0=np.ones(min(sizes)), return_singular_vectors="u")[0]
    directions = directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-12)
    common = rows >= np.median(rows[rows > 0])
    centres, _ = kmeans2(directions[common], GROUPS, minit="++", seed=1, iter=50)
    return np.asarray(((directions[:, None, :] - centres[None]) ** 2).sum(axis=2).argmin(axis=1), dtype=np.int64)


def _fitted(forename: Ints, surname: Ints, sizes: tuple[int, int], belongs: Floats) -> Fit:
    """Share of each group, and of the groups in each forename and each surname."""
    for _ in range(ROUNDS):
        shares = belongs.mean(axis=0) + 1e-6
        shares /= shares.sum()
        fit = (
            shares,
            *(_smoothed(codes, n, belongs, shares) for codes, n in zip((forename, surname), sizes, strict=True)),
        )
        belongs = _belongs(fit, forename, surname)
    return fit


def _belongs(fit: Fit, forename: Ints, surname: Ints) -> Floats:
    shares, of_forename, of_surname = fit
    belongs = (of_forename[forename] * of_surname[surname] / shares) ** COOLING
    return np.asarray(belongs / belongs.sum(axis=1, keepdims=True), dtype=np.float64)


def _smoothed(codes: Ints, size: int, belongs: Floats, shares: Floats) -> Floats:
    counted = np.stack([np.bincount(codes, weights=column, minlength=size) for column in belongs.T], axis=1)
    people = np.bincount(codes, minlength=size)[:, None]
    return np.asarray((counted + PSEUDO * shares) / (people + PSEUDO), dtype=np.float64)


def _sexes(encoded: Encoded) -> dict[str, str]:
    """How often two bearers of a forename are of one sex."""
    if "sex" not in encoded.columns:
        return {}
    names, sexes = encoded.codes("forename"), encoded.codes("sex")
    kinds = len(encoded.dictionaries["sex"])
    known = (names >= 0) & (sexes >= 0)
    cells = names[known].astype(np.int64) * kinds + sexes[known]
    counted = np.bincount(cells, minlength=len(encoded.dictionaries["forename"]) * kinds).reshape(-1, kinds)
    usual = counted.sum(axis=0) / max(counted.sum(), 1)
    shares = (counted + PSEUDO * usual) / (counted.sum(axis=1, keepdims=True) + PSEUDO)
    return _kept(encoded, "forename", (shares**2).sum(axis=1, keepdims=True))


def _kept(encoded: Encoded, field: str, shares: Floats) -> dict[str, str]:
    often = np.flatnonzero(encoded.counts(field) >= LEAST)
    hashes = text_hashes(encoded.dictionaries[field].gather(often))
    steps = np.rint(shares[often] * STEPS).astype(np.uint8)
    return {f"{int(hashes[i]):016x}": steps[i].tobytes().hex() for i in np.argsort(hashes, kind="stable")}


def group_shares(encoded: Encoded, field: str, groups: NameGroups) -> NDArray[np.float32]:
    """Code x group: the share of each group in a name, over the root of the group's own share.

    A forename's row and a surname's, multiplied and summed, say how many times as often as by chance they go together.

    Args:
        encoded: the records.
        field: ``forename`` or ``surname``.
        groups: the model's.

    Returns:
        one row a code; a name the model does not know has the usual mix.
    """
    known = groups.forenames if field == "forename" else groups.surnames
    usual = np.array(groups.shares)
    rows, hit = _found(encoded, field, known)
    out = np.tile(np.sqrt(usual), (len(hit), 1))
    out[hit] = rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-9) / np.sqrt(usual)
    return out.astype(np.float32)


def one_sex(encoded: Encoded, groups: NameGroups, *, usual: float) -> Floats:
    """For each forename code the probability that two bearers are of one sex.

    Args:
        encoded: the records.
        groups: the model's.
        usual: the same of any two people, for a forename the model does not know.

    Returns:
        one probability a code.
    """
    rows, hit = _found(encoded, "forename", groups.sexes)
    out = np.full(len(hit), usual)
    out[hit] = rows.reshape(-1)
    return out


def _found(encoded: Encoded, field: str, known: dict[str, str]) -> tuple[Floats, NDArray[np.bool_]]:
    """What is kept of those values of a field that are known, and which they are."""
    dictionary = encoded.dictionaries[field]
    if not known or not len(dictionary):
        return np.zeros((0, 1)), np.zeros(len(dictionary), dtype=np.bool_)
    keys = np.fromiter((int(text, 16) for text in known), dtype=np.uint64)
    rows = np.frombuffer(bytes.fromhex("".join(known.values())), dtype=np.uint8).reshape(len(keys), -1) / STEPS
    order = np.argsort(keys)
    hashes = text_hashes(dictionary)
    place = np.minimum(np.searchsorted(keys[order], hashes), len(keys) - 1)
    hit = keys[order][place] == hashes
    return rows[order][place[hit]], np.asarray(hit, dtype=np.bool_)
