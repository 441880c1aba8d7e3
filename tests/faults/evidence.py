"""What a database says after a kill, and whether it may say so: the invariants of FAULTS.md."""

import json
import re
import shutil
import sqlite3
import struct
import tempfile

FINAL = {"revisit.concluded", "revisit.withdrawn"}
# Events that tell the receivers something; each committed with what tells it to each receiver.
TOLD = {"revisit.opened", "revisit.worsened", "revisit.reopened", "revisit.subsided",
        "revisit.reminder", "revisit.concluded", "revisit.withdrawn", "trigger.blind",
        "trigger.sighted"}
# Of these, what comes for one decision before it can have been sent is told in one row.
SIGHT = {"trigger.blind", "trigger.sighted"}
# What it says of itself, which is in no trail.
NOTICES = {"receiver.rejects", "receiver.accepts", "daemon.restarts"}
RECEIVERS = 2
PENDING, DELIVERED, DEAD = 0, 1, 2


class Snapshot:
    """The database as the next start will find it, read from a copy."""

    def __init__(self, storage):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("revisitd.db", "revisitd.db-wal", "revisitd.db-journal"):
                if (storage / name).exists():
                    shutil.copy(storage / name, folder)
            base = sqlite3.connect(f"{folder}/revisitd.db")
            try:
                self.read(base)
            finally:
                base.close()

    def read(self, base):
        self.integrity = [row[0] for row in base.execute("PRAGMA integrity_check")]
        self.foreign = base.execute("PRAGMA foreign_key_check").fetchall()
        self.version = base.execute("PRAGMA user_version").fetchone()[0]
        self.trail, self.deliveries, self.ledgers, self.slots = [], {}, {}, {}
        self.books, self.tail_from = None, 0
        if self.version == 0:
            return  # killed before the first commit
        self.books = base.execute("SELECT step, trail_last, pending, dead FROM books").fetchone()
        self.trail = base.execute(
            "SELECT sequence, t.text, s.text, r.text, body FROM trail"
            " JOIN word t ON t.id = type JOIN word s ON s.id = service JOIN word r ON r.id = revisit"
            " ORDER BY sequence").fetchall()
        for id_, type_, revisit, state, body, receiver in base.execute(
                "SELECT id, type, revisit, state, body, receiver FROM delivery"):
            self.deliveries[id_] = (type_, revisit, state, body, receiver)
        triggers = {}
        for service, value in base.execute("SELECT key, value FROM state WHERE kind = 'decision'"):
            for name, trigger in json.loads(value)["triggers"].items():
                if "ledger" in trigger:  # of an earlier version
                    self.ledgers[service, name] = read_ledger(trigger["ledger"])
                triggers.setdefault(service, []).append(name)
        for (row,) in base.execute("SELECT value FROM state WHERE kind = 'course'"):
            for service, texts in read_courses(row):
                for name, text in zip(triggers[service], texts, strict=True):
                    self.ledgers[service, name] = read_ledger(text)
        grid = base.execute("SELECT max(tail_from) FROM grid").fetchone()[0]
        self.tail_from = grid + 60 if grid is not None else 0
        if self.version < 3:
            self.slots = dict(base.execute("SELECT slot, value FROM slot_tail"))
            return
        for slot, packed in base.execute("SELECT slot, packed FROM slot_tail"):
            for value in read_tail_row(packed):
                self.slots[slot] = value


def events_in(row):
    """How many events a delivery tells of."""
    if row[0] not in SIGHT:
        return 1
    return len(json.loads(row[3])["data"].get("triggers", [None]))


def read_tail_row(packed):
    """The values of a row of the tail, whose format storage/tail_row.h tells."""
    present, intervals = struct.unpack_from("<II", packed, 5)
    values, at = [], 13
    for series in range(32):
        if present >> series & 1:
            values.append(struct.unpack_from("<d", packed, at)[0])
            at += 24 if intervals >> series & 1 else 8
    assert at == len(packed), "a row of the tail that goes on"
    return values


