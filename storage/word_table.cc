#include "storage/word_table.h"

namespace revisitd::storage {

WordTable::WordTable(Connection& connection)
    : find_(connection.database(), "SELECT id FROM word WHERE text = ?1"),
      insert_(connection.database(), "INSERT INTO word(text) VALUES(?1) RETURNING id") {}

std::int64_t WordTable::find(const std::string& text) {
  if (text.empty()) {
    return 0;
  }
  Use row(find_);
  row.bind(1, text);
  return row.step() ? row.number(0) : -1;
}

std::int64_t WordTable::intern(const std::string& text) {
  const std::int64_t known = find(text);
  if (known >= 0) {
    return known;
  }
  Use row(insert_);
  row.bind(1, text);
  row.step();
  const std::int64_t id = row.number(0);
  row.run();
  return id;
}

}  // namespace revisitd::storage
