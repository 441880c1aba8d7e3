#include "daemon/long_past_plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/slot_range_json.h"

namespace revisitd::daemon {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kFewestPoints = 8;
constexpr std::int64_t kShrink = 4;
// A chunk that takes longer becomes half as large, one that is quicker twice.
constexpr Duration kLongChunk = std::chrono::seconds(1);
constexpr Duration kQuickChunk = std::chrono::milliseconds(250);

bool overlap(SlotRange a, SlotRange b) {
  return std::max(a.first, b.first) < std::min(a.last, b.last);
}

}  // namespace

void LongPastPlan::want(const std::vector<LongPastWish>& wishes) {
  std::map<BackfillQuestion, std::map<Name, Series>> wanted;
  for (const LongPastWish& wish : wishes)
    wanted[wish.question][{wish.series.service, wish.series.signal}] = {wish.range};
  for (auto& [question, series] : wanted) {
    auto lane = lanes_.find(question);
    if (lane == lanes_.end()) {
      lane = lanes_.emplace(question, Lane{}).first;
      const auto saved = saved_.find(question_key(question));
      if (saved != saved_.end()) {
        lane->second = std::move(saved->second);
        saved_.erase(saved);
      }
    }
    lane->second.problem.clear();
    for (auto& [name, one] : series) {
      const auto known = lane->second.series.find(name);
      if (known != lane->second.series.end()) {
        one = known->second;
      } else {
        lane->second.left.add(one.range);
        moved_.insert(question);
      }
    }
    if (lane->second.series != series) renamed_.insert(question);
    lane->second.series = std::move(series);
  }
  for (auto lane = lanes_.begin(); lane != lanes_.end();) {
    if (wanted.contains(lane->first)) {
      ++lane;
      continue;
    }
    moved_.insert(lane->first);
    lane = lanes_.erase(lane);
  }
}

void LongPastPlan::missed(Duration length, SlotRange range) {
  for (auto& [question, lane] : lanes_) {
    if (question.length != length) continue;
    lane.left.add(range);
    for (auto& [name, one] : lane.series) {
      one.range.last = std::max(one.range.last, range.last);
      one.done = false;
    }
    moved_.insert(question);
    renamed_.insert(question);
  }
}

std::optional<BackfillChunk> LongPastPlan::next(const std::string& server, TimePoint now,
                                                std::int64_t most) const {
  if (now < pauses_.resume(server, now)) return std::nullopt;
  // One question after the other, so that some decisions are done early.
  const std::pair<const BackfillQuestion, Lane>* best = nullptr;
  for (const auto& entry : lanes_) {
    const auto& [question, lane] = entry;
    if (question.from != server || lane.left.empty() || !lane.problem.empty()) continue;
    if (best == nullptr || lane.left.size() < best->second.left.size()) best = &entry;
  }
  if (best == nullptr) return std::nullopt;
  const std::int64_t points = best->second.points;
  const std::int64_t slots = points > 0 ? std::min(points, most) : most;
  return BackfillChunk{best->first, *best->second.left.newest(std::max<std::int64_t>(slots, 1))};
}

std::optional<TimePoint> LongPastPlan::wake(const std::string& server, TimePoint now) const {
  if (!servers().contains(server)) return std::nullopt;
  return pauses_.resume(server, now);
}

std::set<std::string> LongPastPlan::servers() const {
  std::set<std::string> all;
  for (const auto& [question, lane] : lanes_) {
    if (!lane.left.empty() && lane.problem.empty()) all.insert(question.from);
  }
  return all;
}

std::vector<std::pair<std::string, std::string>> LongPastPlan::series(
    const BackfillChunk& chunk) const {
  std::vector<Name> all;
  const auto lane = lanes_.find(chunk.question);
  if (lane == lanes_.end()) return all;
  for (const auto& [name, one] : lane->second.series) {
    if (!one.done && overlap(one.range, chunk.range)) all.push_back(name);
  }
  return all;
}

void LongPastPlan::fetched(const BackfillChunk& chunk, Duration took) {
  pauses_.answered(chunk.question.from);
  const auto at = lanes_.find(chunk.question);
  if (at == lanes_.end()) return;
  Lane& lane = at->second;
  lane.left.remove(chunk.range);
  moved_.insert(chunk.question);
  const std::int64_t size = chunk.range.size();
  if (took > kLongChunk) {
    lane.points = std::max(size / 2, kFewestPoints);
  } else if (took < kQuickChunk && lane.points > 0 && size >= lane.points) {
    lane.points *= 2;
    if (lane.cap > 0) lane.points = std::min(lane.points, lane.cap);
  }
  if (!lane.left.empty()) return;
  for (auto& [name, one] : lane.series) one.done = true;
  renamed_.insert(chunk.question);
}

