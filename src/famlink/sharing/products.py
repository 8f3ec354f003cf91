"""What became of released products: how long they are kept, what stops that, and what calls them back.

Everything here is read from the audit and written to it, so that there is one account of it, and that one is chained.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from famlink.errors import PolicyError, RequestError
from famlink.sharing.audit import lines, record
from famlink.sharing.released import Released
from famlink.sharing.windows import months_before

KEEP_MONTHS = 12
"""How long a product is kept where nothing else is said."""

_WRITTEN, _PURGED, _HELD, _FREED, _RECALLED = (
    "product written",
    "product purged",
    "legal hold",
    "legal hold lifted",
    "product recalled",
)


@dataclass(frozen=True)
class Product:
    """A product as the audit knows it.

    Args:
        request: id of the request.
        folder: where its files were last written.
        files: full path -> SHA-256 of every file of it that no later product has overwritten, in whatever folder.
        records: agency:record_id of every record it shows.
        basis: the basis it was released on.
        written: the day it was written.
        keep_until: last day it is to be kept.
        purged: whether its files were destroyed.
        held: whether a legal hold stops that.
        recalled: why it is not to be relied on; empty where it is.
        together: agency:record_id of records it rests on being one person, person by person.
    """

    request: str
    folder: str
    files: dict[str, str]
    records: frozenset[str]
    basis: str
    written: dt.date
    keep_until: dt.date
    purged: bool = False
    held: bool = False
    recalled: tuple[str, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()

    @property
    def about(self) -> frozenset[str]:
        """Every record it shows or was asked about."""
        return self.records.union(*self.together)

    @property
    def there(self) -> bool:
        """Whether any of its files is still to be accounted for."""
        return bool(self.files) and not self.purged


def unheld(audit: str | Path, files: Iterable[str | Path]) -> None:
    """Refuse to overwrite a file that a legal hold keeps.

    Args:
        audit: the audit file.
        files: the files that are about to be written.

    Raises:
        PolicyError: one of them belongs to a product under a legal hold.
    """
    wanted = {str(Path(file).resolve()) for file in files}
    for one in products(audit):
        if one.held and one.there and wanted & set(one.files):
            raise PolicyError(
                f"{one.folder}: holds the product of request {one.request}, which is under a legal hold; give another folder; nothing was written"
            )


def register(
    audit: str | Path,
    released: Released,
    files: Iterable[str | Path],
    *,
    together: Sequence[Sequence[str]] = (),
    keep_months: int = KEEP_MONTHS,
    day: dt.date | None = None,
) -> str:
    """Write into the audit which files a release became, and until when they are kept.

    Args:
        audit: the audit file.
        released: what they show.
        files: the files, all in one folder.
        together: agency:record_id of records the product rests on being one person.
        keep_months: months to keep them.
        day: the day they were written; None takes today.

    Returns:
        the id of the audit line.

    Raises:
        RequestError: there is no file, they are not in one folder, or the request has no id.
    """
    paths = sorted(Path(file).resolve() for file in files)
    if not released.request.request_id:
        raise RequestError("a product is registered under its request's id, and this request has none")
    if not paths or len({path.parent for path in paths}) != 1:
        raise RequestError("a product is one or more files of one folder")
    day = day or _today()
    shown = sorted(f"{agency}:{key}" for agency, key in released.people.select("agency", "record_id").iter_rows())
    return record(
        audit,
        _WRITTEN,
        {
            "request": released.request.request_id,
            "folder": str(paths[0].parent),
            "files": {path.name: _digest(path) for path in paths},
            "records": shown,
            "together": [list(names) for names in together],
            "basis": released.request.basis,
            "written": day.isoformat(),
            "keep_until": months_before(day, -keep_months).isoformat(),
        },
    )


def products(audit: str | Path) -> list[Product]:
    """Every product the audit knows, in order of first writing.

    A request written again, into the same folder or another, is one product with all its files. A file that a product of
    another request has overwritten is no longer of the first.

    Args:
        audit: the audit file.
    """
    found: dict[str, Product] = {}
    for line in lines(audit):
        details, action = line["details"], line["action"]
        key = details.get("request")
        if action == _WRITTEN:
            new = {str(Path(details["folder"]) / name): digest for name, digest in details["files"].items()}
            for other in found.values():
                kept = {path: digest for path, digest in other.files.items() if path not in new}
                found[other.request] = replace(other, files=kept)
            before = found.get(key)
            found[key] = Product(
                request=key,
                folder=details["folder"],
                files={**(before.files if before and not before.purged else {}), **new},
                records=frozenset(details["records"]),
                basis=details["basis"],
                written=dt.date.fromisoformat(details["written"]),
                keep_until=dt.date.fromisoformat(details["keep_until"]),
                held=before is not None and before.held,
                together=tuple(tuple(names) for names in details.get("together", ())),
            )
        elif key in found and action == _PURGED:
            found[key] = replace(found[key], purged=True)
        elif key in found and action in (_HELD, _FREED):
            found[key] = replace(found[key], held=action == _HELD)
        elif key in found and action == _RECALLED:
            found[key] = replace(found[key], recalled=(*found[key].recalled, str(details["because"])))
    return list(found.values())


def due(audit: str | Path, *, day: dt.date | None = None) -> list[Product]:
    """Products whose time is up, that are neither destroyed nor held.

    Args:
        audit: the audit file.
        day: today, unless another day is asked about.
    """
    day = day or _today()
    return [one for one in products(audit) if one.keep_until < day and one.there and not one.held]


def hold(audit: str | Path, request: str, *, by: str, because: str) -> str:
    """Put a legal hold on a product: it cannot be destroyed until the hold is lifted.

    Args:
        audit: the audit file.
        request: id of the request.
        by: who decided it (a role).
        because: the ground, as a reference: a case number, a letter's date.

    Returns:
        the id of the audit line.

    Raises:
        RequestError: the audit knows no such product.
    """
    product_of(audit, request)
    return record(audit, _HELD, {"request": request, "by": by, "because": because})


def lift(audit: str | Path, request: str, *, by: str, because: str) -> str:
    """Lift a legal hold.

    Args:
        audit: the audit file.
        request: id of the request.
        by: who decided it.
        because: the ground.

    Returns:
        the id of the audit line.

    Raises:
        RequestError: the audit knows no such product.
        PolicyError: it is not held.
    """
    if not product_of(audit, request).held:
        raise PolicyError(f"request {request}: its product is not under a legal hold")
    return record(audit, _FREED, {"request": request, "by": by, "because": because})


def purge(audit: str | Path, request: str, *, by: str) -> dict[str, object]:
    """Destroy a product's files and leave a certificate in the audit.

    Only files the audit registered are removed, and the folder where that leaves it empty. Copies made elsewhere, and
    what a disk or backup keeps of a removed file, are beyond it: the certificate says what was done here.

    Args:
        audit: the audit file.
        request: id of the request.
        by: who had it destroyed (a role).

    Returns:
        the certificate: ``{id, request, by, destroyed, changed, missing}``, files by name, those outside the folder last
        written with their path; ``changed`` are files whose bytes were no longer those written (destroyed too).

    Raises:
        RequestError: the audit knows no such product, it is destroyed already, or a later product has overwritten it.
        PolicyError: it is under a legal hold.
    """
    product = product_of(audit, request)
    if product.held:
        raise PolicyError(
            f"request {request}: its product is under a legal hold; lift the hold first; nothing was destroyed"
        )
    if product.purged:
        raise RequestError(f"request {request}: its product was destroyed already")
    if not product.files:
        raise RequestError(f"request {request}: its files were overwritten by a later product; purge that one")
    there = {name: Path(name) for name in product.files if Path(name).is_file()}
    changed = {name for name, path in there.items() if _digest(path) != product.files[name]}
    for path in there.values():
        path.unlink()
    for folder in sorted({path.parent for path in there.values()}):
        if not any(folder.iterdir()):
            folder.rmdir()

    def named(paths: Iterable[str]) -> list[str]:
        return sorted(Path(path).name if str(Path(path).parent) == product.folder else path for path in paths)

    certificate: dict[str, object] = {
        "request": request,
        "by": by,
        "destroyed": named(there),
        "changed": named(changed),
        "missing": named(set(product.files) - set(there)),
    }
    return {"id": record(audit, _PURGED, certificate), **certificate}


def recall(audit: str | Path, undone: Sequence[tuple[str, str]], *, because: str) -> list[Product]:
    """Call back every product that rests on both records of a link that was undone.

    Args:
        audit: the audit file.
        undone: pairs of agency:record_id that are no longer one person.
        because: the judgement that undid them, as its id.

    Returns:
        the products called back by this, in order of writing; one already recalled for the same reason is left out.
    """
    called = []
    for product in products(audit):
        hit = any(left in product.about and right in product.about for left, right in undone)
        if hit and because not in product.recalled:
            record(audit, _RECALLED, {"request": product.request, "because": because})
            called.append(replace(product, recalled=(*product.recalled, because)))
    return called


def recalled(audit: str | Path) -> list[str]:
    """What the next run says: a sentence for each product that is not to be relied on and still there.

    Args:
        audit: the audit file.
    """
    return [
        f"request {one.request} ({one.written}): a link it rests on was undone ({', '.join(one.recalled)}): "
        "tell who holds it, and make it again"
        for one in products(audit)
        if one.recalled and one.there
    ]


def product_of(audit: str | Path, request: str) -> Product:
    """The product of one request.

    Args:
        audit: the audit file.
        request: id of the request.

    Raises:
        RequestError: the audit knows no such product.
    """
    found = next((one for one in products(audit) if one.request == request), None)
    if found is None:
        raise RequestError(
            f"request {request!r} has no product in the audit {audit}; give the id printed on the product"
        )
    return found


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
