#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "daemon/cli/backtest_run.h"

// What `revisitd backtest` prints.
namespace revisitd::daemon::cli {

// A table of transitions, a timeline and figures per trigger, messages per service. `colour` for
// terminals only.
void print_backtest(const Backtest& backtest, const rules::ReplayLog& log,
                    const std::string& source, bool colour, std::ostream& out);
// A table per trigger, the setting of the record marked.
void print_sweep(const Backtest& backtest, const rules::Sweep& sweep,
                 const std::vector<SweepRow>& rows, std::ostream& out);
// One object a line: transitions, and rows of a sweep as {"sweep","setting","value","service",
// "trigger","first_trip","trips","tripped"}.
void print_transitions_json(const rules::ReplayLog& log, std::ostream& out);
void print_sweep_json(const rules::Sweep& sweep, const std::vector<SweepRow>& rows,
                      std::ostream& out);

}  // namespace revisitd::daemon::cli
