#include <nlohmann/json.hpp>

#include "daemon/backfill_plan.h"
#include "daemon/slot_range_json.h"

// The plan as rows of the store and back, so that a restart goes on where the last life stopped.
namespace revisitd::daemon {
namespace {

using Json = nlohmann::ordered_json;

std::string work_json(const BackfillWork& work) {
  Json json{{"service", work.service},
            {"trigger", work.trigger},
            {"meaning", work.meaning},
            {"window", {work.window.first, work.window.last}}};
  for (const auto& [name, signal] : work.signals) {
    json["signals"][name] = {signal.question.length.count(), signal.range.first, signal.range.last};
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string question_key(const BackfillQuestion& question) {
  return question.from + " " + std::to_string(question.length.count()) +
         (question.allow_partial ? " partial " : " whole ") + question.query;
}

storage::Batch BackfillPlan::take_rows() {
  storage::Batch batch;
  for (const std::string& key : gone_works_) batch.erases.emplace_back(kWorkKind, key);
  for (const Name& name : new_works_) {
    const std::string key = name.first + "/" + name.second;
    batch.puts.push_back({kWorkKind, key, work_json(works_.at(name).work)});
  }
  for (const std::string& key : gone_lanes_) batch.erases.emplace_back(kLaneKind, key);
  for (const BackfillQuestion& question : moved_) {
    const auto lane = lanes_.find(question);
    if (lane == lanes_.end()) {
      batch.erases.emplace_back(kLaneKind, question_key(question));
      continue;
    }
    const Json json{{"window", ranges_json(lane->second.window)},
                    {"behind", ranges_json(lane->second.behind)}};
    batch.puts.push_back({kLaneKind, question_key(question), json.dump()});
  }
  gone_works_.clear();
  gone_lanes_.clear();
  new_works_.clear();
  moved_.clear();
  return batch;
}

void BackfillPlan::read_lanes(const std::vector<storage::StateRow>& rows) {
  for (const storage::StateRow& row : rows) {
    try {
      const Json json = Json::parse(row.value);
      Lane& lane = saved_[row.key];
      lane.window = ranges_from(json.at("window"));
      lane.behind = ranges_from(json.at("behind"));
    } catch (const Json::exception&) {
      saved_.erase(row.key);
    }
    gone_lanes_.insert(row.key);
  }
}

std::optional<BackfillWork> BackfillPlan::read_work(const storage::StateRow& row,
                                                    const rules::Engine& engine) {
  try {
    const Json json = Json::parse(row.value);
    BackfillWork work;
    work.service = json.at("service").get<std::string>();
    work.trigger = json.at("trigger").get<std::string>();
    work.meaning = json.at("meaning").get<std::string>();
    work.window = range_from(json.at("window"));
    const auto state = engine.decisions().find(work.service);
    if (state == engine.decisions().end() || !state->second.decision) return std::nullopt;
    const auto standing = state->second.triggers.find(work.trigger);
    if (standing == state->second.triggers.end()) return std::nullopt;
    if (*standing->second.meaning != work.meaning) return std::nullopt;
    for (const auto& [name, saved] : json.at("signals").items()) {
      const auto spec = state->second.decision->signals.find(name);
      const Duration length(saved.at(0).get<std::int64_t>());
      if (spec == state->second.decision->signals.end()) return std::nullopt;
      if (spec->second.reduction != rules::Reduction::query) continue;
      if (length != standing->second.length) return std::nullopt;
      work.signals[name] = {question_of(spec->second, length),
                            {saved.at(1).get<std::int64_t>(), saved.at(2).get<std::int64_t>()}};
    }
    if (work.signals.empty()) return std::nullopt;
    return work;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

void BackfillPlan::add_saved(BackfillWork work) {
  for (const auto& [name, signal] : work.signals) {
    const auto saved = saved_.find(question_key(signal.question));
    if (saved == saved_.end()) {
      want(work, signal, signal.range);
      continue;
    }
    Lane& lane = lanes_[signal.question];
    SlotRanges wanted, window = saved->second.window, behind = saved->second.behind;
    wanted.add(signal.range);
    window.intersect(wanted);
    behind.intersect(wanted);
    for (const auto& [first, last] : window.stretches()) lane.window.add({first, last});
    for (const auto& [first, last] : behind.stretches()) lane.behind.add({first, last});
    gone_lanes_.erase(saved->first);
    moved_.insert(signal.question);
  }
  const Name name{work.service, work.trigger};
  new_works_.insert(name);
  works_.insert_or_assign(name, Entry{std::move(work)});
}

}  // namespace revisitd::daemon
