"""Workbooks to records: the rows of the one worksheet, with typed cells written as the feed declares its texts."""

import io
from datetime import datetime

from openpyxl import load_workbook

DATES = {"yyyy-mm-dd": "%Y-%m-%d", "dd.mm.yyyy": "%d.%m.%Y", "mm/dd/yyyy": "%m/%d/%Y", "yyyymmdd": "%Y%m%d"}


def as_text(value, feed):
    """A cell as text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime(DATES[feed["dates"]["format"]])
    if isinstance(value, (int, float)):
        numbers = feed["numbers"]
        # Fifteen digits are what a spreadsheet keeps.
        digits = f"{abs(value):.15g}".replace(".", numbers["decimal"])
        if value >= 0:
            return digits
        return digits + "-" if numbers["sign"] == "trailing" else "-" + digits
    return str(value).strip()


def rows_of(data, feed):
    """The header's names, and (number of the row, texts) of each row with a value."""
    sheet = load_workbook(io.BytesIO(data), data_only=True).worksheets[0]
    header, *rows = sheet.iter_rows()
    names = [as_text(cell.value, feed) for cell in header]
    found = []
    for number, row in enumerate(rows, 2):
        texts = [as_text(cell.value, feed) for cell in row]
        if any(texts):
            found.append((number, texts))
    return [name for name in names if name], found
