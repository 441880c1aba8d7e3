#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/notify/planner.h"

namespace revisitd::daemon::notify {

// One receiver's waiting rows while a plan is made: finds them, changes them, and turns a storm of
// new revisits into digests. Holds copies of what it changes; the rows of the input stay as they
// are.
class DigestBoard {
 public:
  // All three outlive the board.
  DigestBoard(const PlanOptions& options, const PlanInput& input, const Receiver& receiver);

  [[nodiscard]] const storage::DeliveryRow* find(const std::string& id) const;
  // Inserts or replaces; the row counts as changed.
  void put(storage::DeliveryRow row);

  // The newest row of the revisit that waits out its settle delay, or null. Its first attempt is
  // still ahead.
  storage::DeliveryRow* settling(const std::string& revisit);
  // The earliest creation time that comes after every row with this order key.
  [[nodiscard]] TimePoint after_last(const std::string& key) const;
  // A member's revisit changed, so its digest is to be rendered anew; false when it may have been
  // sent.
  bool refresh_digest(const std::string& digest);

  // Makes digests when too many new revisits wait, or adds to those that wait already.
  void gather_storm();

  // What the plan changed, ascending by creation.
  std::vector<storage::DeliveryRow> changed() &&;

 private:
  [[nodiscard]] bool is_waiting(const storage::DeliveryRow& row) const;
  [[nodiscard]] DigestMember member_for(const storage::DeliveryRow& row) const;
  [[nodiscard]] std::vector<std::string> waiting_digests() const;
  void render(const std::vector<storage::DeliveryRow*>& members, std::vector<std::string> digests);
  void write_digest(const std::string& id, const std::vector<storage::DeliveryRow*>& rows,
                    const std::vector<DigestMember>& members);

  const PlanOptions& options_;
  const PlanInput& input_;
  const Receiver& receiver_;
  std::map<std::string, storage::DeliveryRow> rows_;    // by id
  std::map<std::string, TimePoint> last_;               // newest creation by order key
  std::multimap<std::string, std::string> by_revisit_;  // revisit -> ids
  std::set<std::string> changed_;
  bool stale_ = false;
};

}  // namespace revisitd::daemon::notify
