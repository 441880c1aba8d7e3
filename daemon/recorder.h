#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rules/engine.h"
#include "storage/store.h"

namespace revisitd::daemon {

// Kinds of StateRow.
inline constexpr const char* kDecisionKind = "decision";  // by service: Engine::save_standing()
// By the number of a part: "SERVICE" and Engine::save_course() of each of its services.
inline constexpr const char* kCourseKind = "course";
inline constexpr const char* kRevisitKind = "revisit";  // by id: a finished revisit
// Of records, by collectors::absolute_path().
inline constexpr const char* kRecordKind = "record";    // record_to_json()
inline constexpr const char* kReadingKind = "reading";  // collectors::KeptReadings
inline constexpr const char* kMetaKind =
    "meta";  // "instance", "slots-in-progress.N", "roster", "roster-read", "notices"
inline constexpr const char* kProgressKey = "slots-in-progress.";  // and a part's number

// What a step of the engine means to the store: the state of what changed, finished revisits, and a
// line of the trail for every event; the deliveries of the same commit come from notify::plan().
//
// A slot moves the course of nearly all decisions and little else, so that what stands is compared
// with what the store has and left out where it is the same, and courses are written many to a
// row: of 1,000 services that is an eighth of the rows and a sixth of the bytes of whole states.
class Recorder {
 public:
  static constexpr std::size_t kCourseParts = 128;

  // `engine` must outlive it.
  explicit Recorder(const rules::Engine& engine) : engine_(engine) {}

  // What is to be written. taken() says that the store will have it; where that is not said, the
  // same is written again by a later step.
  storage::Batch record(const rules::StepResult& step);
  void taken();

  // The part whose row has the service's course; the same for every run.
  static std::size_t course_part(const std::string& service);

 private:
  void record_standing(const std::string& service, storage::Batch& batch);
  void record_parts(const std::set<std::size_t>& parts, storage::Batch& batch);

  const rules::Engine& engine_;
  // Hashes of what the store has; none where that is not known.
  std::unordered_map<std::string, std::size_t> standing_;
  std::array<std::optional<std::uint64_t>, kCourseParts> courses_;
  // Of what was recorded and not taken yet.
  std::vector<std::pair<std::string, std::size_t>> new_standing_;
  std::vector<std::pair<std::size_t, std::uint64_t>> new_courses_;
  std::string text_;  // with its room
};

// A row of courses taken apart: of each service. Throws rules::CourseReadError.
std::vector<std::pair<std::string_view, std::string_view>> courses_in(std::string_view row);

}  // namespace revisitd::daemon
