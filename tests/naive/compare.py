"""Compares the recomputation with the Parquet tables of a published run. The only part that reads Parquet."""

import glob
import os
from collections import Counter, defaultdict
from decimal import Decimal

from pyarrow import parquet

MAX_SHOWN = 20


def rows(run_dir, table, columns):
    """The named columns of a published table, one file or a folder of parts, row by row."""
    path = os.path.join(run_dir, "tables", table + ".parquet")
    files = [path] if os.path.isfile(path) else sorted(glob.glob(os.path.join(path, "*.parquet")))
    if not files:
        raise SystemExit(f"no table {table} in {run_dir}")
    for file in files:
        read = parquet.read_table(file, columns=columns)
        yield from zip(*(read.column(name).to_pylist() for name in columns))


def scaled(value, decimals):
    """A published decimal as an integer; a value with more decimals than that is an error, an empty one stays empty."""
    if value is None:
        return None
    number = Decimal(value).scaleb(decimals)
    if number != number.to_integral_value():
        raise SystemExit(f"{value} has more than {decimals} decimals")
    return int(number)


def cents(value):
    """Published money as cents."""
    return scaled(value, 2)


class Comparison:
    """Counts what was compared and prints what differs."""

    def __init__(self):
        self.differences = 0

    def compare(self, kind, ours, theirs):
        """Compares two mappings; what one side leaves out counts as nothing (0 or empty) there."""
        different, compared = [], 0
        for key in sorted(set(ours) | set(theirs), key=repr):
            blank = next(side[key] for side in (ours, theirs) if key in side)
            blank = tuple(0 if isinstance(v, int) else None for v in blank) if isinstance(blank, tuple) else 0
            left, right = ours.get(key, blank), theirs.get(key, blank)
            compared += 1
            if left != right:
                different.append(f"  {key}: naive {left}, run {right}")
        print(f"{kind}: {compared} compared, {len(different)} different")
        print("\n".join(different[:MAX_SHOWN]), end="\n" if different else "")
        self.differences += len(different)


def index_figures(check, naive, run_dir):
    """Every partner's figures, verdict and gaps."""
    money = ["hardware_amount", "services_amount", "expected_amount"]
    gaps = ["gap_near_amount", "gap_near_packs", "gap_at_amount", "gap_at_packs"]
    counts, codes = ["hardware_units", "attached_units", "expected_units"], ["verdict_code", "not_assessed_code"]
    amounts, units, verdicts, gap = {}, {}, {}, {}
    for row in rows(run_dir, "fact_partner_index", ["partner_id", *money, *counts, *codes, *gaps]):
        partner = row[0]
        amounts[partner] = tuple(cents(value) for value in row[1:4])
        units[partner] = (row[4], row[5], scaled(row[6], 6))
        verdicts[partner] = (row[7], row[8])
        gap[partner] = (cents(row[9]), row[10], cents(row[11]), row[12])
    own = naive.index.items()
    check.compare("partners: money", {p: (t["hardware_amount"], t["services_amount"], t["revenue"]) for p, t in own}, amounts)
    check.compare("partners: units", {p: (t["hardware_units"], t["attached_units"], t["units"]) for p, t in own}, units)
    check.compare("partners: verdict", {p: (t["verdict"], t["reason"]) for p, t in own}, verdicts)
    check.compare("partners: gaps", {p: tuple(t[name] for name in gaps) for p, t in own}, gap)
    expect_same_rows(check, "partners: rows", naive.index, amounts)


def expect_same_rows(check, kind, ours, theirs):
    """Both sides name the same keys."""
    check.compare(kind, {key: 1 for key in ours}, {key: 1 for key in theirs})


def cell_figures(check, naive, run_dir):
    """Every partner × cell; a cell without any figure may be left out by either side."""
    keys = ["partner_id", "category_code", "country_code", "maturity_code"]
    money, counts = ["hardware_amount", "services_amount", "expected_amount"], ["hardware_units", "attached_units", "packs_units"]
    theirs = {}
    for row in rows(run_dir, "fact_partner_cell", [*keys, *money, *counts, "expected_units", "shortfall_amount"]):
        amounts = tuple(cents(value) for value in row[4:7])
        theirs[row[:4]] = (*amounts, *row[7:10], scaled(row[10], 6), cents(row[11]))
    ours = {}
    for key, f in naive.cells.items():
        amounts = (f["hardware_amount"], f["services_amount"], f["revenue"])
        units = (f["hardware_units"], f["attached_units"], f["packs"], f["units"])
        ours[key] = (*amounts, *units, f["revenue"] - f["services_amount"])
    check.compare("partner cells", ours, theirs)


def attachment_figures(check, naive, run_dir):
    """Packs, units and money of every attachment, by the records of both its lines and the rung."""
    ids = {row[0]: row[1] for row in rows(run_dir, "audit_file", ["file_id", "file_path"])}
    places = {row[0]: (ids[row[1]], row[2]) for row in rows(run_dir, "fact_sale_line", ["sale_line_id", "file_id", "record_number"])}
    ours, theirs = {}, {}
    for a in naive.attachments:
        lines = (a.service.file, a.service.record), (a.hardware.file, a.hardware.record)
        ours[*lines, a.rung, a.is_add_on] = (a.packs, a.units(), a.amount)
    keys = ["service_sale_line_id", "hardware_sale_line_id", "rung_code", "is_add_on"]
    for row in rows(run_dir, "fact_attachment", [*keys, "packs_units", "attached_units", "attached_amount"]):
        theirs[places[row[0]], places[row[1]], *row[2:4]] = (*row[4:6], cents(row[6]))
    check.compare("attachments: packs, units, money", ours, theirs)