void LongPastPlan::failed(const BackfillChunk& chunk, const collectors::PromqlError& error,
                          TimePoint now) {
  using collectors::PromqlFailure;
  const auto at = lanes_.find(chunk.question);
  if (at == lanes_.end()) return;
  Lane& lane = at->second;
  const std::int64_t size = chunk.range.size();
  lane.points = std::max(size / kShrink, kFewestPoints);
  switch (error.failure) {
    case PromqlFailure::unavailable:
    case PromqlFailure::malformed:
      pauses_.failed(chunk.question.from, error.message, now);
      return;
    case PromqlFailure::refused:
    case PromqlFailure::wrong_shape:
      lane.cap = lane.points;
      if (size <= kFewestPoints) lane.problem = error.message;
      return;
  }
}

const std::string& LongPastPlan::problem_of(const BackfillQuestion& question,
                                            const Lane& lane) const {
  return lane.problem.empty() ? pauses_.problem(question.from) : lane.problem;
}

std::optional<LongPastPlan::Standing> LongPastPlan::standing(std::string_view service) const {
  std::int64_t wanted = 0, left = 0;
  bool any = false;
  Standing standing;
  for (const auto& [question, lane] : lanes_) {
    for (auto at = lane.series.lower_bound(Name{std::string(service), ""});
         at != lane.series.end() && at->first.first == service; ++at) {
      any = true;
      const Series& one = at->second;
      const std::int64_t missing = one.done ? 0 : lane.left.count(one.range);
      wanted += one.range.size();
      left += missing;
      if (missing > 0) standing.problem = problem_of(question, lane);
    }
  }
  if (!any) return std::nullopt;
  if (wanted > 0) standing.asked = 1 - static_cast<double>(left) / static_cast<double>(wanted);
  return standing;
}

std::map<std::string, std::int64_t> LongPastPlan::slots_left() const {
  std::map<std::string, std::int64_t> slots;
  for (const auto& [question, lane] : lanes_) {
    if (!lane.left.empty()) slots[question.from] += lane.left.size();
  }
  return slots;
}

std::string LongPastPlan::problem(const std::string& server) const {
  for (const auto& [question, lane] : lanes_) {
    if (question.from == server && !lane.left.empty() && !lane.problem.empty()) return lane.problem;
  }
  return pauses_.problem(server);
}

storage::Batch LongPastPlan::take_rows() {
  storage::Batch batch;
  const auto write = [&](const BackfillQuestion& question, const char* kind, auto json) {
    const auto lane = lanes_.find(question);
    if (lane == lanes_.end()) return;
    batch.puts.push_back({kind, question_key(question),
                          json(lane->second).dump(-1, ' ', false, Json::error_handler_t::replace)});
  };
  const auto erase = [&](const std::string& key) {
    batch.erases.emplace_back(kLeftKind, key);
    batch.erases.emplace_back(kSeriesKind, key);
  };
  for (const auto& [key, lane] : saved_) erase(key);
  for (const BackfillQuestion& question : moved_) {
    if (!lanes_.contains(question)) erase(question_key(question));
    write(question, kLeftKind, [](const Lane& lane) { return ranges_json(lane.left); });
  }
  for (const BackfillQuestion& question : renamed_) {
    write(question, kSeriesKind, [](const Lane& lane) {
      Json json = Json::object();
      for (const auto& [name, one] : lane.series)
        json[name.first][name.second] = {one.range.first, one.range.last, one.done};
      return json;
    });
  }
  saved_.clear();
  moved_.clear();
  renamed_.clear();
  return batch;
}

void LongPastPlan::read_rows(const std::vector<storage::StateRow>& left,
                             const std::vector<storage::StateRow>& series) {
  for (const storage::StateRow& row : series) {
    Lane& lane = saved_[row.key];
    try {
      const Json json = Json::parse(row.value);
      for (const auto& [service, signals] : json.items()) {
        for (const auto& [signal, one] : signals.items())
          lane.series[{service, signal}] = {range_from(one), one.at(2).get<bool>()};
      }
    } catch (const Json::exception&) {
      lane.series.clear();  // is asked for again
    }
  }
  for (const storage::StateRow& row : left) {
    Lane& lane = saved_[row.key];
    try {
      lane.left = ranges_from(Json::parse(row.value));
    } catch (const Json::exception&) {
      lane.series.clear();
    }
  }
}

}  // namespace revisitd::daemon
