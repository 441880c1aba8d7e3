#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/notify/attempt.h"
#include "rules/time.h"
#include "storage/store.h"

namespace revisitd::daemon::notify {

struct QueueLimits {
  Duration spacing = std::chrono::seconds(1);     // between two messages
  Duration give_up = std::chrono::hours(7 * 24);  // age at which a row that still fails is dead
  int least_attempts = 10;  // but not before so many failures: a clock may jump
};

// The pending rows of one receiver and the order in which they are tried: no network, no clock, no
// coroutine.
//
// Rows of one revisit go out in order; a row that fails does not hold up other revisits. While the
// receiver as a whole fails (no answer, 5xx), waits between attempts grow over all rows, so that a
// dead receiver is asked ever less often however much waits for it; the first success ends that.
class ReceiverQueue {
 public:
  explicit ReceiverQueue(QueueLimits limits) : limits_(limits) {}

  // Inserts, or replaces the row of the same id. Rows that are not pending are dropped.
  void put(storage::DeliveryRow row);
  // Held rows are not tried until they are put or released again.
  void hold(const std::string& id) { held_.insert(id); }
  void release(const std::string& id) { held_.erase(id); }

  // When the next attempt may start; nothing when there is nothing to send. Never in the future for
  // more than an hour: a later time means that the clock was set back.
  [[nodiscard]] std::optional<TimePoint> due(TimePoint now) const;
  // The row to try now, marked as in flight; nothing when none is due.
  std::optional<storage::DeliveryRow> take(TimePoint now);
  // No verdict came (the daemon stops): the row stays pending, as it was.
  void give_back();

  // What the answer makes of the row in flight, as rows to commit: the row itself, a digest's
  // members with it, and, when the receiver fails, rows that are too old to be tried further.
  // `jitter` in [0, 1).
  [[nodiscard]] std::vector<storage::DeliveryRow> outcome(const Judgement& judgement, TimePoint now,
                                                          double jitter) const;
  // The outcome is on its way to the store: whoever asks for all() gets the rows as they will be.
  void decide(const std::vector<storage::DeliveryRow>& rows) { decided_ = rows; }
  // Takes over what was committed.
  void apply(const std::vector<storage::DeliveryRow>& rows, const Judgement& judgement,
             TimePoint now);

  // Pending rows that are neither in flight nor held, ascending by creation.
  [[nodiscard]] std::vector<const storage::DeliveryRow*> pending() const;
  [[nodiscard]] std::vector<storage::DeliveryRow> all() const;
  [[nodiscard]] const std::set<std::string>& held() const { return held_; }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] bool failing() const { return failures_ > 0; }

 private:
  using Key = std::pair<TimePoint, std::string>;  // creation, id: the order of sending
  using Rows = std::map<Key, storage::DeliveryRow>;

  [[nodiscard]] const storage::DeliveryRow* next(TimePoint now, TimePoint& at) const;
  void erase(const std::string& id);
  void finish(std::vector<storage::DeliveryRow>& rows, const storage::DeliveryRow& row,
              storage::DeliveryState state, const std::string& error, TimePoint now) const;

  QueueLimits limits_;
  Rows rows_;
  std::map<std::string, Key> keys_;  // by id
  std::set<std::string> held_;
  std::optional<storage::DeliveryRow> in_flight_;  // a copy, so that nothing changes under it
  std::vector<storage::DeliveryRow> decided_;      // its outcome, not committed yet
  int failures_ = 0;                               // in a row, over all rows
  TimePoint paused_until_{};                       // after failures and rate limits
  std::optional<TimePoint> last_attempt_;
};

}  // namespace revisitd::daemon::notify
