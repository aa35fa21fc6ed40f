"""Random small markets as raw files with a pipeline, to compare a run on them with the recomputation.

    random_markets.py FOLDER SEED

A market is two or three partners that share a few serials, invoices, orders and customers, so that nearly everything meets: packs that cover
another partner's hardware, add-ons, returns, repeats across feeds, post-warranty packs, registrations. A folder holds 600 markets that have
nothing in common. The rules (window, lead, rungs) are drawn too.
"""

import csv
import os
import random
import sys
from datetime import date, timedelta

MARKETS = 600
FIRST_DAY = date(2025, 8, 20)
CATEGORIES = {"NOTEBOOK": "PC", "DESKTOP": "PC", "SERVER": "SRV"}
COUNTRIES = {"US": "AMER", "CH": "EMEA", "DE": "EMEA"}
COLUMNS = {
    "location": "dealer",
    "date": "day",
    "invoice": "invoice",
    "sku": "part",
    "quantity": "pieces",
    "amount": "value",
    "serials": "serials",
    "purchase_order": "po",
    "sales_order": "so",
    "end_customer": "customer",
    "certificate": "certificate",
}
REGISTRATION_COLUMNS = {name: COLUMNS[name] for name in ("location", "date", "invoice", "sku", "serials", "certificate")}


def products():
    """SKU → (kind, category, post-warranty)."""
    found = {}
    for category in CATEGORIES:
        for number in range(2):
            found[f"{category}-H{number}"] = ("hardware", category, "false")
            found[f"{category}-V{number}"] = ("service", category, "false")
        found[f"{category}-PE"] = ("service", category, "true")
    return found


class Market:
    """The partners of a market and the few values that their lines share."""

    def __init__(self, number, draw):
        self.draw = draw
        self.partners = [f"P{number:04}{letter}" for letter in "ABC"[: draw.randint(2, 3)]]
        self.categories = draw.sample(sorted(CATEGORIES), draw.choice([1, 1, 2, 3]))
        self.start = FIRST_DAY + timedelta(days=draw.choice([0, 60, 150, 300, 380]))
        self.span = draw.choice([10, 40, 120])
        self.skus = [sku for sku, (_, category, _) in products().items() if category in self.categories]
        self.name = f"{number:04}"

    def some(self, letter, most):
        """One of a few values, or none."""
        return self.draw.choice(["", *(f"{letter}{self.name}{i}" for i in range(most))])

    def serials(self, most):
        """Up to so many serials, separated as the feed declares."""
        return " ".join(sorted(f"S{self.name}{i}" for i in self.draw.sample(range(6), self.draw.randint(0, most))))

    def day(self):
        """A day of the market."""
        return self.start + timedelta(days=self.draw.randint(0, self.span))

    def sale(self):
        """Any line: a sale, or one in six a return."""
        quantity = self.draw.choice([1, 1, 1, 2, 3, 5, 0]) * self.draw.choice([1, 1, 1, 1, 1, -1])
        cents = abs(quantity) * self.draw.randint(101, 99_999) + self.draw.randint(0, 2)
        sign = "-" if quantity < 0 else ""
        return {
            "location": "L" + self.draw.choice(self.partners),
            "date": self.day().isoformat(),
            "invoice": self.some("I", 3),
            "sku": self.draw.choice(self.skus),
            "quantity": quantity,
            "amount": f"{sign}{cents // 100}.{cents % 100:02}",
            "serials": self.serials(2),
            "purchase_order": self.some("O", 2),
            "sales_order": self.some("O", 2),
            "end_customer": self.some("C", 2),
            "certificate": self.some("K", 2),
        }

    def registration(self):
        """A registration, with or without a partner of its own."""
        packs = [sku for sku in self.skus if "-V" in sku]
        return {
            "location": self.draw.choice(["", "L" + self.draw.choice(self.partners)]),
            "date": self.day().isoformat(),
            "invoice": self.some("I", 3),
            "sku": self.draw.choice(packs),
            "serials": f"S{self.name}{self.draw.randint(0, 5)}",
            "certificate": self.some("K", 2),
        }


def write(path, columns, rows):
    """A table as CSV."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(columns)
        out.writerows(rows)


def feed(name, kind, columns, priority):
    """The declaration of a feed."""
    named = ", ".join(f'{field} = "{column}"' for field, column in columns.items())
    return f"""
