#pragma once

#include <cstdint>
#include <string>

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

 private:
  SQLite::Database& database_;
  SQLite::Statement find_;
  SQLite::Statement insert_;
};

}  // namespace revisitd::storage
