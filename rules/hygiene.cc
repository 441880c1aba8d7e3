#include "rules/hygiene.h"

#include <algorithm>
#include <map>
#include <utility>

namespace revisitd::rules {
namespace {

SlotStretch stretch_of(Duration length, TimePoint now, const HygieneOptions& options) {
  const std::int64_t last = slot_index(now, length);
  return {last - options.look_back / length, last};
}

// "180d", not "4320h": whole days where there are any.
std::string span_text(Duration span) {
  constexpr Duration kDay = std::chrono::hours(24);
  return format_duration(span >= kDay ? span / kDay * kDay : span);
}

// What is to be said of a decision that was seen.
class Report {
 public:
  Report(const Engine& engine, const DecisionState& state, TimePoint now,
         const HygieneOptions& options)
      : engine_(engine), decision_(*state.decision), now_(now), options_(options) {}

  std::vector<HygieneFinding> take() { return std::move(findings_); }

  void look_at_decision() {
    if (decision_.triggers.empty())
      add(HygieneKind::no_trigger, decision_.place,
          "the decision names no trigger: nothing can tell when to rerun it");
    if (decision_.team.empty()) {
      add(HygieneKind::no_owner, decision_.team_place,
          "the decision names no team: nobody owns it");
      return;
    }
    if (!options_.roster_expected) return;
    const auto roster = engine_.rosters().newest();
    // One that was read while the past was looked at is newer than the question.
    if (!roster || !roster->valid(std::max(now_, roster->read_at))) {
      add(HygieneKind::stale_roster, decision_.team_place,
          roster ? "the roster was read last at " + format_time(roster->read_at) +
                       " and is out of date: questions about team " + decision_.team + " are blind"
                 : "no roster was read: questions about team " + decision_.team + " are blind");
    } else if (!roster->teams.contains(decision_.team)) {
      add(HygieneKind::no_owner, decision_.team_place,
          "team " + decision_.team + " is not in the roster: nobody owns the decision");
    }
  }

  void look_at(const Trigger& trigger, const HygieneCourse& course) {
    bool complete = true;
    for (const HygieneCourse::Signal& signal : course.signals())
      complete = look_at_signal(trigger, course, signal) && complete;
    if (!complete) return;
    look_at_buckets(trigger, course);
    if (!course.signals().empty()) look_at_course(trigger, course);
  }

 private:
  void add(HygieneKind kind, Place place, const std::string& message) {
    findings_.push_back({kind, "", "", message, place});
  }
  void add(HygieneKind kind, const Trigger& trigger, const std::string& signal,
           const std::string& message) {
    findings_.push_back(
        {kind, trigger.name, signal, "trigger `" + trigger.name + "`: " + message, trigger.place});
  }

  // False when nothing more can be said of a trigger that needs it.
  bool look_at_signal(const Trigger& trigger, const HygieneCourse& course,
                      const HygieneCourse::Signal& signal) {
    const auto& unasked = options_.unasked;
    if (std::find(unasked.begin(), unasked.end(), signal.name) != unasked.end()) return false;
    if (!signal.newest) {
      add(HygieneKind::no_data, trigger, signal.name,
          "`" + signal.name + "` had no value in the last " +
              span_text(course.length() * course.stretch().slots()));
      return false;
    }
    const TimePoint newest = slot_start(*signal.newest + 1, course.length());
    if (newest + std::max(trigger.window, course.length() * 2) < now_)
      add(HygieneKind::no_data, trigger, signal.name,
          "`" + signal.name + "` has had no value since " + format_time(newest));
    return true;
  }

  void look_at_buckets(const Trigger& trigger, const HygieneCourse& course) {
    for (std::size_t i = 0; i < course.buckets().size(); ++i) {
      const HygieneCourse::Bucket& bucket = course.buckets()[i];
      if (bucket.undecided == 0) continue;
      const Condition::Threshold& threshold = trigger.when.thresholds()[i];
      const Unit unit = threshold.value.unit;
      add(HygieneKind::inside_bucket, trigger, threshold.signal,
          "its threshold " + format_quantity(threshold.value.value, unit) +
              " lies inside the bucket (" + format_quantity(bucket.newest.low, unit) + ", " +
              format_quantity(bucket.newest.high, unit) + "] of `" + threshold.signal +
              "`: " + std::to_string(bucket.undecided) + " of " + std::to_string(bucket.slots) +
              " slots cannot tell; put it on a bucket's bound");
    }
  }