[[feed]]
id = "{name}"
kind = "{kind}"
files = ["in/{name}/*.csv"]
encoding = "utf-8"
delimiter = ","
{'currency = "USD"' if kind == "sales" else ""}
priority = {priority}
serial_separator = " "
columns = {{ {named} }}
dates = {{ format = "yyyy-mm-dd" }}
"""


def pipeline(draw):
    """A pipeline file with drawn rules of attachment."""
    rungs = [rung for rung in ("serial", "invoice", "order", "customer", "pool") if draw.random() < 0.8]
    return f"""version = 1
title = "Random markets"

[period]
from = 2025-11-01
to = 2026-10-31
as_of = 2026-12-15

[money]
reporting_currency = "USD"
{feed("direct", "sales", COLUMNS, 2)}{feed("resale", "sales", COLUMNS, 1)}{feed("registered", "registrations", REGISTRATION_COLUMNS, 0)}
[reference]
categories = "in/reference/categories.csv"
products = "in/reference/products.csv"
partners = "in/reference/partners.csv"
headquarters = "in/reference/headquarters.csv"
locations = "in/reference/locations.csv"
fx = "in/reference/fx.csv"

[attach]
window_days = {draw.choice([0, 5, 20, 90])}
lead_days = {draw.choice([0, 3, 30])}
rungs = [{", ".join(f'"{rung}"' for rung in rungs or ["invoice"])}]
credit = "{draw.choice(["hardware_seller", "service_seller"])}"

[benchmark]
assess = "{draw.choice(["partner", "hq"])}"

[publish]
customers = "full"
"""


def main(folder, seed):
    """Writes the raw files, the reference tables and the pipeline."""
    draw = random.Random(seed)
    inputs = os.path.join(folder, "in")
    markets = [Market(number, draw) for number in range(MARKETS)]
    files = {}
    for market in markets:
        for _ in range(draw.randint(6, 20)):
            row, name = market.sale(), f"{draw.choice(['direct', 'direct', 'resale'])}/{draw.randint(0, 2)}"
            files.setdefault(name, []).append(row)
            if draw.random() < 0.1:
                # A repeat across feeds, or an equal line in the same file: between equal lines of two files either may come first.
                files.setdefault(name.replace("direct", "resale"), []).append(row)
        for _ in range(draw.randint(0, 3)):
            files.setdefault(f"registered/{draw.randint(0, 1)}", []).append(market.registration())
    for name, found in files.items():
        columns = REGISTRATION_COLUMNS if name.startswith("registered") else COLUMNS
        draw.shuffle(found)
        write(os.path.join(inputs, f"{name}.csv"), columns.values(), [[row[field] for field in columns] for row in found])
    reference = os.path.join(inputs, "reference")
    write(
        os.path.join(reference, "categories.csv"),
        ["category_code", "category_name", "family_code", "family_name"],
        [[category, category.title(), family, family] for category, family in CATEGORIES.items()],
    )
    write(
        os.path.join(reference, "products.csv"),
        ["sku", "description", "kind", "category_code", "is_post_warranty"],
        [[sku, f"Product {sku}", *found] for sku, found in products().items()],
    )
    partners = [partner for market in markets for partner in market.partners]
    rows = []
    for partner in partners:
        country = draw.choice(sorted(COUNTRIES))
        rows.append([partner, f"Partner {partner}", partner, country, COUNTRIES[country], draw.choice(["true", "true", "true", "false"]), ""])
    # Every other market's second partner changes its headquarters within the market.
    moves = []
    for market in markets[::2]:
        changed = market.start + timedelta(days=market.span // 2)
        moves.append([market.partners[1], market.partners[0], "", changed.isoformat()])
        moves.append([market.partners[1], market.partners[-1], (changed + timedelta(days=1)).isoformat(), ""])
    write(os.path.join(reference, "headquarters.csv"), ["partner_id", "hq_id", "valid_from", "valid_to"], moves)
    columns = ["partner_id", "partner_name", "hq_id", "country_code", "region_code", "is_program", "manager_name"]
    write(os.path.join(reference, "partners.csv"), columns, rows)
    write(
        os.path.join(reference, "locations.csv"),
        ["feed_id", "location_id", "partner_id", "valid_from", "valid_to"],
        [[name, f"L{partner}", partner, "", ""] for name in ("direct", "resale", "registered") for partner in partners],
    )
    write(os.path.join(reference, "fx.csv"), ["month", "currency_code", "rate"], [["2026-03", "USD", "1"]])
    with open(os.path.join(folder, "pipeline.toml"), "w", encoding="utf-8") as file:
        file.write(pipeline(draw))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    main(sys.argv[1], int(sys.argv[2]))