class Packed:
    """What rules/packed_fields.h writes, as far as it is looked at here."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def whole(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def text(self):
        size = self.whole()
        self.at += size
        return self.data[self.at - size:self.at]

    def skip_number(self):
        if self.whole() == 1:
            self.at += 8


def read_courses(row):
    """Each service of a row of courses, and the ledgers of its triggers; rules/engine_course.cc tells the format."""
    fields = Packed(row)
    while fields.at < len(row):
        service, course = fields.text().decode(), Packed(fields.text())
        ledgers = []
        for _ in range(course.whole()):
            ledgers.append(course.text().decode())
            course.whole(), course.whole()
            for _ in range(2):
                course.skip_number()
                course.whole()
        yield service, ledgers


def read_ledger(text):
    """"6@103:.2o2.1b1" as {slot: state}, b(reach), o(k), i(dle) and . for blind."""
    size, rest = text.split("@")
    if rest == "-":
        return {}
    last, runs = rest.split(":")
    slot, states = int(last) - int(size) + 1, {}
    for state, count in re.findall(r"(\D)(\d+)", runs):
        for _ in range(int(count)):
            states[slot] = state
            slot += 1
    return states


class Witness:
    """Remembers what was true at every kill and holds the next snapshot against it."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.last = None
        self.doubtful = {}   # id: kills at which it may have been taken without our knowing
        self.promised = []   # (type, revisit): acts that were answered with 200
        self.served = []     # (from, to, value): what the target showed
        self.kills = 0

    def look(self, storage):
        """Raises AssertionError where an invariant does not hold."""
        self.endpoint.settle()
        now = Snapshot(storage)
        self.kills += 1
        require(now.integrity == ["ok"] and not now.foreign, "I6 integrity", now.integrity)
        if now.books:
            self.check_books(now)
            self.check_trail(now)
            self.check_deliveries(now)
            self.check_ledgers(now)
        if self.last and self.last.books:
            self.check_progress(now)
        self.last = now
        return now

    def check_books(self, now):
        states = [row[2] for row in now.deliveries.values()]
        require(now.books[1:] == (len(now.trail), states.count(PENDING), states.count(DEAD)),
                "the books agree with the tables", now.books)

    def check_trail(self, now):
        require([row[0] for row in now.trail] == list(range(1, len(now.trail) + 1)),
                "I6 sequence without gaps", [row[0] for row in now.trail][-5:])
        standing = {}
        for sequence, type_, service, revisit, body in now.trail:
            if not type_.startswith("revisit."):
                continue
            state = standing.get(service)
            where = (sequence, type_, service, revisit, state)
            if type_ == "revisit.opened":
                require(state is None, "I5 one revisit at a time", where)
                event = json.loads(body)
                require(event["counts"]["breach"] > 0, "I2 evidence", body)
            else:
                require(state and state[0] == revisit, "I5 only after it was opened", where)
                require(type_ != "revisit.reopened" or state[1], "I5 reopened once subsided", where)
            subsided = type_ == "revisit.subsided" or (
                state is not None and state[1] and type_ not in ("revisit.reopened", "revisit.worsened"))
            standing[service] = None if type_ in FINAL else (revisit, subsided)
        for promise in self.promised:
            require(any((row[1], row[3]) == promise for row in now.trail),
                    "an act that was answered stands in the trail", promise)

    def check_deliveries(self, now):
        events = sum(row[1] in TOLD for row in now.trail)
        told = sum(events_in(row) for row in now.deliveries.values() if row[0] not in NOTICES)
        require(told == events * RECEIVERS, "I1 every event is told to every receiver", (told, events))
        # What it says of itself: within an hour, once to each receiver.
        notices = [(row[0], row[4]) for row in now.deliveries.values() if row[0] in NOTICES]
        require(len(notices) == len(set(notices)) and len(notices) % RECEIVERS == 0,
                "each notice is told once to every receiver", notices)
        taken = {}
        for receipt in list(self.endpoint.receipts):
            row = now.deliveries.get(receipt.id)
            require(row is not None, "I2, I11 what arrived was committed", receipt.id)
            require(row[3] == receipt.body.decode(), "I3 the same bytes every time", receipt.id)
            if receipt.status == 200:
                taken[receipt.id] = taken.get(receipt.id, 0) + 1
        for id_, (_, _, state, _, _) in now.deliveries.items():
            require(state != DELIVERED or id_ in taken, "I11 delivered only after a 2xx", id_)
            require(state != DEAD, "nothing is given up here", id_)
        for id_, times in taken.items():
            require(times <= 1 + self.doubtful.get(id_, 0), "I4 bounded duplicates", (id_, times))
            if now.deliveries[id_][2] == PENDING:
                self.doubtful[id_] = times

    def check_ledgers(self, now):
        for (service, trigger), states in now.ledgers.items():
            if service != "checkout":
                continue
            for slot, state in states.items():
                if state not in "bo":
                    continue
                shown = self.shown_in(slot)
                require(shown is None or (state == "b") == (shown > 50),
                        "I9 judged by what was there", (trigger, slot, state, shown))
                require(slot < now.tail_from or slot in now.slots, "a judged slot has its value",
                        (trigger, slot, state, now.tail_from))

    def shown_in(self, slot):
        """The value that stood throughout the slot and a second before it, if one did."""
        for begin, end, value in list(self.served):
            if begin <= slot - 1 and slot + 1.3 <= end:
                return value
        return None

    def check_progress(self, now):
        old = self.last
        require(now.books and now.books[0] >= old.books[0], "I6 steps only grow", now.books)
        require(now.trail[:len(old.trail)] == old.trail, "the trail is append-only", len(now.trail))
        for id_, (type_, revisit, state, body, receiver) in old.deliveries.items():
            row = now.deliveries.get(id_)
            require(row is not None, "I1 never gone", id_)
            require(row[3] == body and row[4] == receiver, "I3 never rewritten", id_)
            require(state == PENDING or row[2] == state, "what is finished stays so", id_)
        for key, states in old.ledgers.items():
            if key[0] != "checkout" or not states:
                continue
            again = now.ledgers.get(key)
            require(again and max(again) >= max(states), "I7 the hold goes on", key)
            for slot, state in states.items():
                require(again.get(slot, state) == state, "I7 no slot is judged anew",
                        (key, slot, state, again.get(slot)))


def require(holds, rule, what):
    if not holds:
        raise AssertionError(f"{rule}: {what}")
