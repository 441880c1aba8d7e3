#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daemon/cli/backtest_run.h"
#include "daemon/config.h"

namespace revisitd::daemon::cli {

// Puts what the configuration's Prometheus-compatible servers know of the wished signals into the
// backtest: one range query per signal, slot length and stretch of slots answers for all services.
// Gives what a person should know; the error is the first server that does not answer.
Result<std::vector<std::string>> fill_from_servers(
    Backtest& backtest, const std::vector<HistoryWish>& wishes, const Config& config,
    const std::function<void(double done, const std::string& what)>& progress);

}  // namespace revisitd::daemon::cli
