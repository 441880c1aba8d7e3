#include "rules/hygiene.h"

#include <algorithm>
#include <map>

#include "rules/expression.h"
#include "rules/interval.h"
#include "rules/stored_slots.h"

namespace revisitd::rules {
namespace {

struct Stretch {
  std::int64_t first = 0, last = 0;  // first <= index < last
};

Stretch stretch_of(Duration length, TimePoint now, const HygieneOptions& options) {
  const std::int64_t last = slot_index(now, length);
  const std::int64_t slots =
      std::min(options.most_slots, static_cast<std::int64_t>(options.look_back / length));
  return {last - slots, last};
}

template <class See>
void for_conditions(const Trigger& trigger, See see) {
  see(trigger.when);
  if (trigger.provided) see(*trigger.provided);
}

// "180d", not "4320h": whole days where there are any.
std::string span_text(Duration span) {
  constexpr Duration kDay = std::chrono::hours(24);
  return format_duration(span >= kDay ? span / kDay * kDay : span);
}

Comparison comparison_of(std::string_view op) {
  for (const Comparison c : {Comparison::less, Comparison::less_equal, Comparison::greater,
                             Comparison::greater_equal, Comparison::equal, Comparison::not_equal}) {
    if (spelling(c) == op) return c;
  }
  return Comparison::equal;
}

// What one trigger said slot by slot over the stretch.
struct Course {
  int covered = 0, breaches = 0, trips = 0;
  std::optional<std::int64_t> first;  // covered slot
  std::optional<Verdict> at_date;     // the first clear or tripped at or after the decision's date
  TimePoint at_date_end{};
};

class Look {
 public:
  Look(const Engine& engine, const DecisionState& state, const SlotHistory& history, TimePoint now,
       const HygieneOptions& options)
      : engine_(engine),
        state_(state),
        decision_(*state.decision),
        history_(history),
        now_(now),
        options_(options) {}

  std::vector<HygieneFinding> run() {
    look_at_decision();
    for (const Trigger& trigger : decision_.triggers) {
      if (state_.triggers.contains(trigger.name)) look_at(trigger);
    }
    return std::move(findings_);
  }

 private:
  void add(HygieneKind kind, const Trigger* trigger, const std::string& signal,
           const std::string& message) {
    HygieneFinding& finding = findings_.emplace_back();
    finding.kind = kind;
    finding.signal = signal;
    if (trigger != nullptr) {
      finding.trigger = trigger->name;
      finding.place = trigger->place;
      finding.message = "trigger `" + trigger->name + "`: " + message;
    } else {
      finding.message = message;
    }
  }

  void look_at_decision() {
    if (decision_.triggers.empty())
      add(HygieneKind::no_trigger, nullptr, "",
          "the decision names no trigger: nothing can tell when to rerun it");
    if (decision_.team.empty()) {
      add(HygieneKind::no_owner, nullptr, "", "the decision names no team: nobody owns it");
      return;
    }
    if (!options_.roster_expected) return;
    const auto roster = engine_.rosters().newest();
    if (!roster || !roster->valid(now_)) {
      add(HygieneKind::stale_roster, nullptr, "",
          roster ? "the roster was read last at " + format_time(roster->read_at) +
                       " and is out of date: questions about team " + decision_.team + " are blind"
                 : "no roster was read: questions about team " + decision_.team + " are blind");
    } else if (!roster->teams.contains(decision_.team)) {
      add(HygieneKind::no_owner, nullptr, "",
          "team " + decision_.team + " is not in the roster: nobody owns the decision");
    }
  }

  void look_at(const Trigger& trigger) {
    const Duration length = state_.triggers.find(trigger.name)->second.length;
    const Stretch stretch = stretch_of(length, now_, options_);
    bool complete = true, measured = false;
    for_conditions(trigger, [&](const Condition& condition) {
      for (const std::string& signal : condition.signals()) {
        measured = true;
        complete = look_at_signal(trigger, signal, length, stretch) && complete;
      }
    });
    if (!complete) return;
    look_at_buckets(trigger, length, stretch);
    if (measured) look_at_course(trigger, length, stretch);
  }

  const SlotHistory::Values* values_of(const std::string& signal, Duration length) const {
    const auto found = history_.values.find({decision_.service, signal, length});
    return found == history_.values.end() || found->second.empty() ? nullptr : &found->second;
  }

  // False when nothing more can be said of a trigger that needs it.
  bool look_at_signal(const Trigger& trigger, const std::string& signal, Duration length,
                      const Stretch& stretch) {
    if (std::find(options_.unasked.begin(), options_.unasked.end(), signal) !=
        options_.unasked.end())
      return false;
    const bool told = std::any_of(findings_.begin(), findings_.end(), [&](const HygieneFinding& f) {
      return f.trigger == trigger.name && f.signal == signal && f.kind == HygieneKind::no_data;
    });
    const SlotHistory::Values* values = values_of(signal, length);
    const bool any = values != nullptr && values->back().first >= stretch.first;
    if (told) return any;
    if (!any) {
      add(HygieneKind::no_data, &trigger, signal,
          "`" + signal + "` had no value in the last " +
              span_text(length * (stretch.last - stretch.first)));
      return false;
    }
    const TimePoint newest = slot_start(values->back().first + 1, length);
    if (newest + std::max(trigger.window, length * 2) < now_)
      add(HygieneKind::no_data, &trigger, signal,
          "`" + signal + "` has had no value since " + format_time(newest));
    return true;
  }

