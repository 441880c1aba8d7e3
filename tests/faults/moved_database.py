#!/usr/bin/env python3
"""A database that is removed or replaced under the running daemon, which looks each minute."""

import unittest

from fault_case import FaultCase
from site_of import Site

LOOKS_WITHIN = 80  # seconds


class MovedDatabaseTest(FaultCase):
    def test_ends_it_before_much_goes_into_a_ghost(self):
        replaced = Site(self.site.binary, self.folder / "other", self.server, "b")
        try:
            for site in (self.site, replaced):
                site.start()
                site.wait_ready()
            self.site.database.unlink()
            (replaced.storage / "mine").write_bytes(b"another file")
            (replaced.storage / "mine").rename(replaced.database)
            for site in (self.site, replaced):
                self.assertEqual(site.process.wait(LOOKS_WITHIN), 74)
                self.assertIn("was removed or replaced while in use", site.log_path.read_text())
            self.assertFalse(self.site.database.exists())
            self.assertEqual(replaced.database.read_bytes(), b"another file")
        finally:
            replaced.end()


if __name__ == "__main__":
    unittest.main(verbosity=2)
