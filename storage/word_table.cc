#include "storage/word_table.h"

namespace revisitd::storage {

WordTable::WordTable(Connection& connection)
    : database_(connection.database()),
      find_(connection.database(), "SELECT id FROM word WHERE text = ?1"),
      insert_(connection.database(), "INSERT INTO word(text) VALUES(?1)") {}

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
  Use(insert_).bind(1, text).run();
  return database_.getLastInsertRowid();
}

}  // namespace revisitd::storage
