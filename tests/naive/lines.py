"""Records to lines: the contract of each field, partner, currency and product; and the order of lines."""

import re
from collections import Counter

from plan import base_sku
from read import day, files_of, records_of, scaled, settle_files

MAX_UNITS = 10_000_000
MAX_CENTS = 1_000_000_000_000
# What a spreadsheet or a data frame makes of an identifier of digits.
ALTERED = re.compile(r"[0-9]+([.,][0-9]*)?[Ee]\+[0-9]+|[0-9]+\.0")
IDENTIFIERS = ("location", "invoice", "sku", "purchase_order", "sales_order", "end_customer", "certificate")


class Line:
    """One accepted sale line or registration. Money is in cents of the reporting currency."""

    def __init__(self, **values):
        self.__dict__.update(values)
        self.is_duplicate = self.is_dropped = self.is_added = False
        self.adjustment = self.exception = None
        # What returns leave of the line, and the serials that registrations give to it.
        self.net_units, self.net_amount, self.net_serials = self.quantity, self.amount, list(self.serials)
        self.given_serials = []
        # Of a hardware line units covered, of a service line packs allotted; then what of the service is left over, and why.
        self.used = self.left_units = self.left_amount = 0
        self.left_reason = None

    def key(self):
        """Rule 5: lines are ordered by content; file and record only break ties between equal contents."""
        return (
            self.partner,
            self.date,
            self.invoice,
            self.sku,
            self.serials,
            self.quantity,
            self.amount,
            self.purchase_order,
            self.sales_order,
            self.end_customer,
            self.certificate,
            self.feed,
            self.file,
            self.record,
        )

    def order(self):
        """(date, line key), the order in which nearly everything is taken."""
        return self.date, self.key()


def texts_of(header, record, feed):
    """Our field names to the record's texts; a field that the feed does not have is None."""
    # What an X12 file has is named by us already.
    columns = {name: name for name in header} if feed["format"] == "x12_867" else feed["columns"]
    found = {name: record.fields[header.index(column)] for name, column in columns.items()}
    names = (
        "location partner_name date invoice sku description label product_line quantity amount currency serials "
        "purchase_order sales_order end_customer certificate transaction_type"
    )
    return {name: found.get(name) for name in names.split()}


def cast(texts, feed, plan, reference):
    """(values of a line, reason): the first field that does not keep to the contract names the record (rules 2, 3, 4, 8)."""
    is_sale = feed["kind"] == "sales"
    quantity = amount = currency = None
    if is_sale:
        quantity, reason = scaled(texts["quantity"], feed["numbers"], 0, MAX_UNITS, "BAD_QUANTITY")
        if reason:
            return None, reason
        amount, reason = scaled(texts["amount"], feed["numbers"], 2, MAX_CENTS, "BAD_AMOUNT")
        if reason:
            return None, reason
        currency = feed["currency"] if texts["currency"] is None else texts["currency"]
        if not currency:
            return None, "MISSING_VALUE"
        if not re.fullmatch("[A-Z]{3}", currency):
            return None, "BAD_CURRENCY"
        if texts["transaction_type"] in feed["returns"]["transaction_types"]:
            if quantity < 0:
                return None, "RETURN_SIGN"
            quantity, amount = -quantity, -amount
    if not texts["date"]:
        return None, "MISSING_VALUE"
    when = day(texts["date"], feed["dates"]["format"])
    if when is None:
        return None, "BAD_DATE"
    if when > plan.as_of:
        return None, "AFTER_AS_OF"
    if is_sale and not (texts["location"] if texts["location"] is not None else texts["partner_name"]):
        return None, "MISSING_VALUE"
    separator = " " if feed["format"] == "x12_867" else feed["serial_separator"]
    cells = (texts["serials"] or "").split(separator) if separator else [texts["serials"] or ""]
    serials = tuple(sorted({cell.strip().upper() for cell in cells} - {""}))
    if not is_sale and not serials:
        return None, "MISSING_VALUE"
    if any(ALTERED.fullmatch(text) for text in (*(texts[name] or "" for name in IDENTIFIERS), *serials)):
        return None, "ALTERED_ID"
    if not texts["sku"]:
        return None, "MISSING_VALUE"
    partner = None
    if texts["location"] or texts["partner_name"]:
        partner = reference.partner(feed["id"], texts["location"], texts["partner_name"], when)
        if partner is None:
            return None, "UNKNOWN_PARTNER"
    source_amount = amount
    if is_sale:
        amount = reference.in_reporting_currency(amount, currency, when)
        if amount is None:
            return None, "NO_FX_RATE"
    values = {"quantity": quantity, "amount": amount, "date": when, "serials": serials, "partner": partner}
    return values | {"source_amount": source_amount, "currency": currency}, None


def line_of(texts, values, file, record, reference):
    """The line of a record that kept to its contract."""
    empty = {name: texts[name] or "" for name in ("invoice", "purchase_order", "sales_order", "end_customer", "certificate")}
    sku = base_sku(texts["sku"])
    found_by, (kind, category, is_post_warranty) = reference.classify(
        sku, texts["product_line"] or "", texts["description"] or "", texts["label"] or ""
    )
    return Line(
        **values,
        **empty,
        sku=sku,
        found_by=found_by,
        kind=kind,
        category=category,
        is_post_warranty=is_post_warranty,
        feed=file.feed["id"],
        priority=file.feed["priority"],
        file=file.path,
        record=record.number,
    )


def one_class_per_sku(sales):
    """Repeats and returns are per SKU: where records give a SKU different classes, the best way of finding stands for all its lines."""
    kinds = ["hardware", "service", "other", "unmapped"]
    best = {}
    for line in sales:
        rank = (line.found_by, kinds.index(line.kind), line.category or "\uffff", line.is_post_warranty)
        if line.sku not in best or rank < best[line.sku][0]:
            best[line.sku] = rank, (line.kind, line.category, line.is_post_warranty)
    for line in sales:
        line.kind, line.category, line.is_post_warranty = best[line.sku][1]


def read_everything(plan, reference):
    """Every file, sale line and registration, and the quarantine as (file, line, reason) → records (rule 1)."""
    files, sales, registrations, quarantine = [], [], [], Counter()
    for feed in plan.feeds:
        of_feed = files_of(feed, plan.folder)
        settle_files(feed, of_feed)
        for file in of_feed:
            files.append(file)
            header, records = records_of(file)
            file.counts["incoming"] = len(records)
            if file.disposition != "accepted":
                file.counts[file.disposition] = len(records)
                continue
            for record in records:
                reason, values = record.reason, None
                if reason is None:
                    texts = texts_of(header, record, feed)
                    values, reason = cast(texts, feed, plan, reference)
                if reason is not None:
                    file.counts["quarantined"] += 1
                    quarantine[file.path, record.line, reason] += 1
                    continue
                file.counts["accepted"] += 1
                line = line_of(texts, values, file, record, reference)
                (sales if feed["kind"] == "sales" else registrations).append(line)
    one_class_per_sku(sales)
    return files, sales, registrations, quarantine
