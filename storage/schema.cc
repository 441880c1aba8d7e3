#include "storage/schema.h"

#include <array>
#include <string>

namespace revisitd::storage {
namespace {

// books: one row that knows what scans would otherwise have to find out.
// word: every service, signal, team, language, event type … once; 0 stands for "".
// state, trail, delivery: each row with the digest of its fields; state_kind sums up the rows of a
// kind. grid: one per slot length; how far its tail has moved into chunks. slot_tail: the newest
// slots of all series in time order, since version 2 with digests, since version 3 a row for 32
// series; slot_chunk: the older ones, packed. A chunk's place is series * 2^32 + block + 2^31,
// which is ascending by series, then by time.
constexpr const char* kTables = R"(
CREATE TABLE books(
  one INTEGER PRIMARY KEY CHECK(one = 1), identity TEXT NOT NULL, step INTEGER NOT NULL,
  trail_last INTEGER NOT NULL, pending INTEGER NOT NULL, dead INTEGER NOT NULL,
  chunks INTEGER NOT NULL);
INSERT INTO books VALUES(1, lower(hex(randomblob(16))), 0, 0, 0, 0, 0);

CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
INSERT INTO word VALUES(0, '');

CREATE TABLE state(
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  digest INTEGER NOT NULL, UNIQUE(kind, key));
CREATE TABLE state_kind(
  kind TEXT PRIMARY KEY, entries INTEGER NOT NULL, digest INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE trail(
  sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, type INTEGER NOT NULL,
  service INTEGER NOT NULL, team INTEGER NOT NULL, language INTEGER NOT NULL,
  revisit INTEGER NOT NULL, actor INTEGER NOT NULL, body TEXT NOT NULL, digest INTEGER NOT NULL);
CREATE INDEX trail_at ON trail(at);
CREATE INDEX trail_type ON trail(type);
CREATE INDEX trail_service ON trail(service) WHERE service <> 0;
CREATE INDEX trail_team ON trail(team) WHERE team <> 0;
CREATE INDEX trail_language ON trail(language) WHERE language <> 0;
CREATE INDEX trail_revisit ON trail(revisit) WHERE revisit <> 0;

CREATE TABLE delivery(
  place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, receiver TEXT NOT NULL,
  type TEXT NOT NULL, service TEXT NOT NULL, revisit TEXT NOT NULL, body TEXT NOT NULL,
  state INTEGER NOT NULL, attempts INTEGER NOT NULL, created INTEGER NOT NULL,
  next_attempt INTEGER NOT NULL, finished INTEGER, last_error TEXT NOT NULL,
  digest INTEGER NOT NULL);
CREATE INDEX delivery_state ON delivery(state);
CREATE INDEX delivery_finished ON delivery(finished) WHERE state = 1;

CREATE TABLE grid(
  id INTEGER PRIMARY KEY, length INTEGER NOT NULL UNIQUE, tail_from INTEGER NOT NULL,
  moved_to INTEGER NOT NULL, newest INTEGER NOT NULL);
CREATE TABLE series(
  id INTEGER PRIMARY KEY, service INTEGER NOT NULL, signal INTEGER NOT NULL,
  grid INTEGER NOT NULL, UNIQUE(service, signal, grid));
CREATE TABLE slot_chunk(place INTEGER PRIMARY KEY, packed BLOB NOT NULL);
)";

constexpr const char* kFirstTail = R"(
CREATE TABLE slot_tail(
  grid INTEGER NOT NULL, slot INTEGER NOT NULL, series INTEGER NOT NULL, value REAL NOT NULL,
  low REAL, high REAL, PRIMARY KEY(grid, slot, series)) WITHOUT ROWID;
)";

constexpr const char* kDigestTail = R"(
CREATE TABLE slot_tail(
  grid INTEGER NOT NULL, slot INTEGER NOT NULL, series INTEGER NOT NULL, value REAL NOT NULL,
  low REAL, high REAL, digest INTEGER NOT NULL, PRIMARY KEY(grid, slot, series)) WITHOUT ROWID;
)";

constexpr const char* kTail = R"(
CREATE TABLE slot_tail(
  grid INTEGER NOT NULL, slot INTEGER NOT NULL, part INTEGER NOT NULL, packed BLOB NOT NULL,
  PRIMARY KEY(grid, slot, part)) WITHOUT ROWID;
)";

constexpr const char* kKeepTail = R"(
CREATE TEMP TABLE old_tail AS SELECT * FROM slot_tail;
DROP TABLE slot_tail;
)";

constexpr const char* kFillDigestTail = R"(
INSERT INTO slot_tail SELECT *, tail_digest(grid, slot, series, value, low, high) FROM old_tail;
DROP TABLE old_tail;
)";

constexpr const char* kFillTail = R"(
INSERT INTO slot_tail
  SELECT grid, slot, series / 32, tail_row(grid, slot, series, value, low, high, digest)
  FROM old_tail GROUP BY grid, slot, series / 32;
DROP TABLE old_tail;
)";

// Steps make the tail anew rather than altering it, so that the schema reads as it stands here,
// whichever SQLite applied the step.
//
// The fourth changes no table: what decisions are kept as became two kinds of state, of which
// earlier programs would read one alone.
std::array<Migration, 4> make_migrations() {
  const std::string whole = std::string(kTables) + kTail;
  return {{{.version = 1, .statements = std::string(kTables) + kFirstTail},
           {.version = 2, .statements = std::string(kKeepTail) + kDigestTail + kFillDigestTail},
           {.version = 3, .statements = std::string(kKeepTail) + kTail + kFillTail, .whole = whole},
           {.version = 4, .statements = "", .whole = whole}}};
}

}  // namespace

std::span<const Migration> migrations() {
  static const auto made = make_migrations();
  return made;
}

}  // namespace revisitd::storage
