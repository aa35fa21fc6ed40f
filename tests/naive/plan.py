"""What a pipeline file and its reference tables say, read with the standard library alone."""

import csv
import os
import re
import tomllib
from datetime import date, timedelta
from fractions import Fraction


class Plan:
    """A pipeline file with the format's defaults filled in."""

    def __init__(self, path):
        with open(path, "rb") as file:
            text = tomllib.load(file)
        self.folder = os.path.dirname(os.path.abspath(path))
        period, attach = text["period"], text.get("attach", {})
        benchmark, verdict = text.get("benchmark", {}), text.get("verdict", {})
        self.period_from, self.period_to, self.as_of = period["from"], period["to"], period["as_of"]
        self.currency = text["money"]["reporting_currency"]
        self.window_days = attach.get("window_days", 90)
        self.lead_days = attach.get("lead_days", 30)
        self.rungs = attach.get("rungs", ["serial", "invoice", "order", "customer"])
        self.assess = benchmark.get("assess", "partner")
        self.credit = attach.get("credit", "hardware_seller")
        self.population = benchmark.get("population", "program")
        self.min_partners = benchmark.get("min_partners", 5)
        self.measure = verdict.get("measure", "revenue")
        self.at = Fraction(verdict.get("at", "1.00"))
        self.near = Fraction(verdict.get("near", "0.75"))
        self.min_hardware_units = verdict.get("min_hardware_units", 1)
        self.min_hardware_cents = 100 * verdict.get("min_hardware_amount", 0)
        self.feeds = [feed_with_defaults(feed) for feed in text["feed"]]
        self.reference = text["reference"]
        # Rule 11: one window plus one year before the period is read; what is older is accepted and takes no part.
        self.horizon = self.period_from - timedelta(days=self.window_days + 365)

    def table(self, name):
        """The rows of a reference table, each a dict by column; no rows where the pipeline names no such table."""
        if name not in self.reference:
            return []
        with open(os.path.join(self.folder, self.reference[name]), encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


def feed_with_defaults(feed):
    """A feed's declaration with every key that was left out."""
    defaults = {"format": "delimited", "quote": '"', "priority": 0, "serial_separator": "", "currency": None}
    numbers = {"decimal": ".", "thousands": "", "sign": "leading"} | feed.get("numbers", {})
    returns = {"transaction_types": []} | feed.get("returns", {})
    restatement = {"mode": "add", "file_pattern": None} | feed.get("restatement", {})
    return defaults | feed | {"numbers": numbers, "returns": returns, "restatement": restatement}


def base_sku(text):
    """Rule 7: a SKU is upper case and trimmed, and its base is what stands before `#`."""
    return text.upper().split("#")[0].strip()


def plain_name(text):
    """Rule 8: names are compared in lower case, with single spaces for everything but letters and digits."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())


def days_of(row):
    """First and last valid day of a row; an empty end is open."""
    return date.fromisoformat(row["valid_from"] or "0001-01-01"), date.fromisoformat(row["valid_to"] or "9999-12-31")


def valid_on(day, spans):
    """The value of the span (first day, last day, value) in which a day lies."""
    return next((value for first, last, value in spans if first <= day <= last), None)


class Reference:
    """The reference tables, as look-ups."""

    def __init__(self, plan):
        self.currency = plan.currency
        self.family = {row["category_code"]: row["family_code"] for row in plan.table("categories")}
        self.partners = {row["partner_id"]: row for row in plan.table("partners")}
        self.hqs = None
        if plan.assess == "hq":
            self.hqs = {partner: [(date.min, date.max, row["hq_id"])] for partner, row in self.partners.items()}
            dated = {}
            for row in plan.table("headquarters"):
                dated.setdefault(row["partner_id"], []).append((*days_of(row), row["hq_id"]))
            self.hqs |= dated
            self.partners = {hq: self.partners[hq] for spans in self.hqs.values() for _, _, hq in spans}
        self.products = {base_sku(row["sku"]): product(row) for row in plan.table("products")}
        self.product_lines = {row["product_line_code"]: product(row) for row in plan.table("product_lines")}
        rules = plan.table("category_rules")
        self.rules = [(row["field"], re.compile(row["pattern"], re.IGNORECASE), product(row)) for row in rules]
        self.locations = {}
        for row in plan.table("locations"):
            span = (*days_of(row), row["partner_id"])
            self.locations.setdefault((row["feed_id"], row["location_id"]), []).append(span)
        self.aliases = {(row["feed_id"], plain_name(row["partner_name"])): row["partner_id"] for row in plan.table("aliases")}
        self.rates = {(row["month"], row["currency_code"]): Fraction(row["rate"]) for row in plan.table("fx")}

    def partner(self, feed, location, name, day):
        """Rule 8: the partner by the crosswalk valid on the day, of a name-only feed by its alias; None if unknown."""
        if location is None:
            partner = self.aliases.get((feed, plain_name(name)))
        else:
            partner = valid_on(day, self.locations.get((feed, location), []))
        # Where headquarters are assessed, a partner stands for its own of the day.
        return partner if self.hqs is None or partner is None else valid_on(day, self.hqs[partner])

    def in_reporting_currency(self, cents, currency, day):
        """Rule 3: cents by the rate of the month, rounded half to even once; None without a rate."""
        if currency == self.currency:
            return cents
        rate = self.rates.get((day.strftime("%Y-%m"), currency))
        return None if rate is None else round(cents * rate)

    def classify(self, sku, product_line, description, label):
        """Rule 7: way of finding and (kind, category, post-warranty), by master, product line, the ordered rules, else unmapped."""
        if sku in self.products:
            return 0, self.products[sku]
        if product_line in self.product_lines:
            return 1, self.product_lines[product_line]
        texts = {"sku": sku, "description": description, "label": label}
        for field, pattern, found in self.rules:
            if pattern.search(texts[field]):
                return 2, found
        return 3, ("unmapped", None, False)


def product(row):
    """(kind, category, post-warranty) of a reference row; a product-line code knows nothing of post-warranty."""
    return row["kind"], row["category_code"] or None, row.get("is_post_warranty") == "true"
