#include "daemon/backfill_plan.h"

#include <algorithm>

namespace revisitd::daemon {
namespace {

constexpr std::int64_t kFewestPoints = 8;

// From the first to the last slot of the range that has no value.
SlotRange hole_of(const rules::SlotHistory& stored, const rules::SlotHistory::Key& key,
                  SlotRange range) {
  const auto series = stored.values.find(key);
  if (series == stored.values.end()) return range;
  SlotRange hole = range;
  for (const auto& [index, value] : series->second) {
    if (index == hole.first) ++hole.first;
  }
  for (auto v = series->second.rbegin(); v != series->second.rend(); ++v) {
    if (v->first == hole.last - 1) --hole.last;
  }
  return hole.size() > 0 ? hole : SlotRange{range.first, range.first};
}

SlotRange cut(SlotRange range, SlotRange by) {
  return {std::max(range.first, by.first), std::min(range.last, by.last)};
}

bool asks(const rules::Trigger& trigger, const std::string& signal) {
  return trigger.when.signals().contains(signal) ||
         (trigger.provided && trigger.provided->signals().contains(signal));
}

}  // namespace

BackfillQuestion question_of(const rules::SignalSpec& spec, Duration length) {
  return {spec.from, spec.query, spec.allow_partial, length};
}

rules::SignalSpec spec_of(const BackfillQuestion& question) {
  rules::SignalSpec spec;
  spec.reduction = rules::Reduction::query;
  spec.from = question.from;
  spec.query = question.query;
  spec.allow_partial = question.allow_partial;
  return spec;
}

std::optional<BackfillWork> backfill_work(const rules::Engine& engine, TimePoint at,
                                          const std::string& service,
                                          const rules::Trigger& trigger) {
  const rules::DecisionState& state = engine.decisions().at(service);
  BackfillWork work;
  work.service = service;
  work.trigger = trigger.name;
  work.meaning = trigger.meaning();
  std::vector<std::pair<std::string, BackfillWork::Signal>> beside;
  for (const rules::HistoryNeed& need : engine.needs(at, service, trigger.name)) {
    const auto spec = state.decision->signals.find(need.key.signal);
    if (spec == state.decision->signals.end()) continue;
    if (spec->second.reduction != rules::Reduction::query) continue;
    const BackfillWork::Signal signal{question_of(spec->second, need.key.length),
                                      {need.first, need.last}};
    if (!asks(trigger, need.key.signal)) {
      beside.emplace_back(need.key.signal, signal);
      continue;
    }
    work.signals[need.key.signal] = signal;
    work.window = {need.last - rules::slot_count(trigger.window, need.key.length), need.last};
  }
  if (work.signals.empty()) return std::nullopt;
  // What only explains a trip delays no verdict: it is asked of the same servers, within the
  // window.
  std::set<std::string> servers;
  for (const auto& [name, signal] : work.signals) servers.insert(signal.question.from);
  for (auto& [name, signal] : beside) {
    if (!servers.contains(signal.question.from)) continue;
    signal.range = cut(signal.range, work.window);
    work.signals.emplace(name, signal);
  }
  return work;
}

void BackfillPlan::add(BackfillWork work, const rules::SlotHistory& stored) {
  const Name name{work.service, work.trigger};
  if (works_.contains(name)) {
    drop(name);
    trim();
  }
  given_up_.erase(name);
  bool whole = true;
  for (const auto& [signal_name, signal] : work.signals) {
    const rules::SlotHistory::Key key{work.service, signal_name, signal.question.length};
    const SlotRange hole = hole_of(stored, key, signal.range);
    if (hole.size() <= 0) continue;
    whole = false;
    want(work, signal, hole);
  }
  if (whole) return;
  for (const auto& [signal_name, signal] : work.signals) lanes_.try_emplace(signal.question);
  new_works_.insert(name);
  works_.insert_or_assign(name, Entry{std::move(work)});
}

void BackfillPlan::retain(const std::function<bool(const BackfillWork&)>& keep) {
  std::vector<Name> lost;
  for (const auto& [name, entry] : works_) {
    if (!keep(entry.work)) lost.push_back(name);
  }
  for (const Name& name : lost) drop(name);
  if (!lost.empty()) trim();
  std::erase_if(given_up_, [&](const auto& entry) { return !keep(entry.second.first); });
}

void BackfillPlan::want(const BackfillWork& work, const BackfillWork::Signal& signal,
                        SlotRange range) {
  Lane& lane = lanes_[signal.question];
  const SlotRange behind = cut(range, {range.first, work.window.first});
  lane.window.add(cut(range, work.window));
  lane.behind.add(behind);
  lane.problem.clear();
  moved_.insert(signal.question);
}

void BackfillPlan::drop(const Name& given) {
  const Name name = given;  // it may be the key that is erased
  works_.erase(name);
  new_works_.erase(name);
  gone_works_.insert(name.first + "/" + name.second);
}

// Lanes that no work looks at any more go, and of the others what nobody wants.
void BackfillPlan::trim() {
  std::map<BackfillQuestion, SlotRanges> wanted;
  for (const auto& [name, entry] : works_) {
    for (const auto& [signal_name, signal] : entry.work.signals) {
      wanted[signal.question].add(signal.range);
    }
  }
  for (auto lane = lanes_.begin(); lane != lanes_.end();) {
    const auto ranges = wanted.find(lane->first);
    if (ranges == wanted.end()) {
      moved_.insert(lane->first);
      lane = lanes_.erase(lane);
      continue;
    }
    lane->second.window.intersect(ranges->second);
    lane->second.behind.intersect(ranges->second);
    ++lane;
  }
}

std::optional<BackfillPlan::Chunk> BackfillPlan::next(const std::string& server, TimePoint now,
                                                      std::int64_t most) {
  if (now < pauses_.resume(server, now)) return std::nullopt;
  // What is soonest complete comes first, so that verdicts begin to arrive early.
  for (const auto part : {&Lane::window, &Lane::behind}) {
    const BackfillQuestion* best = nullptr;
    std::int64_t fewest = 0;
    for (const auto& [question, lane] : lanes_) {
      const SlotRanges& ranges = lane.*part;
      if (question.from != server || ranges.empty()) continue;
      if (best != nullptr && ranges.size() >= fewest) continue;
      best = &question;
      fewest = ranges.size();
    }
    if (best == nullptr) continue;
    const Lane& lane = lanes_.at(*best);
    const std::int64_t points = lane.points > 0 ? std::min(lane.points, most) : most;
    return Chunk{*best, *(lane.*part).newest(std::max<std::int64_t>(points, 1))};
  }
  return std::nullopt;
}

std::optional<TimePoint> BackfillPlan::wake(const std::string& server, TimePoint now) const {
  if (!servers().contains(server)) return std::nullopt;
  return pauses_.resume(server, now);
}

std::set<std::string> BackfillPlan::servers() const {
  std::set<std::string> all;
  for (const auto& [question, lane] : lanes_) {
    if (!lane.window.empty() || !lane.behind.empty()) all.insert(question.from);
  }
  return all;
}

std::set<BackfillPlan::Name> BackfillPlan::series(const Chunk& chunk) const {
  std::set<Name> all;
  for (const auto& [name, entry] : works_) {
    for (const auto& [signal_name, signal] : entry.work.signals) {
      if (signal.question == chunk.question && cut(signal.range, chunk.range).size() > 0) {
        all.emplace(entry.work.service, signal_name);
      }
    }
  }
  return all;
}

void BackfillPlan::fetched(const Chunk& chunk) {
  pauses_.answered(chunk.question.from);
  const auto lane = lanes_.find(chunk.question);
  if (lane == lanes_.end()) return;
  lane->second.window.remove(chunk.range);
  lane->second.behind.remove(chunk.range);
  moved_.insert(chunk.question);
}

void BackfillPlan::failed(const Chunk& chunk, const collectors::PromqlError& error, TimePoint now) {
  using collectors::PromqlFailure;
  switch (error.failure) {
    case PromqlFailure::unavailable:
    case PromqlFailure::malformed:
      pauses_.failed(chunk.question.from, error.message, now);
      expire(chunk.question.from, now);
      return;
    case PromqlFailure::refused:
    case PromqlFailure::wrong_shape: {
      const auto lane = lanes_.find(chunk.question);
      if (lane == lanes_.end()) return;
      lane->second.points = chunk.range.size() / 4;
      if (lane->second.points < kFewestPoints) give_up(chunk.question, error.message);
      return;
    }
  }
}

void BackfillPlan::give_up(const BackfillQuestion& question, const std::string& why) {
  Lane& lane = lanes_[question];
  lane.window = lane.behind = {};
  lane.problem = why;
  moved_.insert(question);
}

// Once a window's worth of slots has been judged live, there is nothing left to fetch it for.
void BackfillPlan::expire(const std::string& server, TimePoint now) {
  const std::string why = pauses_.problem(server);
  std::vector<Name> over;
  for (const auto& [name, entry] : works_) {
    const bool any =
        std::any_of(entry.work.signals.begin(), entry.work.signals.end(), [&](const auto& one) {
          const auto& [question, range] = one.second;
          return question.from == server &&
                 slot_index(now, question.length) - range.last >= range.size();
        });
    if (!any) continue;
    over.push_back(name);
    given_up_.insert_or_assign(name, std::pair(entry.work, why));
  }
  for (const Name& name : over) drop(name);
  if (!over.empty()) trim();
}

std::vector<BackfillPlan::Ready> BackfillPlan::take_ready() {
  std::vector<Ready> ready;
  for (auto& [name, entry] : works_) {
    if (entry.all_told) continue;
    bool window = false, behind = false;
    std::string problem;
    for (const auto& [signal_name, signal] : entry.work.signals) {
      const Lane& lane = lanes_.at(signal.question);
      if (!lane.problem.empty()) problem = lane.problem;
      window = window || lane.window.overlaps(cut(signal.range, entry.work.window));
      behind = behind || lane.behind.overlaps(signal.range);
    }
    if (window || (behind && entry.window_told)) continue;
    entry.window_told = true;
    entry.all_told = !behind;
    if (!behind && !problem.empty()) given_up_[name] = {entry.work, problem};
    ready.push_back({name.first, name.second, !behind});
  }
  return ready;
}

void BackfillPlan::judged(const std::vector<Ready>& ready) {
  for (const Ready& r : ready) {
    const auto entry = works_.find({r.service, r.trigger});
    if (r.finished && entry != works_.end() && entry->second.all_told) drop(entry->first);
  }
  trim();
}

std::vector<BackfillPlan::Progress> BackfillPlan::progress() const {
  std::vector<Progress> list;
  for (const auto& [name, entry] : works_) {
    Progress& p = list.emplace_back();
    p.service = name.first;
    p.trigger = name.second;
    for (const auto& [signal_name, signal] : entry.work.signals) {
      const Lane& lane = lanes_.at(signal.question);
      p.wanted += signal.range.size();
      p.left += lane.window.count(signal.range) + lane.behind.count(signal.range);
      p.window = p.window || lane.window.overlaps(cut(signal.range, entry.work.window));
      if (!lane.problem.empty()) p.problem = lane.problem;
      const std::string& paused = pauses_.problem(signal.question.from);
      if (!paused.empty()) p.problem = paused;
    }
  }
  for (const auto& [name, entry] : given_up_) {
    Progress& p = list.emplace_back();
    p.service = name.first;
    p.trigger = name.second;
    p.problem = entry.second;
    p.given_up = true;
  }
  return list;
}

std::int64_t BackfillPlan::slots_left() const {
  std::int64_t slots = 0;
  for (const auto& [question, lane] : lanes_) slots += lane.window.size() + lane.behind.size();
  return slots;
}

}  // namespace revisitd::daemon
