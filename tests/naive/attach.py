"""The ladder of attachment (part 4), and what is left over after it."""

from collections import defaultdict
from datetime import timedelta

from settle import split_cents

# Equal keys of the rungs below `serial`; `order` makes two passes. A key with an empty part matches nothing.
PASSES = {
    "invoice": [lambda line: (line.partner, line.invoice, line.category)],
    "order": [
        lambda line: (line.partner, line.purchase_order, line.category),
        lambda line: (line.partner, line.sales_order, line.category),
    ],
    "customer": [lambda line: (line.partner, line.end_customer, line.category)],
    "pool": [lambda line: (line.partner, line.category)],
}


class Attachment:
    """Packs of one service line allotted to one hardware line on one rung; an add-on has packs and no units."""

    def __init__(self, service, hardware, rung, is_add_on):
        self.service, self.hardware, self.rung, self.is_add_on = service, hardware, rung, is_add_on
        self.packs = self.amount = 0

    def units(self):
        """Hardware units that are covered by this."""
        return 0 if self.is_add_on else self.packs


class Ladder:
    """The lines that take part, in (date, line key) order, and the attachments made so far."""

    def __init__(self, lines, plan):
        self.before, self.after = timedelta(days=plan.lead_days), timedelta(days=plan.window_days)
        in_order = sorted((line for line in lines if line.net_units > 0), key=lambda line: line.order())
        self.hardware = [line for line in in_order if line.kind == "hardware"]
        self.services = [line for line in in_order if line.kind == "service" and not line.is_post_warranty]
        self.attachments = {}

    def in_window(self, service, hardware):
        """The service's date lies in [hardware date − lead days, hardware date + window days]."""
        return hardware.date - self.before <= service.date <= hardware.date + self.after

    def allot(self, service, hardware, rung, packs, is_add_on=False):
        """Books packs of a service on a hardware line."""
        key = (id(service), id(hardware), rung, is_add_on)
        found = self.attachments.setdefault(key, Attachment(service, hardware, rung, is_add_on))
        found.packs += packs
        service.used += packs
        hardware.used += 0 if is_add_on else packs

    def climb_serial(self):
        """Rung 1: a covered serial equals the hardware's; a second pack on a covered serial is an add-on."""
        lines_with, covered = defaultdict(list), set()
        for hardware in self.hardware:
            for serial in hardware.net_serials:
                lines_with[serial].append(hardware)
        for service in self.services:
            for serial in sorted(set(service.net_serials + service.given_serials)):
                if service.used == service.net_units:
                    break
                near = [hardware for hardware in lines_with[serial] if self.in_window(service, hardware)]
                free = [h for h in near if (serial, id(h)) not in covered and h.used < h.net_units]
                again = [h for h in near if (serial, id(h)) in covered]
                if free:
                    covered.add((serial, id(free[0])))
                    self.allot(service, free[0], "serial", 1)
                elif again:
                    self.allot(service, again[0], "serial", 1, is_add_on=True)

    def climb(self, rung, key_of):
        """Rungs 2 to 5: each unit goes to the eligible hardware line with units left of the earliest (date, line key)."""
        groups = defaultdict(list)
        for hardware in self.hardware:
            groups[key_of(hardware)].append(hardware)
        for service in self.services:
            key = key_of(service)
            if "" in key:
                continue
            for hardware in groups.get(key, []):
                packs = min(service.net_units - service.used, hardware.net_units - hardware.used)
                if packs > 0 and self.in_window(service, hardware):
                    self.allot(service, hardware, rung, packs)

    def reason(self, service):
        """Why packs of a service line are left over, judged on (partner, category) over all periods read."""
        same = [h for h in self.hardware if (h.partner, h.category) == (service.partner, service.category)]
        near = [h for h in same if self.in_window(service, h)]
        if service.net_units == 0:
            return "NO_UNITS"
        if service.net_units < 0:
            return "UNMATCHED_RETURN"
        if service.is_post_warranty:
            return "POST_WARRANTY"
        if not same:
            return "NO_HARDWARE"
        if not near:
            return "OUT_OF_WINDOW"
        return "SURPLUS" if all(h.used == h.net_units for h in near) else "NO_KEY"


def split_money(service, attachments, rungs):
    """A service line's amount by packs over its attachments and its left-over packs; the left-over share comes last in ties."""
    left = service.net_units - sum(a.packs for a in attachments)
    parts = [(a.packs, (rungs.index(a.rung), a.hardware.order(), a.is_add_on)) for a in attachments]
    shares = split_cents(service.net_amount, parts + [(left, (len(rungs),))])
    for attachment, share in zip(attachments, shares):
        attachment.amount = share
    service.left_units = left
    service.left_amount = service.net_amount - sum(a.amount for a in attachments)


def attach(lines, plan):
    """Climbs the ladder and returns the attachments; each service line gets its left-over units, money and reason."""
    ladder = Ladder(lines, plan)
    for rung in plan.rungs:
        if rung == "serial":
            ladder.climb_serial()
        else:
            for key_of in PASSES[rung]:
                ladder.climb(rung, key_of)
    of_service = defaultdict(list)
    for attachment in ladder.attachments.values():
        of_service[id(attachment.service)].append(attachment)
    for service in (line for line in lines if line.kind == "service"):
        split_money(service, of_service[id(service)], plan.rungs)
        if service.left_units != 0 or service.left_amount != 0:
            service.left_reason = ladder.reason(service)
    return list(ladder.attachments.values())