def left_over_figures(check, naive, run_dir):
    """Units and money by the reason for which services are left over, over all dates."""
    ours, theirs = defaultdict(lambda: [0, 0]), defaultdict(lambda: [0, 0])
    for line in naive.lines:
        if line.left_reason is not None:
            ours[line.left_reason][0] += line.left_units
            ours[line.left_reason][1] += line.left_amount
    for reason, units, amount in rows(run_dir, "fact_sale_line", ["left_over_code", "left_over_units", "left_over_amount"]):
        if reason is not None:
            theirs[reason][0] += units
            theirs[reason][1] += cents(amount)
    check.compare("left over: units, money", as_tuples(ours), as_tuples(theirs))


def as_tuples(sums):
    """A mapping of lists as one of tuples."""
    return {key: tuple(value) for key, value in sums.items()}


def line_figures(check, naive, run_dir):
    """Net units and money, and what was attached of them, of every accepted sale line by file and record."""
    ids = {row[0]: row[1] for row in rows(run_dir, "audit_file", ["file_id", "file_path"])}
    columns = ["file_id", "record_number", "partner_id", "kind_code", "category_code", "net_units", "net_amount"]
    columns += ["origin_code", "adjustment_id", "exception_id"]
    ours, theirs = {}, {}
    for line in naive.lines:
        ours[line.file, line.record] = (line.partner, line.kind, line.category, line.net_units, line.net_amount, *decisions_of(line))
    for line in naive.dropped:
        ours[line.file, line.record] = (line.partner, line.kind, line.category, 0, 0, *decisions_of(line))
    for row in rows(run_dir, "fact_sale_line", columns):
        theirs[ids[row[0]], row[1]] = (row[2], row[3], row[4], row[5], cents(row[6]), *row[7:])
    check.compare("sale lines: partner, kind, category, net units and money, origin, adjustment, exception", ours, theirs)


def decisions_of(line):
    """Origin, adjustment and exception of a line."""
    return "adjustment" if line.is_added else "feed", line.adjustment, line.exception


def decision_figures(check, naive, run_dir):
    """What every adjustment adds and drops, and what every exception takes out."""
    ours, theirs = {}, {}
    for adjustment, (dropped, added) in naive.adjustments.items():
        ours[adjustment] = tuple(value for line in (dropped, added) for value in line_sums(line))
    sides = [f"{side}_{name}" for side in ("dropped", "added") for name in ("partner_id", "units", "amount")]
    for row in rows(run_dir, "audit_adjustment", ["adjustment_id", "status_code", *sides]):
        if row[1] == "applied":
            theirs[row[0]] = (row[2], row[3], cents(row[4]), row[5], row[6], cents(row[7]))
    check.compare("adjustments: partner, units and money of the lines dropped and added", ours, theirs)
    names = ["lines", "hardware_units", "hardware_amount", "attached_units", "services_amount"]
    taken = {key: (status, *(sums[name] for name in names)) for key, (status, sums) in naive.exceptions.items()}
    columns = ["exception_id", "status_code", "line_count", "hardware_units", "hardware_amount", "attached_units", "services_amount"]
    published = {}
    for row in rows(run_dir, "dim_exception", columns):
        published[row[0]] = (row[1], row[2], row[3], cents(row[4]), row[5], cents(row[6]))
    check.compare("exceptions: status, lines, units and money taken out", taken, published)


def line_sums(line):
    """Partner, units and money of a line; nothing where there is none."""
    return (None, None, None) if line is None else (line.partner, line.quantity, line.amount)


def record_figures(check, naive, run_dir):
    """Records of every file by what became of them, and the quarantine by place and reason."""
    names = ["incoming", "accepted", "duplicate", "superseded", "quarantined"]
    ids, theirs = {}, {}
    for row in rows(run_dir, "audit_file", ["file_id", "file_path", *(f"{name}_records" for name in names)]):
        ids[row[0]] = row[1]
        theirs[row[1]] = tuple(row[2:])
    ours = {file.path: tuple(file.counts[name] for name in names) for file in naive.files}
    check.compare("files: records incoming, accepted, duplicate, superseded, quarantined", ours, theirs)
    quarantine = Counter()
    for file_id, line, reason in rows(run_dir, "audit_quarantine", ["file_id", "line_number", "reason_code"]):
        quarantine[ids[file_id], line, reason] += 1
    check.compare("quarantined records by file, line and reason", naive.quarantine, quarantine)


def run(naive, run_dir):
    """Compares everything; returns the exit code."""
    check = Comparison()
    record_figures(check, naive, run_dir)
    line_figures(check, naive, run_dir)
    decision_figures(check, naive, run_dir)
    attachment_figures(check, naive, run_dir)
    left_over_figures(check, naive, run_dir)
    cell_figures(check, naive, run_dir)
    index_figures(check, naive, run_dir)
    if check.differences:
        print(f"naive recomputation: {check.differences} figures differ")
        return 1
    print(f"naive recomputation: {len(naive.index)} partners agree to the cent")
    return 0
