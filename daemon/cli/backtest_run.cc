#include "daemon/cli/backtest_run.h"

#include <algorithm>
#include <map>
#include <set>

#include "rules/findings.h"

namespace revisitd::daemon::cli {
namespace {

using rules::Decision;
using rules::Decisions;
using rules::Trigger;

std::string hint(const std::string& word, const std::set<std::string>& known) {
  if (known.empty()) return "";
  return ", " + rules::suggestion(word, std::vector<std::string_view>(known.begin(), known.end()));
}

// A log that says how far it is.
class ProgressLog final : public rules::ReplayLog {
 public:
  ProgressLog(const Backtest& backtest, const Progress& progress)
      : backtest_(backtest), progress_(progress) {}
  void step(const rules::Engine& engine, const rules::ReplayStep& step) override {
    ReplayLog::step(engine, step);
    const int percent =
        static_cast<int>(100 * (step.at - backtest_.from).count() /
                         std::max<std::int64_t>((backtest_.to - backtest_.from).count(), 1));
    if (percent <= told_ || !progress_) return;
    told_ = percent;
    progress_(percent / 100.0);
  }

 private:
  const Backtest& backtest_;
  const Progress& progress_;
  int told_ = -1;
};

}  // namespace

Status select_triggers(Backtest& backtest, const std::string& service, const std::string& trigger) {
  if (const std::size_t slash = trigger.find('/'); slash != std::string::npos) {
    const std::string of = trigger.substr(0, slash);
    if (!service.empty() && service != of)
      return Error{"--trigger names the service " + of + ", --service " + service};
    return select_triggers(backtest, of, trigger.substr(slash + 1));
  }
  std::set<std::string> services, triggers;
  bool any = false;
  for (auto& decision : backtest.decisions) {
    services.insert(decision->service);
    auto chosen = std::make_shared<Decision>(*decision);
    if (!service.empty() && decision->service != service) {
      chosen->triggers.clear();
    } else {
      for (const Trigger& t : decision->triggers) triggers.insert(t.name);
      std::erase_if(chosen->triggers,
                    [&](const Trigger& t) { return !trigger.empty() && t.name != trigger; });
    }
    any |= !chosen->triggers.empty();
    decision = std::move(chosen);
  }
  if (any) return Ok{};
  if (!service.empty() && !services.contains(service)) {
    return Error{"no record in force decides for the service " + in_quotes(service) +
                 hint(service, services)};
  }
  if (!trigger.empty())
    return Error{"no trigger is named " + in_quotes(trigger) + hint(trigger, triggers)};
  return Error{"no decision in force has a trigger"};
}

std::vector<HistoryWish> wishes_of(const Decisions& decisions,
                                   const std::vector<Duration>& ladder) {
  std::map<rules::SlotHistory::Key, HistoryWish> wishes;
  for (const auto& decision : decisions) {
    for (const Trigger& t : decision->triggers) {
      const Duration length = rules::slot_length(t.window, ladder);
      std::set<std::string, std::less<>> signals = t.when.signals();
      if (t.provided) signals.insert(t.provided->signals().begin(), t.provided->signals().end());
      for (const std::string& signal : signals) {
        const auto spec = decision->signals.find(signal);
        if (spec == decision->signals.end()) continue;
        HistoryWish& wish = wishes[{decision->service, signal, length}];
        wish.service = decision->service;
        wish.signal = spec->second;
        wish.length = length;
        if (std::find(wish.triggers.begin(), wish.triggers.end(), t.name) == wish.triggers.end()) {
          wish.triggers.push_back(t.name);
        }
        for (const rules::Condition* c : {&t.when, t.provided ? &*t.provided : nullptr}) {
          if (c == nullptr) continue;
          for (const rules::WindowUse& use : c->windows()) {
            if (use.signal == signal)
              wish.look_back = std::max(wish.look_back, rules::slots_needed(use, length));
          }
        }
      }
    }
  }
  std::vector<HistoryWish> list;
  for (auto& [key, wish] : wishes) list.push_back(std::move(wish));
  return list;
}

SlotSpan span_of(const Backtest& backtest, Duration length) {
  const std::int64_t first = slot_index(backtest.from + length - Duration{1}, length);
  return {first, std::max(first, slot_index(backtest.to, length))};
}

void put(Backtest& backtest, const HistoryWish& wish, std::int64_t index,
         const rules::SlotValue& value) {
  const bool judged = index >= span_of(backtest, wish.length).first;
  rules::SlotHistory& history = judged ? backtest.values : backtest.before;
  history.values[{wish.service, wish.signal.name, wish.length}].emplace_back(index, value);
}

void span_from_csv(Backtest& backtest, const collectors::CsvHistory& history) {
  const auto lengths = rules::lengths_in_use(backtest.decisions, backtest.engine.ladder);
  const Duration length = lengths.empty() ? backtest.engine.ladder.front() : *lengths.begin();
  backtest.from = slot_start(slot_index(history.first(), length), length);
  backtest.to = slot_start(slot_index(history.last(), length) + 1, length);
}

Result<std::vector<std::string>> fill_from_csv(Backtest& backtest,
                                               const std::vector<HistoryWish>& wishes,
                                               const collectors::CsvHistory& history) {
  std::set<std::string> notes;
  for (const HistoryWish& wish : wishes) {
    const auto column = std::find_if(history.columns().begin(), history.columns().end(),
                                     [&](const auto& c) { return c.name == wish.signal.name; });
    if (column == history.columns().end()) {
      notes.insert("no column is named " + wish.signal.name + ": it is missing throughout");
      continue;
    }
    if (!history.has_service(wish.service)) {
      notes.insert("no row is of the service " + wish.service + ": it is blind throughout");
      continue;
    }
    const bool ratio = wish.signal.unit == Unit::ratio || wish.signal.unit == Unit::number;
    const Unit unit = column->unit.value_or(wish.signal.unit);
    if (unit != wish.signal.unit && !(ratio && (unit == Unit::ratio || unit == Unit::number))) {
      return Error{"the column " + wish.signal.name + " is in " + std::string(unit_name(unit)) +
                   ", the signal is declared in " + std::string(unit_name(wish.signal.unit))};
    }
    const auto spacing = history.spacing(wish.service);
    if (spacing && *spacing > wish.length) {
      notes.insert("the rows of " + wish.service + " are " + format_duration(*spacing) +
                   " apart and " + wish.triggers.front() + " is judged in slots of " +
                   format_duration(wish.length) +
                   ": most slots have no row (see `slots` in the "
                   "configuration)");
    }
    const SlotSpan span = span_of(backtest, wish.length);
    for (const auto& [index, value] : history.slots(wish.service, wish.signal, wish.length,
                                                    span.first - wish.look_back, span.last)) {
      put(backtest, wish, index, value);
    }
  }
  return std::vector<std::string>(notes.begin(), notes.end());
}

rules::ReplayLog run_backtest(const Backtest& backtest, const Decisions& decisions,
                              const Progress& progress) {
  rules::ReplayScript script;
  script.engine = backtest.engine;
  script.start = backtest.from;
  script.end = backtest.to;
  script.decisions = decisions;
  script.values = backtest.values;
  script.before = backtest.before;
  if (backtest.roster) {
    auto roster = std::make_shared<rules::Roster>(*backtest.roster);
    roster->read_at = backtest.from;
    roster->validity = backtest.to - backtest.from + std::chrono::days(1);
    script.roster = std::move(roster);
  }
  ProgressLog log(backtest, progress);
  rules::replay(script, log);
  return log;
}

Result<Decisions> decisions_at(const Backtest& backtest, const rules::Sweep& sweep,
                               std::size_t setting) {
  Decisions decisions;
  std::string why;
  bool any = false;
  for (const auto& decision : backtest.decisions) {
    auto changed = std::make_shared<Decision>(*decision);
    changed->triggers.clear();
    for (const Trigger& t : decision->triggers) {
      auto trigger = rules::with_setting(t, *decision, sweep, setting, backtest.engine.ladder);
      if (trigger) {
        changed->triggers.push_back(*std::move(trigger));
        any = true;
      } else if (why.empty()) {
        why = decision->service + "/" + t.name + " cannot have " + sweep.texts[setting] + ": " +
              trigger.error().message;
      }
    }
    decisions.push_back(std::move(changed));
  }
  if (!any) return Error{why.empty() ? "no decision in force has a trigger" : why};
  return decisions;
}

std::vector<SweepRow> run_sweep(const Backtest& backtest, const rules::Sweep& sweep,
                                const std::vector<Decisions>& settings, const Progress& progress) {
  std::vector<SweepRow> rows;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const Progress part = [&](double done) {
      if (progress)
        progress((static_cast<double>(i) + done) / static_cast<double>(settings.size()));
    };
    const rules::ReplayLog log = run_backtest(backtest, settings[i], part);
    for (const auto& decision : settings[i]) {
      const auto recorded =
          std::find_if(backtest.decisions.begin(), backtest.decisions.end(),
                       [&](const auto& d) { return d->service == decision->service; });
      for (const Trigger& t : decision->triggers) {
        const bool same = std::any_of((*recorded)->triggers.begin(), (*recorded)->triggers.end(),
                                      [&](const Trigger& r) {
                                        return r.name == t.name && r.window == t.window &&
                                               r.when.meaning() == t.when.meaning();
                                      });
        const rules::TriggerTrack* track = log.track(decision->service, t.name);
        const bool windows = sweep.kind == rules::SweepKind::window;
        rows.push_back({decision->service, t.name, sweep.texts[i],
                        windows ? to_seconds(sweep.windows[i]) : sweep.thresholds[i].value, same,
                        track ? rules::trip_figures(*track) : rules::TripFigures{}});
      }
    }
  }
  return rows;
}

}  // namespace revisitd::daemon::cli
