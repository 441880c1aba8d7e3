#include "daemon/notify/queue.h"

#include <algorithm>

#include "daemon/notify/planner.h"

namespace revisitd::daemon::notify {
namespace {

using storage::DeliveryRow;
using storage::DeliveryState;

constexpr Duration kLongestWait = std::chrono::hours(1);

// A time further ahead than any wait of ours was written before the clock was set back.
TimePoint believable(TimePoint time, TimePoint now) {
  return time > now + kLongestWait ? now : time;
}

}  // namespace

void ReceiverQueue::put(DeliveryRow row) {
  held_.erase(row.id);
  erase(row.id);
  if (row.state != DeliveryState::pending) return;
  const Key key(row.created, row.id);
  keys_[row.id] = key;
  rows_.emplace(key, std::move(row));
}

void ReceiverQueue::erase(const std::string& id) {
  const auto at = keys_.find(id);
  if (at == keys_.end()) return;
  rows_.erase(at->second);
  keys_.erase(at);
}

const DeliveryRow* ReceiverQueue::next(TimePoint now, TimePoint& at) const {
  const DeliveryRow* best = nullptr;
  std::set<std::string_view> seen;  // what an earlier row has claimed
  for (const auto& [key, row] : rows_) {
    if (!seen.insert(order_key(row)).second) continue;
    if (held_.contains(row.id) || !digest_of(row).empty()) continue;
    const TimePoint when = believable(row.next_attempt, now);
    if (best != nullptr && when >= at) continue;
    best = &row;
    at = when;
    if (at <= now) break;
  }
  return best;
}

std::optional<TimePoint> ReceiverQueue::due(TimePoint now) const {
  TimePoint at{};
  if (in_flight_ || next(now, at) == nullptr) return std::nullopt;
  at = std::max(at, believable(paused_until_, now));
  // Set back, the clock would make the last attempt lie ahead; then there is no spacing to keep.
  if (last_attempt_ && *last_attempt_ <= now) at = std::max(at, *last_attempt_ + limits_.spacing);
  return at;
}

std::optional<DeliveryRow> ReceiverQueue::take(TimePoint now) {
  const auto when = due(now);
  if (!when || *when > now) return std::nullopt;
  TimePoint at{};
  in_flight_ = *next(now, at);
  last_attempt_ = now;
  return in_flight_;
}

void ReceiverQueue::give_back() {
  in_flight_.reset();
  decided_.clear();
}

void ReceiverQueue::finish(std::vector<DeliveryRow>& rows, const DeliveryRow& row,
                           DeliveryState state, const std::string& error, TimePoint now) const {
  DeliveryRow done = row;
  done.state = state;
  done.finished = now;
  done.last_error = error;
  rows.push_back(std::move(done));
  if (row.type != kDigestType) return;
  for (const auto& [key, member] : rows_) {
    if (digest_of(member) != row.id) continue;
    DeliveryRow with = member;
    with.state = state;
    with.finished = now;
    with.last_error = error.empty() ? error : "in digest " + row.id + ": " + error;
    rows.push_back(std::move(with));
  }
}

std::vector<DeliveryRow> ReceiverQueue::outcome(const Judgement& judgement, TimePoint now,
                                                double jitter) const {
  std::vector<DeliveryRow> rows;
  if (!in_flight_) return rows;
  DeliveryRow row = *in_flight_;
  if (judgement.verdict != AttemptVerdict::rate_limited) ++row.attempts;
  row.last_error = judgement.reason;
  const auto too_old = [&](const DeliveryRow& r) { return now - r.created >= limits_.give_up; };
  switch (judgement.verdict) {
    case AttemptVerdict::accepted:
      finish(rows, row, DeliveryState::delivered, {}, now);
      return rows;
    case AttemptVerdict::rejected:
      finish(rows, row, DeliveryState::dead, judgement.reason, now);
      return rows;
    case AttemptVerdict::rate_limited:
      row.next_attempt = now + judgement.wait.value_or(Duration{});
      break;
    case AttemptVerdict::retry:
      row.next_attempt =
          now + std::max(backoff(row.attempts, jitter), judgement.wait.value_or(Duration{}));
      break;
  }
  // An age alone proves nothing: the clock may have jumped, or we may have been down.
  if (!too_old(row) ||
      (judgement.verdict == AttemptVerdict::retry && row.attempts < limits_.least_attempts)) {
    rows.push_back(row);
    return rows;
  }
  finish(rows, row, DeliveryState::dead,
         "gave up after " + format_duration(limits_.give_up) + ": " + judgement.reason, now);
  // The receiver does not take anything, so what is as old need not fail one by one.
  for (const auto& [key, other] : rows_) {
    if (other.id == row.id || !digest_of(other).empty() || !too_old(other)) continue;
    if (held_.contains(other.id)) continue;
    finish(rows, other, DeliveryState::dead,
           "gave up after " + format_duration(limits_.give_up) +
               ", the receiver last said: " + judgement.reason,
           now);
  }
  return rows;
}

void ReceiverQueue::apply(const std::vector<DeliveryRow>& rows, const Judgement& judgement,
                          TimePoint now) {
  give_back();
  for (const DeliveryRow& row : rows) put(row);
  switch (judgement.verdict) {
    case AttemptVerdict::accepted:
    case AttemptVerdict::rejected:
      failures_ = 0;
      paused_until_ = TimePoint{};
      return;
    case AttemptVerdict::rate_limited:
      paused_until_ = now + judgement.wait.value_or(Duration{});
      return;
    case AttemptVerdict::retry:
      ++failures_;
      // A quarter less than a row's own wait, so that the pause never decides over a lone row.
      paused_until_ = now + backoff(failures_, 1.0);
      return;
  }
}

std::vector<const DeliveryRow*> ReceiverQueue::pending() const {
  std::vector<const DeliveryRow*> result;
  for (const auto& [key, row] : rows_) {
    if (in_flight_ && in_flight_->id == row.id) continue;
    if (!held_.contains(row.id)) result.push_back(&row);
  }
  return result;
}

std::vector<DeliveryRow> ReceiverQueue::all() const {
  std::vector<DeliveryRow> result;
  for (const auto& [key, row] : rows_) {
    const auto decided = std::ranges::find(decided_, row.id, &DeliveryRow::id);
    const DeliveryRow& known = decided == decided_.end() ? row : *decided;
    if (known.state == DeliveryState::pending) result.push_back(known);
  }
  return result;
}

}  // namespace revisitd::daemon::notify
