"""ANSI X12 867 files to records: each quantity of a transaction set, with what is said of it nearest to it.

Knows what the sample's sender writes: PTD loops, quantities before items or behind them, prices in UIT, CTP or SII, amounts of lines in AMT*LI.
"""

import re
from decimal import ROUND_HALF_EVEN, Decimal

ENCODINGS = {"iso-8859-1": "latin-1", "utf-8": "utf-8"}
SALES, RETURNS = {"32", "39"}, {"61", "76"}
# Where the standard puts what a feed does not name.
USUAL = {
    "location": "N1*ST",
    "date": "DTM*003",
    "invoice": "REF*IV",
    "sku": "LIN*VP",
    "description": "PID/05",
    "currency": "CUR/02",
    "serials": "REF*SE[]",
    "purchase_order": "PRF/01",
    "end_customer": "N1*EN",
}


def segments_of(data, encoding):
    """[(number from 1, elements)]. ISA has 106 characters, so its marks have fixed places."""
    text = data.decode(ENCODINGS[encoding])
    element, end = text[3], text[105]
    found = [segment.strip("\r\n") for segment in text.split(end)]
    return [(number, segment.split(element)) for number, segment in enumerate((s for s in found if s), 1)]


def sets_of(segments):
    """Each transaction set with whether it has its end."""
    current, sets = None, []
    for number, elements in segments:
        if elements[0] == "ST":
            current = []
            sets.append([current, False])
        elif elements[0] in ("ISA", "GS", "GE", "IEA"):
            current = None
        if current is not None:
            current.append((number, elements))
            if elements[0] == "SE":
                sets[-1][1] = True
                current = None
    return sets


def cut_at(segments, ids):
    """What stands before the first segment of these ids, and the blocks that each begin with one of the first one's id."""
    starts = [at for at, (_, elements) in enumerate(segments) if elements[0] in ids]
    if not starts:
        return segments, []
    lead = segments[starts[0]][1][0]
    starts = [at for at in starts if segments[at][1][0] == lead]
    return segments[: starts[0]], [segments[a:b] for a, b in zip(starts, starts[1:] + [len(segments)])]


def values(segments, reference):
    """All that a reference like `REF*IV`, `N1*ST` or `PID/05` finds."""
    path, _, element = reference.removesuffix("[]").partition("/")
    name, _, qualifier = path.partition("*")
    at = int(element) if element else 4 if name == "N1" else 2
    found = []
    for _, elements in segments:
        if elements[0] != name:
            continue
        if name == "LIN":
            pairs = dict(zip(elements[2::2], elements[3::2]))
            found.append(pairs.get(qualifier, ""))
        elif (not qualifier or elements[1:2] == [qualifier]) and len(elements) > at:
            found.append(elements[at])
    return [value for value in found if value]


def nearest(scopes, reference):
    """What the nearest scope says."""
    return next((found for scope in scopes if (found := values(scope, reference))), [])


def amount_of(block, head, quantity):
    """The amount of a line without the sign that a return code gives it, as text."""
    said = values(block, "AMT*LI")
    if said:
        return Decimal(said[0])
    price = values(block, "UIT/02") or values(block, "CTP/03")
    if not price:
        sku = values(block, "LIN*VP")
        price = [e[5] for _, e in head if e[0] == "SII" and e[1] == "VP" and [e[2]] == sku]
    return (Decimal(price[0]) * quantity).quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def line(block, head, heading, columns):
    """(number of the segment, {field: text}, reason) of one line."""
    number, (_, code, quantity, *_) = next(segment for segment in block if segment[1][0] == "QTY")
    if code not in SALES | RETURNS:
        return number, None, "QUANTITY_CODE"
    scopes = [block, head, heading]
    texts = {name: " ".join(nearest(scopes, reference)) for name, reference in columns.items()}
    texts["quantity"], texts["amount"] = quantity, "0"
    if re.fullmatch("-?[0-9]+", quantity):
        if code in RETURNS and quantity.startswith("-"):
            return number, None, "RETURN_SIGN"
        units = int(quantity)
        amount = amount_of(block, head, units)
        if code in RETURNS or (units > 0 and values([*block, *head], "REF*CM")):
            units, amount = -units, -amount
        texts["quantity"], texts["amount"] = str(units), str(amount)
    return number, texts, None


def lines_of(data, feed):
    """The fields' names, and (number of the segment, {field: text}, reason) of each quantity."""
    columns = USUAL | feed["columns"]
    found = []
    for segments, is_whole in sets_of(segments_of(data, feed["encoding"])):
        detail = [segment for segment in segments if segment[1][0] not in ("CTT", "SE")]
        heading, loops = cut_at(detail, {"PTD"})
        for loop in loops:
            head, blocks = cut_at(loop, {"QTY", "LIN"})
            of_loop = [line(block, head, heading, columns) for block in blocks]
            found.extend(of_loop if is_whole else [(number, None, "SET_CUT") for number, _, _ in of_loop])
    return [*columns, "quantity", "amount"], found
