#pragma once

#include <functional>
#include <string>
#include <vector>

#include "collectors/csv_history.h"
#include "rules/backtest.h"

// What a backtest runs on, and the run itself; where the values come from is the caller's.
namespace revisitd::daemon::cli {

struct Backtest {
  rules::EngineOptions engine = rules::default_engine_options();
  // Of the whole fleet, for conditions ask about it; only what is judged here has triggers.
  rules::Decisions decisions;
  std::shared_ptr<const rules::Roster> roster;  // null: there is none
  TimePoint from{}, to{};
  rules::SlotHistory values;
  rules::SlotHistory before;  // what functions look back at
};

// Leaves the triggers of the named service and name, "" for any; `trigger` may be SERVICE/TRIGGER.
// The error says what there is.
Status select_triggers(Backtest& backtest, const std::string& service, const std::string& trigger);

// One signal of one service that some trigger looks at.
struct HistoryWish {
  std::string service;
  rules::SignalSpec signal;
  Duration length{};
  std::vector<std::string> triggers;  // names of those that look
  std::int64_t look_back = 0;         // slots before the span that functions look at
};
std::vector<HistoryWish> wishes_of(const rules::Decisions& decisions,
                                   const std::vector<Duration>& ladder);

// Whole slots inside the backtest's span.
struct SlotSpan {
  std::int64_t first = 0, last = 0;  // first <= index < last
};
SlotSpan span_of(const Backtest& backtest, Duration length);

// Keeps a value of the slot where the backtest looks for it; slots come in ascending order.
void put(Backtest& backtest, const HistoryWish& wish, std::int64_t index,
         const rules::SlotValue& value);

// Puts the wished values of a CSV file into the backtest. Gives what a person should know: columns
// and services that are missing, rows too far apart for the slots. The error is a unit that does
// not fit.
Result<std::vector<std::string>> fill_from_csv(Backtest& backtest,
                                               const std::vector<HistoryWish>& wishes,
                                               const collectors::CsvHistory& history);
// from and to around every row: slots of the shortest length in use that hold one.
void span_from_csv(Backtest& backtest, const collectors::CsvHistory& history);

// `progress` is told the share done, now and then.
using Progress = std::function<void(double done)>;
rules::ReplayLog run_backtest(const Backtest& backtest, const rules::Decisions& decisions,
                              const Progress& progress);

// One trigger at one setting of a sweep.
struct SweepRow {
  std::string service, trigger;
  std::string setting;
  double value = 0;  // base unit; seconds for windows
  bool as_recorded = false;
  rules::TripFigures figures;
};
// The decisions at one setting; triggers that cannot have it lose their place. An error when none
// can.
Result<rules::Decisions> decisions_at(const Backtest& backtest, const rules::Sweep& sweep,
                                      std::size_t setting);
std::vector<SweepRow> run_sweep(const Backtest& backtest, const rules::Sweep& sweep,
                                const std::vector<rules::Decisions>& settings,
                                const Progress& progress);

}  // namespace revisitd::daemon::cli
