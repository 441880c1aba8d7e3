#include "daemon/remembered.h"

#include <cstdlib>
#include <map>
#include <string_view>
#include <utility>

#include "collectors/record_paths.h"
#include "daemon/backfill_plan.h"
#include "daemon/long_past_plan.h"
#include "daemon/notices.h"
#include "daemon/record_json.h"
#include "daemon/recorder.h"
#include "rules/engine_course.h"

namespace revisitd::daemon {
namespace {

void take_meta(storage::StateRow row, Remembered& all) {
  if (row.key == "instance") all.instance = row.value;
  if (row.key == "roster") all.inputs.roster = roster_from_json(row.value);
  if (row.key == "roster-read") all.inputs.roster_read = read_times_from_json(row.value);
  if (row.key == "roster-sources") all.inputs.sources = readings_from_json(row.value);
  if (row.key == Notices::kKey) all.notices = row.value;
  if (row.key.starts_with(kProgressKey)) {
    const char* part = row.key.c_str() + std::string_view(kProgressKey).size();
    all.parts.insert(std::strtoul(part, nullptr, 10));
    all.progress.push_back(std::move(row.value));
  }
}

std::optional<Remembered::Unread> remember_decisions(storage::Store& store, rules::Engine& engine) {
  const std::vector<storage::StateRow> rows = store.load(kCourseKind);
  std::map<std::string_view, std::string_view> courses;
  for (const storage::StateRow& row : rows) {
    try {
      for (const auto& [service, course] : courses_in(row.value)) courses[service] = course;
    } catch (const rules::CourseReadError& broken) {
      return Remembered::Unread{"of part " + row.key, broken.what()};
    }
  }
  for (const storage::StateRow& row : store.load(kDecisionKind)) {
    const auto course = courses.find(row.key);
    const Status restored = engine.restore(
        row.key, row.value, course != courses.end() ? std::optional(course->second) : std::nullopt);
    if (!restored) return Remembered::Unread{row.key, restored.error().message};
  }
  return std::nullopt;
}

}  // namespace

collectors::KeptReadings remember_readings(storage::Store& store) {
  collectors::KeptReadings readings;
  for (storage::StateRow& row : store.load(kReadingKind))
    readings.emplace_hint(readings.end(), std::move(row.key), std::move(row.value));
  return readings;
}

Inputs::Before RememberedInputs::before() {
  Inputs::Before before{.roster = roster, .records = {}, .sources = std::move(sources)};
  for (const storage::StateRow& row : records) {
    auto source = record_from_json(row.value);
    if (!source) continue;
    source->path = collectors::absolute_path(row.key);
    before.records.push_back(*std::move(source));
  }
  records.clear();
  // What one source said was the whole roster, until several were kept one by one.
  if (before.sources.empty() && roster) before.sources.push_back({roster});
  for (collectors::LastReading& reading : before.sources) set_read_last(reading, roster_read);
  return before;
}

storage::Batch RememberedInputs::moves() const {
  storage::Batch batch;
  for (const storage::StateRow& row : records) {
    const std::string path = collectors::absolute_path(row.key);
    if (path == row.key) continue;
    batch.puts.push_back({kRecordKind, path, row.value});
    batch.erases.emplace_back(kRecordKind, row.key);
  }
  return batch;
}

void remember(storage::Store& store, rules::Engine& engine, Remembering& into) {
  Remembered& all = into.all;
  for (storage::StateRow& row : store.load(kMetaKind)) take_meta(std::move(row), all);
  all.inputs.records = store.load(kRecordKind);
  into.inputs_known = true;
  all.unread = remember_decisions(store, engine);
  if (all.unread) return;
  all.backfill_works = store.load(BackfillPlan::kWorkKind);
  all.backfill_lanes = store.load(BackfillPlan::kLaneKind);
  all.past_left = store.load(LongPastPlan::kLeftKind);
  all.past_series = store.load(LongPastPlan::kSeriesKind);
  all.pending = store.deliveries({.state = storage::DeliveryState::pending, .limit = 1'000'000});
  const auto trail = store.trail({.limit = 1, .newest_first = true});
  if (!trail.empty()) all.newest = trail.front().at;
  all.stats = store.stats();
}

}  // namespace revisitd::daemon
