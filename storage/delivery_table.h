#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/books.h"
#include "storage/connection.h"

namespace revisitd::storage {

// The outbox. Keeps the books' counts of pending and dead deliveries.
class DeliveryTable {
 public:
  explicit DeliveryTable(Connection& connection);

  // Inserts, or replaces the row of this id in its place; inside a WriteStep.
  void put(const DeliveryRow& row, Books& books);
  // Throws `corrupt` where a row is damaged, or rows that the books know are missing.
  std::vector<DeliveryRow> find(const DeliveryQuery& query, const Books& books);
  // Forgets up to `limit` delivered rows that finished before `time`; inside a WriteStep.
  int forget_delivered(TimePoint time, int limit);

 private:
  SQLite::Statement& prepared(const DeliveryQuery& query);
  DeliveryRow row_of(const Use& row);

  Connection& connection_;
  Prepared state_of_, put_, forget_;
  std::map<std::string, SQLite::Statement> queries_;  // by text, made when first asked for
};

}  // namespace revisitd::storage
