#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "storage/store.h"

namespace revisitd::storage {

// A store that forgets everything when it goes: for tests, trigger tests and backtests. It does
// what the contract says but for what takes a disk: nothing is durable, nothing is ever in the
// wrong place, a limit in bytes is not kept, and backup() throws `io`.
class MemoryStore : public Store {
 public:
  std::vector<StateRow> load(std::string_view kind) override;
  std::int64_t commit(const Batch& batch) override;
  void append_slots(const std::vector<SlotRow>& slots) override;
  std::vector<IndexedValue> read_slots(std::string_view service, std::string_view signal,
                                       Duration length, std::int64_t first,
                                       std::int64_t last) override;
  std::vector<std::pair<std::string, Duration>> slot_series(std::string_view service) override;
  std::vector<TrailRow> trail(const TrailQuery& query) override;
  std::vector<DeliveryRow> deliveries(const DeliveryQuery& query) override;
  StoreStats stats() override;
  void enforce(const Retention& retention, TimePoint now) override;
  void backup(const std::string& path) override;
  void verify_in_place() override {}
  void checkpoint() override {}

 private:
  struct SeriesKey {
    std::string service, signal;
    Duration length{};
    friend auto operator<=>(const SeriesKey&, const SeriesKey&) = default;
  };
  using Slots = std::map<std::int64_t, rules::SlotValue>;

  std::map<std::string, std::map<std::string, std::string>, std::less<>> state_;
  std::vector<TrailRow> trail_;          // sequence = position + 1
  std::vector<DeliveryRow> deliveries_;  // in the order of their first commit
  std::map<std::string, std::size_t> delivery_places_;
  std::map<SeriesKey, Slots> slots_;
  std::int64_t step_ = 0;
};

}  // namespace revisitd::storage
