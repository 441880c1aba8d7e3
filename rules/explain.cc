#include "rules/explain.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "rules/explain_flips.h"
#include "rules/explain_trend.h"
#include "rules/explain_trial.h"

namespace revisitd::rules {
namespace {

using Kind = Question::Kind;

constexpr std::size_t kNearest = 3;

// Whether a side names a signal of the condition: only what is measured has near misses.
bool is_measured(const ComparisonReading& reading, const Condition& condition) {
  const auto names = [](std::string_view text, std::string_view name) {
    const auto in_word = [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    };
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
      const std::size_t end = at + name.size();
      if ((at == 0 || !in_word(text[at - 1])) && (end == text.size() || !in_word(text[end])))
        return true;
    }
    return false;
  };
  const auto& signals = condition.signals();
  return std::any_of(signals.begin(), signals.end(), [&](const std::string& signal) {
    return names(reading.left, signal) || names(reading.right, signal);
  });
}

std::vector<ExplainedComparison> newest_readings(const TrialWindow& trial, bool of_provided,
                                                 Duration length) {
  std::vector<ExplainedComparison> all;
  if (trial.slots().empty()) return all;
  const auto is_whole = [](const ComparisonReading& r) { return r.left_value && r.right_value; };
  std::size_t lacking = 0;
  for (ComparisonReading& reading : trial.read(trial.slots().back(), of_provided)) {
    lacking += is_whole(reading) ? 0 : 1;
    all.push_back({.reading = std::move(reading), .of_provided = of_provided});
  }
  for (auto slot = trial.slots().rbegin(); lacking > 0 && slot != trial.slots().rend(); ++slot) {
    const auto readings = trial.read(*slot, of_provided);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (is_whole(all[i].reading) || !is_whole(readings[i])) continue;
      all[i].reading = readings[i];
      all[i].reading.truth = Truth::unknown;
      all[i].seen = slot_start(slot->index + 1, length);
      --lacking;
    }
  }
  return all;
}

bool orders(const std::string& op) { return op == "<" || op == "<=" || op == ">" || op == ">="; }

// Readings of every slot of the window are looked at once, comparison by comparison.
void look_at_slots(Explanation& e, const TrialWindow& trial, const Condition& when) {
  std::vector<ExplainedComparison*> mine;
  for (const bool of_provided : {false, true}) {
    mine.clear();
    for (ExplainedComparison& c : e.comparisons) {
      if (c.of_provided == of_provided) mine.push_back(&c);
    }
    if (mine.empty()) continue;
    const SlotState wanted = e.verdict == Verdict::tripped ? SlotState::breach : SlotState::ok;
    for (const TrialWindow::Slot& slot : trial.slots()) {
      const auto readings = trial.read(slot, of_provided);
      for (std::size_t i = 0; i < readings.size(); ++i) {
        const ComparisonReading& reading = readings[i];
        if (!reading.left_value || !reading.right_value) continue;
        if (reading.truth == Truth::unknown) {
          ++mine[i]->undecided;
          mine[i]->bucket =
              reading.left_value->is_exact() ? *reading.right_value : *reading.left_value;
          continue;
        }
        if (of_provided || slot.judged != wanted || !slot.repeatable || !orders(reading.op) ||
            !is_measured(reading, when)) {
          continue;
        }
        mine[i]->nearest.push_back({slot_start(slot.index, e.slot), *reading.left_value,
                                    *reading.right_value,
                                    reading.left_value->value - reading.right_value->value});
      }
    }
    for (ExplainedComparison* c : mine) {
      // Newest first where two are as near.
      std::sort(c->nearest.begin(), c->nearest.end(), [](const NearSlot& a, const NearSlot& b) {
        const double x = std::abs(a.distance), y = std::abs(b.distance);
        return x != y ? x < y : a.start > b.start;
      });
      if (c->nearest.size() > kNearest) c->nearest.resize(kNearest);
    }
  }
}

