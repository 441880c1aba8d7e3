#!/usr/bin/env python3
"""A database as an older program wrote it, under this one."""

import json
import pathlib
import sqlite3
import unittest

import evidence
from fault_case import FaultCase

DUMP = pathlib.Path(__file__).resolve().parents[1] / "fixtures/databases/version-1.sql"
SLOTS = "/api/v1/signals/checkout/load?start=2026-05-12T06:10:00Z&end=2026-05-12T06:10:10Z&step=1s"
REVISIT = "checkout-20260512T061001Z"


class UpgradeTest(FaultCase):
    """A revisit has opened and subsided there, and four of its six deliveries wait."""

    def setUp(self):
        super().setUp()
        self.site.storage.mkdir(mode=0o700)
        base = sqlite3.connect(self.site.database)
        base.executescript(DUMP.read_text())
        base.close()
        self.site.database.chmod(0o600)
        self.old = self.site.database.read_bytes()
        self.before = evidence.Snapshot(self.site.storage)

    def life(self):
        self.site.start()
        self.site.wait_ready()
        status, text = self.site.ask("GET", "/api/v1/revisits")
        self.assertEqual(status, 200, text)
        self.assertEqual([r["revisit"] for r in json.loads(text)["data"]], [REVISIT])
        status, text = self.site.ask("GET", SLOTS)
        self.assertEqual(status, 200, text)
        self.assertEqual({slot: float(value) for slot, value in json.loads(text)["data"]["values"]},
                         self.before.slots)
        for waiting, row in self.before.deliveries.items():
            if row[2] == evidence.PENDING:
                self.site.wait_for("what waited is delivered",
                                   lambda: self.site.said("delivered", id=waiting), 60)
        self.assertEqual(self.site.stop()[0], 0)
        return evidence.Snapshot(self.site.storage)

    def holds(self, after):
        self.assertEqual(after.integrity, ["ok"])
        self.assertGreater(after.version, self.before.version)
        self.assertEqual(after.trail[:len(self.before.trail)], self.before.trail)
        for id_, row in self.before.deliveries.items():
            self.assertEqual(after.deliveries[id_][3:], row[3:], "the same bytes")
        self.assertNotIn("revisit.opened", [row[1] for row in after.trail[len(self.before.trail):]])

    def test_keeps_what_it_held_and_sends_what_waited(self):
        after = self.life()
        self.holds(after)
        sent = [receipt.id for receipt in self.endpoint.receipts]
        done = [id_ for id_, row in self.before.deliveries.items() if row[2] == evidence.DELIVERED]
        self.assertEqual(len(set(sent)), len(sent), "each once")
        self.assertFalse(set(sent) & set(done), "what was delivered is not sent again")

    def test_the_copy_from_before_leads_back_and_forth(self):
        self.life()
        copy = self.site.storage / "revisitd.db.v1"
        base = sqlite3.connect(copy)
        self.assertEqual(base.execute("PRAGMA user_version").fetchone(), (1,))
        base.close()
        # What an operator does who goes back to the old program, and forward again.
        copy.rename(self.site.database)
        (self.site.storage / "revisitd.mark").unlink()
        self.holds(self.life())

    def test_the_log_names_the_copy(self):
        self.life()
        (moved,) = self.site.said("the database is of an older version and moves up; a copy is kept")
        self.assertEqual(moved["from"], "1")
        self.assertEqual(moved["copy"], str(self.site.storage / "revisitd.db.v1"))


class LargeUpgradeTest(UpgradeTest):
    """A fleet's database is opened while the configuration is being read."""

    def setUp(self):
        super().setUp()
        base = sqlite3.connect(self.site.database)
        base.execute("CREATE TABLE filler(much)")
        base.execute("INSERT INTO filler VALUES (zeroblob(5000000))")
        base.execute("DROP TABLE filler")
        base.commit()
        base.close()
        self.assertGreater(self.site.database.stat().st_size, 5_000_000)
        self.old = self.site.database.read_bytes()

    def test_a_configuration_that_cannot_be_used_leaves_it_as_it_is(self):
        good = (self.site.folder / "revisitd.yml").read_text()
        self.site.write("revisitd.yml", good + "\nnonsense: 1\n")
        self.start_is_refused(1, "the configuration cannot be used")
        self.assertEqual(self.site.database.read_bytes(), self.old)
        self.assertFalse((self.site.storage / "revisitd.db.v1").exists())
        self.assertFalse(self.site.said("the database is of an older version and moves up;"
                                        " a copy is kept"))
        self.site.write("revisitd.yml", good)
        self.holds(self.life())


if __name__ == "__main__":
    unittest.main(verbosity=2)
