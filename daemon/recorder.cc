#include "daemon/recorder.h"

#include <zlib.h>

#include <map>
#include <nlohmann/json.hpp>

#include "collectors/quick_hash.h"
#include "rules/engine_course.h"
#include "rules/packed_fields.h"
#include "rules/revisit_json.h"

namespace revisitd::daemon {
namespace {

using Json = nlohmann::ordered_json;

// Texts of records, people and targets may hold anything; a row must be valid JSON all the same.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

storage::TrailRow trail_row(const rules::Event& event) {
  storage::TrailRow row;
  row.at = event.at;
  row.type = rules::event_type_name(event.type);
  row.service = event.service;
  row.team = event.team;
  row.language = event.language;
  if (event.revisit) row.revisit = event.revisit->id;
  row.by = event.by;
  row.body = dump(rules::to_json(event));
  return row;
}

void append_text(std::string_view text, std::string& row) {
  PackedWriter size(row);
  size.row().whole(text.size());
  size.flush();
  row += text;
}

}  // namespace

std::size_t Recorder::course_part(const std::string& service) {
  const auto* const bytes = reinterpret_cast<const Bytef*>(service.data());
  return static_cast<std::size_t>(crc32_z(0, bytes, service.size())) % kCourseParts;
}

storage::Batch Recorder::record(const rules::StepResult& step) {
  new_standing_.clear();
  new_courses_.clear();
  storage::Batch batch;
  std::set<std::size_t> parts;
  for (const std::string& service : step.changed) {
    parts.insert(course_part(service));
    if (engine_.decisions().contains(service)) continue;
    standing_.erase(service);
    batch.erases.emplace_back(kDecisionKind, service);
  }
  if (!parts.empty()) record_parts(parts, batch);
  for (const rules::Event& event : step.events) {
    batch.trail.push_back(trail_row(event));
    if (event.revisit && rules::is_final(event.revisit->state)) {
      batch.puts.push_back({kRevisitKind, event.revisit->id, dump(rules::to_json(*event.revisit))});
    }
  }
  return batch;
}

void Recorder::record_standing(const std::string& service, storage::Batch& batch) {
  const std::size_t hash = engine_.hash_standing(service);
  const auto known = standing_.find(service);
  if (known != standing_.end()) {
    if (known->second == hash) return;
    standing_.erase(known);
  }
  batch.puts.push_back({kDecisionKind, service, engine_.save_standing(service)});
  new_standing_.emplace_back(service, hash);
}

// With each course goes what stands of that service, whether the step changed it or one before it
// that was not taken: of two moments, they could not be read.
void Recorder::record_parts(const std::set<std::size_t>& parts, storage::Batch& batch) {
  std::map<std::size_t, std::string> rows;
  for (const std::size_t part : parts) rows[part];
  for (const auto& [service, state] : engine_.decisions()) {
    const auto row = rows.find(course_part(service));
    if (row == rows.end()) continue;
    record_standing(service, batch);
    text_.clear();
    engine_.save_course(service, text_);
    append_text(service, row->second);
    append_text(text_, row->second);
  }
  for (auto& [part, row] : rows) {
    const std::uint64_t hash = collectors::quick_hash(row);
    if (!row.empty() && courses_[part] == hash) continue;
    courses_[part].reset();
    new_courses_.emplace_back(part, hash);
    if (row.empty()) {
      batch.erases.emplace_back(kCourseKind, std::to_string(part));
    } else {
      batch.puts.push_back({kCourseKind, std::to_string(part), std::move(row)});
    }
  }
}

void Recorder::taken() {
  for (auto& [service, hash] : new_standing_) standing_.insert_or_assign(std::move(service), hash);
  for (const auto& [part, hash] : new_courses_) courses_[part] = hash;
  new_standing_.clear();
  new_courses_.clear();
}

std::vector<std::pair<std::string_view, std::string_view>> courses_in(std::string_view row) {
  std::vector<std::pair<std::string_view, std::string_view>> courses;
  try {
    PackedReader fields(row);
    const auto text = [&] { return fields.take(fields.whole()); };
    while (!fields.done()) {
      const std::string_view service = text();
      courses.emplace_back(service, text());
    }
  } catch (const protozero::exception& broken) {
    throw rules::CourseReadError(broken.what());
  }
  return courses;
}

}  // namespace revisitd::daemon
