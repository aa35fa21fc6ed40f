"""Raw files to records: which files count, where a record begins and ends, and what its fields say."""

import csv
import glob
import hashlib
import os
import re
from collections import Counter
from datetime import date

import workbook
import x12

ENCODINGS = {"utf-8": "utf-8", "windows-1252": "cp1252"}


class Record:
    """One raw record: its place, and either its fields or the reason for which it cannot be read."""

    def __init__(self, number, line, fields, reason):
        self.number, self.line, self.fields, self.reason = number, line, fields, reason


class RawFile:
    """One raw file of a feed, what becomes of it as a whole, and its count of records by what became of them."""

    def __init__(self, feed, path, folder):
        self.feed = feed
        self.path = os.path.relpath(path, folder).replace(os.sep, "/")
        with open(path, "rb") as file:
            self.data = file.read()
        self.disposition = "accepted"
        self.counts = Counter()


def files_of(feed, folder):
    """The feed's files in the order of their relative paths, each once."""
    paths = set()
    for pattern in feed["files"]:
        paths.update(p for p in glob.glob(os.path.join(folder, pattern), recursive=True) if os.path.isfile(p))
    return sorted((RawFile(feed, path, folder) for path in paths), key=lambda file: file.path)


def settle_files(feed, files):
    """Rule 6: equal contents are DUP_FILE after the first by path; then the latest version of a period replaces the others."""
    seen = set()
    for file in files:
        digest = hashlib.sha256(file.data).digest()
        if digest in seen:
            file.disposition = "duplicate"
        seen.add(digest)
    if feed["restatement"]["mode"] != "replace":
        return
    pattern = re.compile(re.sub(r"\(\?<(?=[a-z])", "(?P<", feed["restatement"]["file_pattern"]))
    latest = {}
    for file in files:
        match = pattern.search(os.path.basename(file.path))
        if file.disposition != "accepted" or match is None:
            continue
        names = match.groupdict()
        key, version = (names.get("reporter"), names["period"]), names["version"]
        if key not in latest:
            latest[key] = (version, file)
        elif is_earlier(version, latest[key][0]):
            file.disposition = "superseded"
        else:
            latest[key][1].disposition = "superseded"
            latest[key] = (version, file)


def is_earlier(left, right):
    """Rule 6: versions are compared as numbers where both are numbers, else as text."""
    return int(left) < int(right) if left.isdigit() and right.isdigit() else left < right


def quote_shape(text, delimiter, quote):
    """`whole` if every quote of the record opens and closes a field, `open` if its last field is not closed yet, else `stray`."""
    field = b"(?:Q(?:[^Q]|QQ)*Q|[^QD]*)"
    whole = b"F(?:DF)*".replace(b"F", field)
    unclosed = b"(?:FD)*Q(?:[^Q]|QQ)*".replace(b"F", field)
    patterns = [p.replace(b"Q", re.escape(quote)).replace(b"D", re.escape(delimiter)) for p in (whole, unclosed)]
    if re.fullmatch(patterns[0], text):
        return "whole"
    return "open" if re.fullmatch(patterns[1], text) else "stray"


def split_fields(text, feed):
    """The fields of a record whose quotes are in order."""
    if feed["quote"]:
        return next(csv.reader([text], delimiter=feed["delimiter"], quotechar=feed["quote"], strict=True), [])
    return text.split(feed["delimiter"])


def quoted_record(lines, first, feed, columns):
    """The last line of the record that begins at `first`, None for a stray quote. A record whose quoted field spans lines counts
    only with the header's number of fields; so after a stray quote reading goes on at the very next line."""
    delimiter, quote = feed["delimiter"].encode(), feed["quote"].encode()
    last, text = first, lines[first]
    shape = quote_shape(text.removesuffix(b"\r"), delimiter, quote)
    while shape == "open" and last + 1 < len(lines):
        last += 1
        text += b"\n" + lines[last]
        shape = quote_shape(text.removesuffix(b"\r"), delimiter, quote)
    if shape != "whole":
        return None
    spans_lines = last > first
    if spans_lines and len(split_fields(text.removesuffix(b"\r").decode("latin-1"), feed)) != columns:
        return None
    return last


def decoded_fields(text, feed, columns):
    """(fields, reason) of a record whose quotes are in order."""
    try:
        fields = [field.strip() for field in split_fields(text.decode(ENCODINGS[feed["encoding"]]), feed)]
    except UnicodeDecodeError:
        return None, "UNDECODABLE"
    return (fields, None) if len(fields) == columns else (None, "FIELD_COUNT")


