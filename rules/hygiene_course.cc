#include "rules/hygiene_course.h"

#include <algorithm>
#include <map>

#include "rules/expression.h"
#include "rules/interval.h"
#include "rules/stored_slots.h"

namespace revisitd::rules {
namespace {

template <class See>
void for_conditions(const Trigger& trigger, See see) {
  see(trigger.when);
  if (trigger.provided) see(*trigger.provided);
}

Comparison comparison_of(std::string_view op) {
  for (const Comparison c : {Comparison::less, Comparison::less_equal, Comparison::greater,
                             Comparison::greater_equal, Comparison::equal, Comparison::not_equal}) {
    if (spelling(c) == op) return c;
  }
  return Comparison::equal;
}

// The values of a piece, and nothing of what was read from before it.
template <class See>
void for_values(const SlotHistory& history, const SlotHistory::Key& key, const SlotStretch& piece,
                See see) {
  const SlotHistory::Values* values = history.series(key);
  if (values == nullptr) return;
  auto at = std::lower_bound(values->begin(), values->end(), piece.first,
                             [](const auto& v, std::int64_t index) { return v.first < index; });
  for (; at != values->end() && at->first < piece.last; ++at) see(at->first, at->second);
}

}  // namespace

HygieneCourse::HygieneCourse(const DecisionState& state, const Trigger& trigger,
                             SlotStretch stretch, std::int64_t piece_slots)
    : trigger_(trigger.name),
      length_(state.triggers.find(trigger.name)->second.length),
      stretch_(stretch),
      next_(stretch.first),
      piece_slots_(piece_slots),
      buckets_(trigger.when.thresholds().size()),
      ledger_(slot_count(trigger.window, length_)) {
  for_conditions(trigger, [&](const Condition& condition) {
    for (const std::string& signal : condition.signals()) {
      const bool known = std::any_of(signals_.begin(), signals_.end(),
                                     [&](const Signal& s) { return s.name == signal; });
      if (!known) signals_.push_back({signal, std::nullopt});
    }
    // A piece is never shorter than what windowed functions read again for it.
    for (const WindowUse& use : condition.windows())
      piece_slots_ = std::max(piece_slots_, slots_needed(use, length_));
  });
  // Of conditions that measure nothing there is no course to tell.
  if (signals_.empty()) next_ = stretch_.last;
}

// Where nothing is to be judged yet, more is looked at in one go.
SlotStretch HygieneCourse::piece() const {
  constexpr std::int64_t kAhead = 10;
  const std::int64_t slots = first_value_ ? piece_slots_ : piece_slots_ * kAhead;
  return {next_, std::min(next_ + slots, stretch_.last)};
}

std::vector<HistoryNeed> HygieneCourse::needs(const DecisionState& state,
                                              const Trigger& trigger) const {
  if (done()) return {};
  std::map<std::string, std::int64_t> firsts;
  for (const Signal& signal : signals_) firsts[signal.name] = next_;
  for_conditions(trigger, [&](const Condition& condition) {
    for (const WindowUse& use : condition.windows()) {
      std::int64_t& first = firsts.try_emplace(use.signal, next_).first->second;
      first = std::min(first, next_ - slots_needed(use, length_));
    }
  });
  const std::int64_t last = piece().last;
  std::vector<HistoryNeed> list;
  for (const auto& [signal, first] : firsts)
    list.push_back({{state.decision->service, signal, length_}, first, last});
  return list;
}

void HygieneCourse::see(const Engine& engine, const DecisionState& state, const Trigger& trigger,
                        const SlotHistory& history) {
  if (!first_value_) {
    begin(state.decision->service, history);
    return;
  }
  const SlotStretch seen = piece();
  see_values(trigger, state.decision->service, history, seen);
  judge_slots(engine, state, trigger, history, seen);
  next_ = seen.last;
}

void HygieneCourse::begin(const std::string& service, const SlotHistory& history) {
  const SlotStretch seen = piece();
  for (const Signal& signal : signals_) {
    for_values(history, {service, signal.name, length_}, seen,
               [&](std::int64_t index, const SlotValue&) {
                 first_value_ = std::min(first_value_.value_or(index), index);
               });
  }
  next_ = first_value_.value_or(seen.last);
}

void HygieneCourse::see_values(const Trigger& trigger, const std::string& service,
                               const SlotHistory& history, const SlotStretch& piece) {
  for (Signal& signal : signals_) {
    for_values(history, {service, signal.name, length_}, piece,
               [&](std::int64_t index, const SlotValue&) { signal.newest = index; });
  }
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    const Condition::Threshold& threshold = trigger.when.thresholds()[i];
    const Interval limit = Interval::exact(threshold.value.value);
    const Comparison op = comparison_of(threshold.op);
    for_values(history, {service, threshold.signal, length_}, piece,
               [&](std::int64_t, const SlotValue& value) {
                 ++buckets_[i].slots;
                 if (compare(op, Interval::of(value), limit) != Truth::unknown) return;
                 ++buckets_[i].undecided;
                 buckets_[i].newest = value;
               });
  }
}

void HygieneCourse::judge_slots(const Engine& engine, const DecisionState& state,
                                const Trigger& trigger, const SlotHistory& history,
                                const SlotStretch& piece) {
  const TimePoint date = state.decision->date;
  for_stored_slots(
      engine, state, trigger, history, piece.first, piece.last,
      [&](std::int64_t index, const SlotInputs& inputs) {
        const SlotState slot =
            state_of(trigger.provided ? trigger.provided->evaluate(inputs) : Truth::yes,
                     trigger.when.evaluate(inputs));
        covered += slot == SlotState::ok || slot == SlotState::breach;
        breaches += slot == SlotState::breach;
        if (covered > 0 && !first_covered) first_covered = index;
        ledger_.record(index, slot);
        const Verdict verdict =
            judge(ledger_.counts(), {trigger.trip, trigger.clear, trigger.coverage}, standing_);
        if (verdict != Verdict::clear && verdict != Verdict::tripped) return;
        trips += verdict == Verdict::tripped && standing_ == Verdict::clear;
        standing_ = verdict;
        const TimePoint end = slot_start(index + 1, length_);
        if (at_date || end < date) return;
        at_date = verdict;
        at_date_end = end;
      });
}

}  // namespace revisitd::rules
