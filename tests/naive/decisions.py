"""Reviewed decisions (part 5): approved adjustments add, drop and re-code lines; approved exceptions take hardware out of the index."""

import hashlib
from collections import Counter
from datetime import date
from decimal import Decimal

from lines import Line, one_class_per_sku
from plan import base_sku

# Texts of a line that an adjustment may give anew, as the table and the line name them.
TEXTS = ("invoice", "purchase_order", "sales_order", "end_customer", "certificate")


class AdjustmentsFile:
    """The table of adjustments as a file: it counts the lines that it adds."""

    def __init__(self, path):
        self.path, self.counts = path, Counter()


def adjust(plan, reference, files, sales):
    """The lines that approved adjustments add, and what each does: id → [dropped line or None, added line or None]. A dropped line is
    marked; repeats have been found among the feeds' lines before, and an added line is never one."""
    table = plan.table("adjustments")
    effects = {}
    if "adjustments" not in plan.reference:
        return [], effects
    file = AdjustmentsFile(plan.reference["adjustments"])
    of_record = {(line.file, line.record): line for line in sales}
    added = []
    for row, adjustment in enumerate(table, start=1):
        if not adjustment["approver"]:
            continue
        dropped, new = None, None
        if adjustment["action"] != "add":
            dropped = of_record[path_of(adjustment, files), int(adjustment["record_number"])]
            if dropped.is_duplicate:
                raise SystemExit(f"adjustment {adjustment['adjustment_id']} drops a repeat")
            dropped.adjustment, dropped.is_dropped = adjustment["adjustment_id"], True
        if adjustment["action"] != "drop":
            new = added_line(adjustment, dropped, reference, file.path, row)
            added.append(new)
        effects[adjustment["adjustment_id"]] = [dropped, new]
    file.counts["incoming"] = file.counts["accepted"] = len(added)
    files.append(file)
    one_class_per_sku(sales + added)
    return added, effects


def path_of(adjustment, files):
    """The one file of the feed whose path ends as the adjustment says, with the content that was reviewed."""
    found = [
        file
        for file in files
        if file.feed["id"] == adjustment["feed_id"] and f"/{file.path}".endswith(f"/{adjustment['file_path']}")
    ]
    if len(found) != 1 or not hashlib.sha256(found[0].data).hexdigest().startswith(adjustment["file_sha256"].lower()):
        raise SystemExit(f"adjustment {adjustment['adjustment_id']} names no file as it was reviewed")
    return found[0].path


def added_line(adjustment, old, reference, path, row):
    """The line of an `add` or `recode`: an empty value is the record's, where there is one."""

    def value(name, read, attribute):
        return read(adjustment[name]) if adjustment[name] else getattr(old, attribute)

    texts = {name: adjustment[name] or (getattr(old, name) if old else "") for name in TEXTS}
    when = value("date", date.fromisoformat, "date")
    currency = value("currency", str, "currency")
    source_amount = value("amount", lambda text: int(Decimal(text) * 100), "source_amount")
    cells = [cell.strip().upper() for cell in adjustment["serials"].split("|")]
    serials = tuple(sorted(set(cells) - {""})) if adjustment["serials"] else (old.serials if old else ())
    if adjustment["sku"]:
        sku = base_sku(adjustment["sku"])
        found_by, (kind, category, is_post_warranty) = reference.classify(sku, "", "", "")
    else:
        sku, found_by = old.sku, old.found_by
        kind, category, is_post_warranty = old.kind, old.category, old.is_post_warranty
    line = Line(
        **texts,
        quantity=value("quantity", int, "quantity"),
        amount=reference.in_reporting_currency(source_amount, currency, when),
        source_amount=source_amount,
        currency=currency,
        date=when,
        serials=serials,
        partner=value("partner_id", str, "partner"),
        sku=sku,
        found_by=found_by,
        kind=kind,
        category=category,
        is_post_warranty=is_post_warranty,
        # The last of all feeds in the order of lines.
        feed="\uffff",
        priority=0,
        file=path,
        record=row,
    )
    line.adjustment, line.is_added = adjustment["adjustment_id"], True
    return line


def find_exceptions(plan, lines):
    """Gives each hardware or service line the first exception by id that takes it out, else None."""
    by_partner = {}
    for row in sorted(plan.table("exceptions"), key=lambda row: row["exception_id"]):
        by_partner.setdefault(row["partner_id"], []).append(row)
    for line in lines:
        if line.kind in ("hardware", "service"):
            hits = (row["exception_id"] for row in by_partner.get(line.partner, []) if takes_out(row, line))
            line.exception = next(hits, None)


def takes_out(row, line):
    """Whether an exception of the line's partner holds for it: its days, ends included, and its scope."""
    first, last = row["valid_from"] or "0001-01-01", row["valid_to"] or "9999-12-31"
    if not first <= line.date.isoformat() <= last:
        return False
    if row["scope"] == "deal":
        return row["value"] in (line.purchase_order, line.sales_order)
    values = {"invoice": line.invoice, "customer": line.end_customer, "category": line.category, "partner": ""}
    return row["value"] == values[row["scope"]]


def exception_sums(plan, lines, attachments):
    """id → status and the period's lines, units and money that an exception takes out of the index."""
    sums = {row["exception_id"]: Counter() for row in plan.table("exceptions")}
    for line in lines:
        if line.kind == "hardware" and line.exception and plan.period_from <= line.date <= plan.period_to:
            sums[line.exception].update(lines=1, hardware_units=line.net_units, hardware_amount=line.net_amount)
    for a in attachments:
        if a.hardware.exception and plan.period_from <= a.hardware.date <= plan.period_to:
            sums[a.hardware.exception].update(attached_units=a.units(), services_amount=a.amount)
    return {
        row["exception_id"]: (exception_status(row, sums[row["exception_id"]], plan), sums[row["exception_id"]])
        for row in plan.table("exceptions")
    }


def exception_status(row, sums, plan):
    """What became of an exception: `applied`, `expired` before the period, `not_yet` valid in it, else `unused`."""
    if sums["lines"]:
        return "applied"
    if row["valid_to"] and row["valid_to"] < plan.period_from.isoformat():
        return "expired"
    if row["valid_from"] and row["valid_from"] > plan.period_to.isoformat():
        return "not_yet"
    return "unused"