def records_of(file):
    """The header's names and every record of a file."""
    return {"delimited": delimited_records, "excel": workbook_records, "x12_867": x12_records}[file.feed["format"]](file)


def workbook_records(file):
    """The rows of a workbook. Cells beyond the header are fields too many; missing ones at the end are empty."""
    header, rows = workbook.rows_of(file.data, file.feed)
    records = []
    for number, (line, texts) in enumerate(rows, 1):
        is_surplus = any(texts[len(header) :])
        fields = None if is_surplus else [*texts, *[""] * len(header)][: len(header)]
        records.append(Record(number, line, fields, "FIELD_COUNT" if is_surplus else None))
    return header, records


def x12_records(file):
    """The lines of an X12 867; the header has our own names for the fields."""
    names, lines = x12.lines_of(file.data, file.feed)
    records = []
    for number, (line, texts, reason) in enumerate(lines, 1):
        records.append(Record(number, line, [texts[name] for name in names] if texts else None, reason))
    return names, records


def delimited_records(file):
    """The header's names and every record of a delimited file (rule 2: never padded, never cut). An empty line is no record."""
    feed = file.feed
    data = file.data.removeprefix(b"\xef\xbb\xbf") if feed["encoding"] == "utf-8" else file.data
    lines = data.split(b"\n")
    unterminated = lines[-1] != b""
    if not unterminated:
        lines.pop()
    header = split_fields(lines[0].removesuffix(b"\r").decode(ENCODINGS[feed["encoding"]]), feed)
    records, at = [], 1
    while at < len(lines):
        first, at = at, at + 1
        if lines[first].removesuffix(b"\r") == b"":
            continue
        last = quoted_record(lines, first, feed, len(header)) if feed["quote"] else first
        at = first + 1 if last is None else last + 1
        # A file cut off in the middle: whatever else is wrong with its last record, this is why.
        if unterminated and at == len(lines):
            fields, reason = None, "UNTERMINATED"
        elif last is None:
            fields, reason = None, "STRAY_QUOTE"
        else:
            text = b"\n".join(lines[first:at]).removesuffix(b"\r")
            fields, reason = decoded_fields(text, feed, len(header))
        records.append(Record(len(records) + 1, first + 1, fields, reason))
    return header, records


def number(text, numbers):
    """A number as (whole digits, fraction digits, is negative), None if it is not written as the feed declares."""
    if numbers["sign"] == "trailing":
        negative, digits = text.endswith("-"), text.removesuffix("-")
    else:
        negative, digits = text.startswith("-"), text.removeprefix("-")
    decimal, thousands = re.escape(numbers["decimal"]), re.escape(numbers["thousands"])
    marked = rf"|[0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+" if thousands else ""
    match = re.fullmatch(rf"([0-9]+{marked})(?:{decimal}([0-9]+))?", digits)
    if match is None:
        return None
    return "".join(c for c in match[1] if c.isdigit()), match[2] or "", negative


def scaled(text, numbers, decimals, limit, bad):
    """(value in units of 10^-decimals, reason): more decimals only if they are zeros, never beyond the limit."""
    if text == "":
        return None, "MISSING_VALUE"
    parts = number(text, numbers)
    if parts is None or parts[1][decimals:].strip("0") != "":
        return None, bad
    # Three decimals, or thousands of a sender who uses the mark the other way.
    if not numbers["thousands"] and len(parts[1]) == 3 and len(parts[0]) <= 3 and parts[0][0] != "0":
        return None, "AMBIGUOUS_NUMBER"
    # More digits than any limit has; Python refuses to read very long ones.
    if len(parts[0].lstrip("0")) > 18:
        return None, "OUT_OF_RANGE"
    value = int(parts[0] + parts[1][:decimals].ljust(decimals, "0"))
    if value > limit:
        return None, "OUT_OF_RANGE"
    return -value if parts[2] else value, None


def day(text, layout):
    """The date, None if it is not written as the feed declares or does not exist."""
    patterns = {
        "yyyy-mm-dd": r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})",
        "dd.mm.yyyy": r"(?P<d>[0-9]{2})\.(?P<m>[0-9]{2})\.(?P<y>[0-9]{4})",
        "mm/dd/yyyy": r"(?P<m>[0-9]{2})/(?P<d>[0-9]{2})/(?P<y>[0-9]{4})",
        "yyyymmdd": r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})",
    }
    match = re.fullmatch(patterns[layout], text)
    try:
        return date(int(match["y"]), int(match["m"]), int(match["d"])) if match else None
    except ValueError:
        return None
