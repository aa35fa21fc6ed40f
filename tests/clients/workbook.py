"""Reads the call list, outreach.xlsx, with openpyxl and with LibreOffice, and compares it with the index of the run."""

import csv
import shutil
import subprocess
import tempfile
from decimal import Decimal
from pathlib import Path

import openpyxl
from pyarrow import parquet

LISTS = ["Call", "Show the plan", "Mend data", "Watch"]
HEADINGS = ["Partner id", "Partner", "Gap to near", "Gap to market", "Expected", "Sold", "Contacted on", "Answer", "Notes"]
SUMMED = {"Gap to near": "gap_near_amount", "Gap to market": "gap_at_amount", "Expected": "expected_amount", "Sold": "services_amount"}
# All sheets, each as a file; comma, double quote, UTF-8, numbers and dates as they are shown.
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"


def with_openpyxl(run):
    """Problems of the workbook as openpyxl reads it: its lists, tables, links, and formulas, of which it has none."""
    path = run / "outreach.xlsx"
    book = openpyxl.load_workbook(path)
    sheets = {}
    for sheet in book:
        for row in sheet.iter_rows():
            yield from (f"{sheet.title}!{cell.coordinate} is a formula" for cell in row if cell.data_type == "f")
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        sheets[sheet.title] = rows
        if sheet.title in LISTS:
            yield from (f"{sheet.title}: no table" for _ in range(len(sheet.tables) != 1))
            links = [row[1].hyperlink.target for row in sheet.iter_rows(min_row=2) if row[0].value]
            yield from (f"{sheet.title}: the link {link} leads nowhere" for link in links if not (run / link).is_file())
    yield from differing(run, sheets)


def with_libreoffice(run):
    """Problems of the workbook as LibreOffice shows it."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if not program:
        yield "LibreOffice is not installed (Debian: apt-get install libreoffice-calc-nogui)"
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", AS_CSV, "--outdir", folder,
                        str(run / "outreach.xlsx")], check=True, capture_output=True, timeout=240)
        sheets = {}
        for name in LISTS:
            with (Path(folder) / f"outreach-{name}.csv").open(encoding="utf-8", newline="") as file:
                sheets[name] = list(csv.reader(file))
        yield from differing(run, sheets)


def differing(run, sheets):
    """What the sheets have otherwise than the index: partners of each list, and sums of money to the cent."""
    index = parquet.read_table(run / "tables" / "fact_partner_index.parquet").to_pylist()
    for name in LISTS:
        wanted = [row for row in index if listed(row) == name]
        heading, *rows = sheets[name]
        if missing := [column for column in HEADINGS if column not in heading]:
            yield f"{name}: no column {missing}"
            continue
        rows = [row for row in rows if row[heading.index("Partner id")]]
        found = sorted(row[heading.index("Partner id")] for row in rows)
        if found != sorted(row["partner_id"] for row in wanted):
            yield f"{name}: {len(found)} partners, not the {len(wanted)} of the index"
        for shown, column in SUMMED.items():
            total = sum(Decimal(str(row[heading.index(shown)]).replace(",", "")).quantize(Decimal("0.01")) for row in rows)
            if total != sum(row[column] for row in wanted):
                yield f"{name}: {shown} sums to {total}, {column} to {sum(row[column] for row in wanted)}"


def listed(row):
    """The list on which a partner stands, by the columns of the index."""
    if row["has_data_hold"]:
        return "Mend data"
    if row["verdict_code"] == "below":
        return "Call" if row["evidence_code"] == "conclusive" else "Show the plan"
    return "Watch" if row["verdict_code"] == "near" else None