  void look_at_course(const Trigger& trigger, const HygieneCourse& course) {
    const SlotStretch& stretch = course.stretch();
    const Duration length = course.length();
    const Duration seen = length * (stretch.last - course.first_covered.value_or(stretch.last));
    const bool in_sight = slot_start(stretch.first, length) <= decision_.date;
    if (in_sight && course.at_date == Verdict::tripped &&
        course.at_date_end <= decision_.date + trigger.window + length) {
      add(HygieneKind::tripped_when_written, trigger, "",
          "it was tripped already when the decision was taken on " + format_date(decision_.date));
    }
    if (course.breaches == 0 && length * course.covered >= options_.least_covered) {
      add(HygieneKind::never_trips, trigger, "",
          "no value of the last " + span_text(seen) + " would trip it: not one of " +
              std::to_string(course.covered) + " covered slots was in breach");
    }
    if (course.trips >= kFlappingTrips &&
        trigger.window * kFlappingWindows * course.trips >= seen) {
      add(HygieneKind::flapping, trigger, "",
          "it trips and clears all the time: " + std::to_string(course.trips) +
              " times in the last " + span_text(seen) +
              "; a longer window or shares further apart would calm it");
    }
  }

  const Engine& engine_;
  const Decision& decision_;
  const TimePoint now_;
  const HygieneOptions& options_;
  std::vector<HygieneFinding> findings_;
};

}  // namespace

std::string_view hygiene_name(HygieneKind kind) {
  switch (kind) {
    case HygieneKind::no_trigger:
      return "no-trigger";
    case HygieneKind::no_owner:
      return "no-owner";
    case HygieneKind::stale_roster:
      return "stale-roster";
    case HygieneKind::no_data:
      return "no-data";
    case HygieneKind::tripped_when_written:
      return "tripped-when-written";
    case HygieneKind::never_trips:
      return "never-trips";
    case HygieneKind::inside_bucket:
      return "inside-bucket";
    case HygieneKind::flapping:
      return "flapping";
  }
  return "";
}

HygieneLook::HygieneLook(const DecisionState& state, TimePoint now, HygieneOptions options)
    : now_(now), options_(std::move(options)) {
  for (const Trigger& trigger : state.decision->triggers) {
    const auto standing = state.triggers.find(trigger.name);
    if (standing == state.triggers.end()) continue;
    const SlotStretch stretch = stretch_of(standing->second.length, now_, options_);
    courses_.emplace_back(state, trigger, stretch, options_.piece_slots);
  }
}

const HygieneCourse* HygieneLook::next() const {
  const auto found = std::find_if(courses_.begin(), courses_.end(),
                                  [](const HygieneCourse& course) { return !course.done(); });
  return found == courses_.end() ? nullptr : &*found;
}

std::vector<HistoryNeed> HygieneLook::needs(const DecisionState& state) const {
  const HygieneCourse* course = next();
  if (course == nullptr) return {};
  return course->needs(state, *state.decision->find_trigger(course->trigger()));
}

void HygieneLook::see(const Engine& engine, const DecisionState& state,
                      const SlotHistory& history) {
  for (HygieneCourse& course : courses_) {
    if (course.done()) continue;
    course.see(engine, state, *state.decision->find_trigger(course.trigger()), history);
    return;
  }
}

std::vector<HygieneFinding> HygieneLook::findings(const Engine& engine,
                                                  const DecisionState& state) const {
  Report report(engine, state, now_, options_);
  report.look_at_decision();
  for (const HygieneCourse& course : courses_)
    report.look_at(*state.decision->find_trigger(course.trigger()), course);
  return report.take();
}

HygieneReport HygieneLook::report(const Engine& engine, const DecisionState& state) const {
  HygieneReport report{findings(engine, state), {}};
  for (const HygieneCourse& course : courses_) {
    if (course.signals().empty()) continue;
    HygieneReach& reach = report.reach.emplace_back();
    reach.trigger = course.trigger();
    if (const auto first = course.first_value()) reach.since = slot_start(*first, course.length());
    reach.covered = course.length() * course.covered;
  }
  return report;
}

std::vector<HistoryNeed> hygiene_needs(const DecisionState& state, TimePoint now,
                                       const HygieneOptions& options) {
  std::map<SlotHistory::Key, HistoryNeed> needs;
  for (const Trigger& trigger : state.decision->triggers) {
    const auto standing = state.triggers.find(trigger.name);
    if (standing == state.triggers.end()) continue;
    const SlotStretch stretch = stretch_of(standing->second.length, now, options);
    const HygieneCourse whole(state, trigger, stretch, stretch.slots());
    for (const HistoryNeed& wanted : whole.needs(state, trigger)) {
      HistoryNeed& need = needs.try_emplace(wanted.key, wanted).first->second;
      need.first = std::min(need.first, wanted.first);
    }
  }
  std::vector<HistoryNeed> list;
  for (const auto& [key, need] : needs) list.push_back(need);
  return list;
}

std::vector<HygieneFinding> hygiene(const Engine& engine, const DecisionState& state,
                                    const SlotHistory& history, TimePoint now,
                                    const HygieneOptions& options) {
  HygieneLook look(state, now, options);
  while (!look.needs(state).empty()) look.see(engine, state, history);
  return look.findings(engine, state);
}

Diagnostic to_diagnostic(const Decision& decision, const HygieneFinding& finding) {
  return {decision.path, finding.place, finding.message, "", Severity::warning};
}

}  // namespace revisitd::rules