  void look_at_buckets(const Trigger& trigger, Duration length, const Stretch& stretch) {
    for (const Condition::Threshold& threshold : trigger.when.thresholds()) {
      const SlotHistory::Values* values = values_of(threshold.signal, length);
      if (values == nullptr) continue;
      const Interval limit = Interval::exact(threshold.value.value);
      const Comparison op = comparison_of(threshold.op);
      int undecided = 0, all = 0;
      SlotValue bucket;
      for (const auto& [index, value] : *values) {
        if (index < stretch.first || index >= stretch.last) continue;
        ++all;
        if (compare(op, Interval::of(value), limit) != Truth::unknown) continue;
        ++undecided;
        bucket = value;
      }
      if (undecided == 0) continue;
      const Unit unit = threshold.value.unit;
      add(HygieneKind::inside_bucket, &trigger, threshold.signal,
          "its threshold " + format_quantity(threshold.value.value, unit) +
              " lies inside the bucket (" + format_quantity(bucket.low, unit) + ", " +
              format_quantity(bucket.high, unit) + "] of `" + threshold.signal +
              "`: " + std::to_string(undecided) + " of " + std::to_string(all) +
              " slots cannot tell; put it on a bucket's bound");
    }
  }

  Course course_of(const Trigger& trigger, Duration length, const Stretch& stretch) const {
    Course course;
    SlotLedger ledger(slot_count(trigger.window, length));
    Verdict standing = Verdict::clear;
    for_stored_slots(
        engine_, state_, trigger, history_, stretch.first, stretch.last,
        [&](std::int64_t index, const SlotInputs& inputs) {
          const SlotState slot =
              state_of(trigger.provided ? trigger.provided->evaluate(inputs) : Truth::yes,
                       trigger.when.evaluate(inputs));
          course.covered += slot == SlotState::ok || slot == SlotState::breach;
          course.breaches += slot == SlotState::breach;
          if (course.covered > 0 && !course.first) course.first = index;
          ledger.record(index, slot);
          const Verdict verdict =
              judge(ledger.counts(), {trigger.trip, trigger.clear, trigger.coverage}, standing);
          if (verdict != Verdict::clear && verdict != Verdict::tripped) return;
          course.trips += verdict == Verdict::tripped && standing == Verdict::clear;
          standing = verdict;
          const TimePoint end = slot_start(index + 1, length);
          if (course.at_date || end < decision_.date) return;
          course.at_date = verdict;
          course.at_date_end = end;
        });
    return course;
  }

  void look_at_course(const Trigger& trigger, Duration length, const Stretch& stretch) {
    const Course course = course_of(trigger, length, stretch);
    const Duration seen = length * (stretch.last - course.first.value_or(stretch.last));
    const bool in_sight = slot_start(stretch.first, length) <= decision_.date;
    if (in_sight && course.at_date == Verdict::tripped &&
        course.at_date_end <= decision_.date + trigger.window + length) {
      add(HygieneKind::tripped_when_written, &trigger, "",
          "it was tripped already when the decision was taken on " + format_date(decision_.date));
    }
    if (course.breaches == 0 && length * course.covered >= options_.least_covered) {
      add(HygieneKind::never_trips, &trigger, "",
          "no value of the last " + span_text(seen) + " would trip it: not one of " +
              std::to_string(course.covered) + " covered slots was in breach");
    }
    if (course.trips >= kFlappingTrips &&
        trigger.window * kFlappingWindows * course.trips >= seen) {
      add(HygieneKind::flapping, &trigger, "",
          "it trips and clears all the time: " + std::to_string(course.trips) +
              " times in the last " + span_text(seen) +
              "; a longer window or shares further apart would calm it");
    }
  }

  const Engine& engine_;
  const DecisionState& state_;
  const Decision& decision_;
  const SlotHistory& history_;
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

std::vector<HistoryNeed> hygiene_needs(const DecisionState& state, TimePoint now,
                                       const HygieneOptions& options) {
  std::map<SlotHistory::Key, HistoryNeed> needs;
  for (const Trigger& trigger : state.decision->triggers) {
    const auto standing = state.triggers.find(trigger.name);
    if (standing == state.triggers.end()) continue;
    const Duration length = standing->second.length;
    const Stretch stretch = stretch_of(length, now, options);
    const auto want = [&](const std::string& signal, std::int64_t first) {
      const SlotHistory::Key key{state.decision->service, signal, length};
      HistoryNeed& need =
          needs.try_emplace(key, HistoryNeed{key, first, stretch.last}).first->second;
      need.first = std::min(need.first, first);
    };
    for_conditions(trigger, [&](const Condition& condition) {
      for (const std::string& signal : condition.signals()) want(signal, stretch.first);
      for (const WindowUse& use : condition.windows())
        want(use.signal, stretch.first - slots_needed(use, length));
    });
  }
  std::vector<HistoryNeed> list;
  for (const auto& [key, need] : needs) list.push_back(need);
  return list;
}

std::vector<HygieneFinding> hygiene(const Engine& engine, const DecisionState& state,
                                    const SlotHistory& history, TimePoint now,
                                    const HygieneOptions& options) {
  return Look(engine, state, history, now, options).run();
}

Diagnostic to_diagnostic(const Decision& decision, const HygieneFinding& finding) {
  return {decision.path, finding.place, finding.message, "", Severity::warning};
}

}  // namespace revisitd::rules
