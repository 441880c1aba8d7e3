#pragma once

#include <cstdint>
#include <string>

#include "storage/connection.h"

namespace revisitd::storage {

// The database's one-row account of itself: counts that would otherwise take scans, and the step
// counter that every change moves on.
struct Books {
  std::string identity;  // of the store, for ever
  std::int64_t step = 0;
  std::int64_t trail_last = 0;  // sequence of the newest trail row
  std::int64_t pending = 0;     // deliveries
  std::int64_t dead = 0;        // deliveries
  std::int64_t chunks = 0;
};

class BooksTable {
 public:
  explicit BooksTable(Connection& connection);

  // Throws `corrupt` where the row is not there.
  Books load();
  void save(const Books& books);

 private:
  Connection& connection_;
  Prepared save_;
};

}  // namespace revisitd::storage
