#include "storage/trail_table.h"

#include <algorithm>
#include <limits>

#include "storage/row_digest.h"

namespace revisitd::storage {
namespace {

std::int64_t digest_of(std::int64_t sequence, const TrailRow& row) {
  return RowDigest()
      .add(sequence)
      .add(to_millis(row.at))
      .add(row.type)
      .add(row.service)
      .add(row.team)
      .add(row.language)
      .add(row.revisit)
      .add(row.by)
      .add(row.body)
      .value();
}

constexpr const char* kSelect =
    "SELECT sequence, at, (SELECT text FROM word WHERE id = trail.type),"
    " (SELECT text FROM word WHERE id = trail.service),"
    " (SELECT text FROM word WHERE id = trail.team),"
    " (SELECT text FROM word WHERE id = trail.language),"
    " (SELECT text FROM word WHERE id = trail.revisit),"
    " (SELECT text FROM word WHERE id = trail.actor), body, digest FROM trail ";

bool is_family(const std::string& type) { return type.ends_with(".*"); }

// The condition that is selective enough to be read through its index; the others are checked on
// the rows that it finds. '+' keeps a column's index out of it.
std::string filter_of(const TrailQuery& query) {
  std::string filter = "WHERE sequence > ?1";
  if (query.before_sequence != 0) filter += " AND sequence < ?11";
  bool indexed = false;
  const auto add = [&](bool wanted, const std::string& column, const std::string& rest) {
    if (wanted) {
      filter += (indexed ? " AND +" : " AND ") + column + rest;
      indexed = true;
    }
  };
  add(!query.revisit.empty(), "revisit", " = ?2 AND revisit <> 0");
  add(!query.service.empty(), "service", " = ?3 AND service <> 0");
  add(!query.team.empty(), "team", " = ?4 AND team <> 0");
  add(!query.language.empty(), "language", " = ?5 AND language <> 0");
  if (is_family(query.type)) {
    filter += " AND +type IN (SELECT id FROM word WHERE text >= ?6 AND text < ?7)";
  } else {
    add(!query.type.empty(), "type", " = ?6");
  }
  if (query.from || query.to) {
    add(true, "at", " >= ?8 AND at < ?9");
  }
  return filter;
}

}  // namespace

TrailTable::TrailTable(Connection& connection, WordTable& words)
    : connection_(connection),
      words_(words),
      insert_(connection.database(),
              "INSERT INTO trail VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)") {}

void TrailTable::append(std::int64_t sequence, const TrailRow& row) {
  const std::int64_t type = words_.intern(row.type);
  const std::int64_t service = words_.intern(row.service);
  const std::int64_t team = words_.intern(row.team);
  const std::int64_t language = words_.intern(row.language);
  const std::int64_t revisit = words_.intern(row.revisit);
  const std::int64_t actor = words_.intern(row.by);
  Use(insert_)
      .bind(1, sequence)
      .bind(2, to_millis(row.at))
      .bind(3, type)
      .bind(4, service)
      .bind(5, team)
      .bind(6, language)
      .bind(7, revisit)
      .bind(8, actor)
      .bind(9, row.body)
      .bind(10, digest_of(sequence, row))
      .run();
}

SQLite::Statement& TrailTable::prepared(const std::string& filter, const TrailQuery& query) {
  const std::string text =
      kSelect + filter + " ORDER BY sequence" + (query.newest_first ? " DESC" : "") + " LIMIT ?10";
  return queries_.try_emplace(text, connection_.database(), text).first->second;
}

std::vector<TrailRow> TrailTable::find(const TrailQuery& query) {
  const std::string filter = filter_of(query);
  const bool family = is_family(query.type);
  // "revisit.*" is every word from "revisit." up to, but without, "revisit/".
  const std::string type = family ? query.type.substr(0, query.type.size() - 1) : query.type;
  const std::string past = family ? type.substr(0, type.size() - 1) + "/" : "";
  const auto limit = static_cast<std::int64_t>(
      std::min<std::size_t>(query.limit, std::numeric_limits<std::int64_t>::max()));

  SQLite::Statement& statement = prepared(filter, query);
  Use row(statement);
  row.bind(1, query.after_sequence).bind(10, limit);
  if (query.before_sequence != 0) row.bind(11, query.before_sequence);
  const auto bind_word = [&](int index, const std::string& word) {
    if (!word.empty()) {
      row.bind(index, words_.find(word));
    }
  };
  bind_word(2, query.revisit);
  bind_word(3, query.service);
  bind_word(4, query.team);
  bind_word(5, query.language);
  if (family) {
    row.bind(6, type).bind(7, past);
  } else {
    bind_word(6, type);
  }
  if (query.from || query.to) {
    row.bind(8, query.from ? to_millis(*query.from) : std::numeric_limits<std::int64_t>::min());
    row.bind(9, query.to ? to_millis(*query.to) : std::numeric_limits<std::int64_t>::max());
  }
  std::vector<TrailRow> rows;
  while (row.step()) {
    rows.push_back(row_of(row));
  }
  return rows;
}

TrailRow TrailTable::row_of(const Use& row) {
  TrailRow found;
  found.sequence = row.number(0);
  found.at = from_millis(row.number(1));
  found.type = row.text(2);
  found.service = row.text(3);
  found.team = row.text(4);
  found.language = row.text(5);
  found.revisit = row.text(6);
  found.by = row.text(7);
  found.body = row.text(8);
  if (row.number(9) != digest_of(found.sequence, found)) {
    throw connection_.damaged("trail row " + std::to_string(found.sequence));
  }
  return found;
}

}  // namespace revisitd::storage