// Values of a queried signal are fetched again by backfill; of a scraped one they never can be.
std::string why_missing(const Decision& decision, const Question& question, std::int64_t index,
                        const AbsenceLookup& lookup) {
  std::string why = "no value";
  if (question.kind != Kind::signal) return why;
  const std::optional<Absence> absence = lookup ? lookup(question.name, index) : std::nullopt;
  if (absence) why += std::string(": ") + absence_text(*absence);
  const auto spec = decision.signals.find(question.name);
  if (spec != decision.signals.end() && spec->second.reduction != Reduction::query)
    why +=
        absence ? "; scraped, so it cannot be had later" : ": scraped, so it cannot be had later";
  return why;
}

std::vector<BlindReason> blind_reasons(const TrialWindow& trial, const Decision& decision,
                                       const AbsenceLookup& lookup) {
  std::map<std::pair<std::string, std::string>, int> reasons;
  for (const TrialWindow::Slot& slot : trial.slots()) {
    if (slot.judged != SlotState::blind) continue;
    if (!slot.repeatable) {
      ++reasons[{"", "not judged when it ended, or by values that came later"}];
      continue;
    }
    bool missing = false;
    const auto look = [&](const std::vector<Question>& questions,
                          const std::vector<Answer>& answers) {
      for (std::size_t i = 0; i < questions.size(); ++i) {
        if (answers[i].value) continue;
        missing = true;
        ++reasons[{questions[i].text(), why_missing(decision, questions[i], slot.index, lookup)}];
      }
    };
    look(trial.provided(), slot.provided);
    look(trial.when(), slot.when);
    if (!missing) ++reasons[{"", "the bucket of the value holds the threshold: it cannot tell"}];
  }
  std::vector<BlindReason> list;
  for (const auto& [what, slots] : reasons) list.push_back({what.first, what.second, slots});
  std::sort(list.begin(), list.end(), [](const BlindReason& a, const BlindReason& b) {
    return std::tie(b.slots, a.input, a.why) < std::tie(a.slots, b.input, b.why);
  });
  return list;
}

std::vector<SignalTrend> trends_of(const TrialWindow& trial, const Decision& decision) {
  std::vector<SignalTrend> trends;
  for (std::size_t q = 0; q < trial.when().size(); ++q) {
    const Question& question = trial.when()[q];
    if (question.kind != Kind::signal) continue;
    if (std::any_of(trends.begin(), trends.end(),
                    [&](const SignalTrend& t) { return t.signal == question.name; }))
      continue;
    std::vector<std::pair<std::int64_t, double>> values;
    for (const TrialWindow::Slot& slot : trial.slots()) {
      if (slot.when[q].value) values.emplace_back(slot.index, slot.when[q].value->value);
    }
    if (values.empty()) continue;
    const auto spec = decision.signals.find(question.name);
    SignalTrend trend =
        trend_over(values, trial.slots().front().index, trial.slots().back().index + 1);
    trend.signal = question.name;
    trend.unit = spec == decision.signals.end() ? Unit::number : spec->second.unit;
    trends.push_back(std::move(trend));
  }
  return trends;
}

std::string why_held(const DecisionState& state, const Trigger& trigger) {
  const TriggerState& standing = state.triggers.find(trigger.name)->second;
  if (standing.verdict != Verdict::tripped || standing.in_revisit) return "";
  const Decision& d = *state.decision;
  if (!standing.armed) {
    return standing.rearm_at
               ? "concluded before; it speaks again at " + format_time(*standing.rearm_at)
               : "concluded before; it speaks again once it has cleared";
  }
  if (!trigger.hard && d.tenure > Duration{}) {
    return "held back by the decision's tenure until " + format_time(d.date + d.tenure);
  }
  return "";
}

