#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/connection.h"
#include "storage/word_table.h"

namespace revisitd::storage {

// The append-only trail. Its rows are never changed and never deleted.
class TrailTable {
 public:
  TrailTable(Connection& connection, WordTable& words);

  // Appends the row under this sequence; inside a WriteStep.
  void append(std::int64_t sequence, const TrailRow& row);
  std::vector<TrailRow> find(const TrailQuery& query);

 private:
  SQLite::Statement& prepared(const std::string& filter, const TrailQuery& query);
  TrailRow row_of(const Use& row);

  Connection& connection_;
  WordTable& words_;
  Prepared insert_;
  std::map<std::string, SQLite::Statement> queries_;  // by text, made when first asked for
};

}  // namespace revisitd::storage
