#include "storage/word_table.h"

namespace revisitd::storage {
namespace {

// A round of slots and the events of a day say the same few words; those of a fleet's services come
// in order.
constexpr std::size_t kMostCached = 256;

}  // namespace

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
  if (const auto cached = ids_.find(text); cached != ids_.end()) {
    return cached->second;
  }
  std::int64_t id = find(text);
  if (id < 0) {
    Use(insert_).bind(1, text).run();
    id = database_.getLastInsertRowid();
  }
  if (ids_.size() >= kMostCached) {
    ids_.clear();
  }
  ids_.emplace(text, id);
  return id;
}

}  // namespace revisitd::storage
