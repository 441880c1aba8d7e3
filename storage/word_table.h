#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "storage/connection.h"

namespace revisitd::storage {

// Names that many rows share, each kept once under a number. "" is 0.
class WordTable {
 public:
  explicit WordTable(Connection& connection);

  // The word's number, given out if it has none; inside a WriteStep.
  std::int64_t intern(const std::string& text);
  // The word's number, or -1.
  std::int64_t find(const std::string& text);
  // After a WriteStep that was undone: its words may be there no more.
  void forget_cached() { ids_.clear(); }

 private:
  SQLite::Database& database_;
  Prepared find_;
  Prepared insert_;
  std::unordered_map<std::string, std::int64_t> ids_;  // of words interned lately
};

}  // namespace revisitd::storage
