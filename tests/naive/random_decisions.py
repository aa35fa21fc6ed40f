"""Random exceptions and adjustments about the lines of a published run, to compare a run with them with the recomputation.

    random_decisions.py RUN_DIR REFERENCE_DIR SEED

Writes exceptions.csv and adjustments.csv into REFERENCE_DIR; a pipeline that names them there is then run and recomputed. Needs pyarrow.
"""

import csv
import os
import random
import sys

from compare import rows

FILE = ["feed_id", "file_path", "file_sha256"]
LINE = ["file_id", "record_number", "partner_id", "invoice_date", "invoice_number", "sku", "kind_code", "category_code"]
LINE += ["purchase_order_number", "sales_order_number", "certificate_number", "origin_code"]
VALUES = "partner_id date invoice sku quantity amount currency serials purchase_order sales_order end_customer certificate".split()
DAYS = [("", ""), ("2026-01-01", ""), ("", "2026-05-31"), ("2026-02-01", "2026-08-31"), ("", "2025-10-31"), ("2026-11-01", "")]


def sale_lines(run_dir):
    """Hardware and services of the feeds, each with its file."""
    files = {row[0]: dict(zip(FILE, row[1:])) for row in rows(run_dir, "audit_file", ["file_id", *FILE])}
    found = [dict(zip(LINE, row)) for row in rows(run_dir, "fact_sale_line", LINE)]
    kept = [line for line in found if line["origin_code"] == "feed" and line["kind_code"] in ("hardware", "service")]
    return [line | files[line["file_id"]] for line in kept]


def new_values(line, draw):
    """Values of a line that could be: those of another line, and drawn units and money."""
    return {
        "partner_id": line["partner_id"],
        "date": line["invoice_date"].isoformat(),
        "invoice": line["invoice_number"] or "Q1",
        "sku": line["sku"],
        "quantity": draw.randint(-2, 4),
        "amount": f"{draw.randint(-50, 2000)}.25",
        "currency": "USD",
        "serials": "SNX1|snx2",
        "purchase_order": line["purchase_order_number"] or "Q2",
        "sales_order": line["sales_order_number"] or "Q3",
        "end_customer": "C0000001",
        "certificate": line["certificate_number"] or "Q4",
    }


def adjustments(lines, draw):
    """About 400 adjustments, one in ten a proposal; no record twice."""
    for number, line in enumerate(draw.sample(lines, min(400, len(lines)))):
        action = draw.choice(["add", "drop", "recode"])
        row = {"adjustment_id": f"A{number:03}", "action": action, "reason": "Drawn", "evidence": "Drawn"}
        row["approver"] = draw.choice(["Approver"] * 9 + [""])
        if action != "add":
            row |= {name: line[name] for name in [*FILE, "record_number"]}
        if action != "drop":
            values = new_values(draw.choice(lines), draw)
            names = VALUES if action == "add" else draw.sample(VALUES, draw.randint(1, 3))
            row |= {name: values[name] for name in names}
        yield row


def exceptions(lines, draw):
    """About 120 exceptions of every scope but customers, which a run may publish hashed."""
    for number in range(120):
        line = draw.choice(lines)
        scope = draw.choice(["deal", "invoice", "category", "partner"])
        deal = line["purchase_order_number"] or line["sales_order_number"]
        value = {"deal": deal, "invoice": line["invoice_number"], "category": line["category_code"], "partner": ""}[scope]
        first, last = draw.choice(DAYS)
        if value is not None:
            row = {"exception_id": f"E{number:03}", "scope": scope, "partner_id": line["partner_id"], "value": value}
            yield row | {"reason": "Drawn", "approver": "Approver", "valid_from": first, "valid_to": last}


def write(path, columns, found):
    """A table of rows; what a row does not have is empty."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        out.writeheader()
        out.writerows(found)


def main(run_dir, folder, seed):
    """Writes both tables."""
    lines, draw = sale_lines(run_dir), random.Random(seed)
    reviewed = ["adjustment_id", "action", "approver", "reason", "evidence", *FILE, "record_number", *VALUES]
    write(os.path.join(folder, "adjustments.csv"), reviewed, adjustments(lines, draw))
    columns = ["exception_id", "scope", "partner_id", "value", "reason", "approver", "valid_from", "valid_to"]
    write(os.path.join(folder, "exceptions.csv"), columns, exceptions(lines, draw))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    main(*sys.argv[1:])