// The flips of most use first: one of each kind, at most two.
std::string summary_of(const Explanation& e) {
  std::string text(verdict_name(e.verdict));
  std::vector<const Flip*> chosen;
  for (const FlipKind kind : {FlipKind::course, FlipKind::shift, FlipKind::people, FlipKind::data,
                              FlipKind::time, FlipKind::threshold}) {
    for (const Flip& flip : e.flips) {
      if (flip.kind != kind || chosen.size() == 2) continue;
      if (!chosen.empty() && chosen.back()->to != flip.to) continue;
      chosen.push_back(&flip);
      break;
    }
  }
  if (chosen.empty()) return text + "; no change of one thing alone gives another verdict";
  text += chosen.front()->to == Verdict::tripped ? "; would trip with " : "; would clear with ";
  for (std::size_t i = 0; i < chosen.size(); ++i)
    text += (i > 0 ? ", or with " : "") + chosen[i]->text;
  return text;
}

}  // namespace

std::string_view flip_kind_name(FlipKind kind) {
  switch (kind) {
    case FlipKind::shift:
      return "shift";
    case FlipKind::threshold:
      return "threshold";
    case FlipKind::time:
      return "time";
    case FlipKind::course:
      return "course";
    case FlipKind::data:
      return "data";
    case FlipKind::people:
      return "people";
  }
  return "";
}

std::vector<HistoryNeed> explain_needs(const DecisionState& state, const Trigger& trigger) {
  const TriggerState& standing = state.triggers.find(trigger.name)->second;
  const auto last = standing.ledger.last();
  if (!last) return {};
  std::map<SlotHistory::Key, HistoryNeed> needs;
  const std::int64_t first = *last - standing.ledger.slots() + 1;
  const auto want = [&](const std::string& signal, std::int64_t from) {
    const SlotHistory::Key key{state.decision->service, signal, standing.length};
    HistoryNeed& need = needs.try_emplace(key, HistoryNeed{key, from, *last + 1}).first->second;
    need.first = std::min(need.first, from);
  };
  for (const Condition* c : {&trigger.when, trigger.provided ? &*trigger.provided : nullptr}) {
    if (c == nullptr) continue;
    for (const std::string& signal : c->signals()) want(signal, first);
    for (const WindowUse& use : c->windows())
      want(use.signal, first - slots_needed(use, standing.length));
  }
  std::vector<HistoryNeed> list;
  for (const auto& [key, need] : needs) list.push_back(need);
  return list;
}

Explanation explain(const Engine& engine, const DecisionState& state, const Trigger& trigger,
                    const SlotHistory& history, const AbsenceLookup& absence) {
  const TriggerState& standing = state.triggers.find(trigger.name)->second;
  const TrialWindow trial(engine, state, trigger, history);
  Explanation e;
  e.service = state.decision->service;
  e.trigger = trigger.name;
  e.condition = trigger.when.text();
  if (trigger.provided) e.provided = trigger.provided->text();
  e.verdict = standing.verdict;
  e.since = standing.since;
  e.window = trigger.window;
  e.slot = standing.length;
  e.counts = standing.ledger.counts();
  e.trip = trigger.trip;
  e.clear = trigger.clear;
  e.coverage = trigger.coverage;
  e.held = why_held(state, trigger);
  if (const auto last = standing.ledger.last()) {
    e.judged = slot_start(*last + 1, e.slot);
    e.newest = standing.ledger.at(*last);
    std::int64_t run = *last;
    while (run > *last - standing.ledger.slots() + 1 && standing.ledger.at(run - 1) == e.newest)
      --run;
    e.run_since = slot_start(run, e.slot);
    for (const bool of_provided : {false, true}) {
      for (ExplainedComparison& c : newest_readings(trial, of_provided, e.slot))
        e.comparisons.push_back(std::move(c));
    }
    look_at_slots(e, trial, trigger.when);
    e.blind = blind_reasons(trial, *state.decision, absence);
    e.trends = trends_of(trial, *state.decision);
  }
  if (const auto breach = standing.ledger.first_breach()) e.onset = slot_start(*breach, e.slot);
  e.flips = find_flips(trial, *state.decision, trigger, standing);
  e.summary = summary_of(e);
  return e;
}

}  // namespace revisitd::rules
