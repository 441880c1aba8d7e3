#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/connection.h"

namespace revisitd::storage {

// State by (kind, key). Every row has a digest and every kind the number and the sum of its rows'
// digests, so that a row that is damaged, lost or moved to another kind is noticed when the kind is
// loaded.
class StateTable {
 public:
  explicit StateTable(Connection& connection);

  // Throws `corrupt` unless the rows are exactly those that were put.
  std::vector<StateRow> load(const std::string& kind);

  // All erases, then all puts; inside a WriteStep.
  void change(const Batch& batch);

 private:
  struct Sum {
    std::int64_t entries = 0;
    std::uint64_t digest = 0;
  };
  struct Found {
    std::int64_t id = 0;
    std::int64_t digest = 0;
  };
  Sum sum_of(const std::string& kind);
  std::optional<Found> find(const std::string& kind, const std::string& key);
  void put(const StateRow& row, Sum& sum);
  void erase(const std::string& kind, const std::string& key, Sum& sum);

  Connection& connection_;
  Prepared load_, find_, insert_, update_, erase_, load_sum_, save_sum_;
};

}  // namespace revisitd::storage
