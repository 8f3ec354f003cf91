"""An evaluation as plain text for a terminal."""

from __future__ import annotations

from typing import Any


def render_text(result: dict[str, Any]) -> str:
    """Lay an evaluation out as text.

    Args:
        result: from :func:`famlink.linkage.evaluation.score.evaluate`.

    Returns:
        lines of text.

    Example:
        >>> three = {"precision": 1.0, "recall": 0.5, "f1": 0.666667}
        >>> print(render_text({"records": 4, "pairs": three, "b3": three, "mixes_relatives": 0, "groups": []}))
        4 records
                     precision   recall       F1
        pairs           1.0000   0.5000   0.6667
        B-cubed         1.0000   0.5000   0.6667
        0 clusters mix relatives
    """
    spans = result.get("intervals") or {}
    people = result.get("people")
    head = f"{result['records']:,} records"
    if people:
        head += f": {people['true']:,} true people, {people['found']:,} found"
    lines = [head, f"{'':<12} precision   recall       F1" + ("   (95% interval of F1)" if spans else "")]
    lines += [_line(name, result[key], spans.get(key)) for name, key in (("pairs", "pairs"), ("B-cubed", "b3"))]
    lines.append(_mixes(result))
    if "lost" in result:
        lost = result["lost"]
        lines.append(
            f"true pairs {lost['true_pairs']:,}: found {lost['found']:,}, lost before scoring {lost['before_scoring']:,}, "
            f"lost at scoring {lost['at_scoring']:,} (in review {lost['of_which_in_review']:,})"
        )
    if "relations" in result:
        told = result["relations"]
        parts = told.get("wrong_of_one_person")
        apart = f" ({parts:,} of them between parts of one person left apart)" if parts else ""
        stated = f", {told['missing_stated']:,} of them stated by an agency" if told.get("missing_stated") else ""
        lines.append(
            f"relations: {told['right']:,} right, {told['wrong']:,} wrong{apart}, {told['missing']:,} missing{stated} "
            f"(precision {told['precision']:.4f}, recall {told['recall']:.4f})"
        )
    if "incidents" in result:
        told = result["incidents"]
        lines.append(
            f"incidents: {told['events']:,} events, {told['true_incidents']:,} true, {told['found_incidents']:,} found "
            f"(pairs precision {told['pairs']['precision']:.4f}, recall {told['pairs']['recall']:.4f})"
        )
        if "repetitions" in told:
            again = told["repetitions"]
            lines.append(
                f"repetitions: {again['told']:,} told beside what they repeat, {again['merged']:,} merged with it ({again['share']:.2%})"
            )
    return "\n".join(lines + _calibration(result.get("calibration", [])) + _groups(result["groups"]))


def _line(name: str, three: dict[str, float], span: dict[str, list[float]] | None) -> str:
    text = f"{name:<12}{three['precision']:>10.4f}{three['recall']:>9.4f}{three['f1']:>9.4f}"
    return text + (f"   ({span['f1'][0]:.4f} to {span['f1'][1]:.4f})" if span else "")


def _mixes(result: dict[str, Any]) -> str:
    count = result["mixes_relatives"]
    text = f"{count:,} {'cluster mixes' if count == 1 else 'clusters mix'} relatives"
    kinds = result.get("mixes", {})
    if "twins" in kinds:
        text += f" (twins {kinds['twins']:,}, other siblings {kinds['siblings'] - kinds['twins']:,}, "
        text += f"parent and child {kinds['parent_child']:,})"
    if "strangers" in kinds:
        text += f"; {kinds['strangers']:,} mix strangers"
    return text


def _calibration(bins: list[dict[str, Any]]) -> list[str]:
    if not bins:
        return []
    lines = ["", "match probability           pairs     said     true   true less said"]
    for one in bins:
        text = f"   {one['from']:.1f} to {one['to']:.1f}{one['pairs']:>19,}{one['said']:>9.3f}{one['true']:>9.3f}"
        lines.append(f"{text}{one['true'] - one['said']:>+17.3f}")
    return lines


def _groups(groups: list[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    by = None
    for group in groups:
        if group["by"] != by:
            by = group["by"]
            lines += ["", f"by {by:<22}  records precision   recall       F1    B3 F1"]
        pairs = group["pairs"]
        lines.append(
            f"   {group['group']:<22}{group['records']:>9,}{pairs['precision']:>10.4f}{pairs['recall']:>9.4f}"
            f"{pairs['f1']:>9.4f}{group['b3']['f1']:>9.4f}"
        )
    return lines
