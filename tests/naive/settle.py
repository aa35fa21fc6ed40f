"""What is settled before attachment: repeats across feeds, returns, registrations."""

from collections import defaultdict


def split_cents(amount, parts):
    """Rule 10 and part 4: an amount shared by units to the cent, over parts (units, tie key): floors of the absolute amount,
    the missing cents one by one to the largest remainders, ties by the key. Returns the cents in the order of the parts."""
    total = sum(units for units, _ in parts)
    if total == 0:
        return [0 for _ in parts]
    shares = [abs(amount) * units // total for units, _ in parts]
    missing = abs(amount) - sum(shares)
    ranked = sorted(range(len(parts)), key=lambda i: (-(abs(amount) * parts[i][0] % total), parts[i][1]))
    for i in ranked[:missing]:
        shares[i] += 1
    return [share if amount >= 0 else -share for share in shares]


def mark_repeats(sales):
    """Rule 6, across feeds: per (partner, invoice, base SKU, date) the feed of the highest priority is kept, then by feed id.
    Returns the number of groups in which feeds disagree."""
    groups = defaultdict(lambda: defaultdict(list))
    for line in sales:
        if line.invoice:
            groups[line.partner, line.invoice, line.sku, line.date][-line.priority, line.feed].append(line)
    disagreements = 0
    for by_feed in groups.values():
        kept = []
        for feed in sorted(by_feed):
            lower = by_feed[feed]
            if not kept:
                kept = list(lower)
                continue
            if all(line.serials for line in kept + lower):
                known = {serial for line in kept for serial in line.serials}
                for line in lower:
                    line.is_duplicate = set(line.serials) <= known
            elif sum(line.quantity for line in lower) == sum(line.quantity for line in kept):
                for line in lower:
                    line.is_duplicate = True
            else:
                disagreements += 1
            kept += [line for line in lower if not line.is_duplicate]
    return disagreements


def settle_returns(lines):
    """Rule 10: returns by (date, line key) reduce the lines of the same partner and SKU of the same day or before."""
    sold = defaultdict(list)
    for line in sorted(lines, key=lambda line: line.order(), reverse=True):
        if line.quantity > 0:
            sold[line.partner, line.sku].append(line)
    for back in sorted((line for line in lines if line.quantity < 0), key=lambda line: line.order()):
        latest_first = [line for line in sold[back.partner, back.sku] if line.date <= back.date]
        settle_return(back, latest_first)


def settle_return(back, latest_first):
    """Rule 10: by serial, else same invoice, else the latest line first; each step takes what the step before left."""
    open_units = -back.quantity
    taken = defaultdict(int)
    for serial in back.serials:
        for line in latest_first:
            if open_units > 0 and line.net_units > 0 and serial in line.net_serials:
                line.net_serials.remove(serial)
                line.net_units -= 1
                open_units -= 1
                taken[1, line.order(), line] += 1
                break
    same_invoice = [line for line in latest_first if back.invoice and line.invoice == back.invoice]
    for step, candidates in ((2, same_invoice), (3, latest_first)):
        for line in candidates:
            units = min(open_units, line.net_units)
            if units > 0:
                line.net_units -= units
                open_units -= units
                taken[step, line.order(), line] += units
    parts = [(units, (step, order)) for (step, order, _), units in taken.items()]
    shares = split_cents(back.amount, parts + [(open_units, (4,))])
    for (_, _, line), share in zip(taken, shares):
        line.net_amount += share
    # What remains unmatched is a negative line of its own, in its own period.
    back.net_units, back.net_amount = -open_units, shares[-1]


def settle_registrations(registrations, lines):
    """Rule 9: registrations each give their serial to one net unit of a pack sale. Returns those not joined to a sale."""
    hardware_of, packs_of = {}, defaultdict(list)
    for line in sorted(lines, key=lambda line: line.order()):
        if line.kind == "hardware" and line.net_units > 0:
            for serial in line.net_serials:
                hardware_of.setdefault(serial, line.partner)
        if line.kind == "service" and line.net_units > 0:
            packs_of[line.sku].append(line)
    claims = []
    for record in registrations:
        for serial in record.serials:
            claims.append((record, serial, record.partner or hardware_of.get(serial)))
    only_registered = []
    for record, serial, partner in sorted(claims, key=registration_order):
        packs = packs_of[record.sku]
        if any(serial in pack.net_serials or serial in pack.given_serials for pack in packs):
            continue
        if not give_serial(record, serial, partner, packs):
            only_registered.append(record)
    return only_registered


def registration_order(claim):
    """Rule 9: registrations are taken by date, then partner (none last) and content."""
    record, serial, partner = claim
    return (
        record.date,
        partner is None,
        partner or "",
        record.invoice,
        record.sku,
        serial,
        record.certificate,
        record.file,
        record.record,
    )


def give_serial(record, serial, partner, packs):
    """Rule 9: by certificate number, else invoice and SKU, else partner and SKU; the nearest date, then line key."""
    ways = (
        lambda pack: record.certificate and pack.certificate == record.certificate,
        lambda pack: record.invoice and pack.invoice == record.invoice,
        lambda pack: partner and pack.partner == partner,
    )
    for way in ways:
        found = [p for p in packs if way(p) and p.net_units - len(p.net_serials) - len(p.given_serials) > 0]
        if found:
            nearest = min(found, key=lambda pack: (abs((pack.date - record.date).days), pack.key()))
            nearest.given_serials.append(serial)
            return True
    return False
